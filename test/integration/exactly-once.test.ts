import { Producer } from '../../lib/client/producer.ts'
import { errorCodes } from '../../lib/protocol/error-table.ts'
import { initProducerId } from '../../lib/protocol/messages/22-init-producer-id.ts'
import { Serdes, Stores, StreamsBuilder } from '../../lib/index.ts'
import type { KeyValueStore, Processor, ProcessorContext, Record, StreamsConfigInput } from '../../lib/index.ts'
import { Apps, countOf, eventually, keyCount, lastCounts, untilState, wordCount } from './helpers/apps.ts'
import { TestCluster } from './helpers/test-cluster.ts'
import type { ReadRecord } from './helpers/test-cluster.ts'

const exactlyOnce: StreamsConfigInput = { processingGuarantee: 'exactly_once_v2' }
const text = { key: Serdes.string, value: Serdes.string }
const pairOf = ({ key, value }: ReadRecord): string => `${key}=${value}`

/** Numbers the records of each key, and fails at the first that a function names. */
class Numbering implements Processor<string, string, string, string> {
  readonly #failsAt: (value: string) => boolean
  #context!: ProcessorContext<string, string>
  #store!: KeyValueStore<string, string>

  constructor(failsAt: (value: string) => boolean) {
    this.#failsAt = failsAt
  }

  init(context: ProcessorContext<string, string>): void {
    this.#context = context
    this.#store = context.getStateStore('numbers')
  }

  process(record: Record<string, string>): void {
    const number = Number(this.#store.get(record.key) ?? 0) + 1
    this.#store.put(record.key, String(number))
    this.#context.forward(record.withValue(`${record.value} is ${number}`))
    if (this.#failsAt(record.value)) throw new Error(`does not like ${record.value}`)
  }
}

describe('an application that runs exactly once', () => {
  let cluster: TestCluster
  let apps: Apps

  beforeAll(async () => {
    cluster = await TestCluster.start()
    apps = new Apps(cluster)
  })
  afterEach(() => apps.closeAll())
  afterAll(() => cluster.close())

  test('should write its output in transactions, with the offsets that it has processed', async () => {
    const input = await cluster.topic('input', 2)
    const output = await cluster.topic('output')
    const builder = new StreamsBuilder()
    builder.stream(input, text).mapValues((value) => value.toUpperCase()).to(output, text)
    const applicationId = cluster.unique('map')
    await apps.start(builder.build(), { ...exactlyOnce, applicationId })
    const reader = await cluster.read(output, 'read_committed')
    await cluster.send(input, ['a', 'b', 'c', 'd'].map((key) => ({ key, value: `${key}!` })))
    const records = await reader.until((read) => read.length >= 4)
    expect(records.map(({ key, value }) => `${key}=${value}`).sort()).toEqual(['a=A!', 'b=B!', 'c=C!', 'd=D!'])
    // a marker lies behind the records of each transaction
    expect((await cluster.admin.listOffsets([{ topic: output, partition: 0, spec: 'latest' }])).get(`${output}-0`)?.offset).toBeGreaterThan(4)
    await eventually(async () => {
      const offsets = await cluster.admin.listGroupOffsets(applicationId)
      return [...offsets.values()].reduce((sum, { offset }) => sum + offset, 0) === 4
    })
  })

  test('should count words by way of a repartition topic', async () => {
    const input = await cluster.topic('lines', 2)
    const output = await cluster.topic('counts')
    await apps.start(wordCount(input, output, 'leveldb'), { ...exactlyOnce, applicationId: cluster.unique('words') })
    const reader = await cluster.read(output, 'read_committed')
    await cluster.send(input, [{ key: 'x', value: 'a b a' }, { key: 'y', value: 'b a' }])
    const records = await reader.until((read) => read.length >= 5)
    expect(records.map(countOf).sort()).toEqual(['a=1', 'a=2', 'a=3', 'b=1', 'b=2'])
  })

  test.each(['memory', 'leveldb', 'lmdb'] as const)('should take back everything since the last commit when a task fails, in a %s store too', async (engine) => {
    const [input, output, letters] = [await cluster.topic('in'), await cluster.topic('out'), await cluster.topic('letters')]
    const store = Stores.keyValueStore('numbers', { ...text, engine })
    let failures = 0
    const failsAt = (value: string): boolean => value === 'bad' || (value === 'poison' && failures++ === 0)
    const builder = new StreamsBuilder()
    builder.addStateStore(store).stream(input, text).process(() => new Numbering(failsAt), { stores: [store] }).to(output, text)
    const streams = apps.make(builder.build(), {
      ...exactlyOnce,
      applicationId: cluster.unique('numbers'),
      errorsDeadLetterQueueTopicName: letters,
      processingExceptionHandler: (_context, _record, error) => (error.message.includes('bad') ? 'continue' : 'fail'),
    })
    streams.setUncaughtExceptionHandler(() => 'REPLACE_THREAD')
    const running = untilState(streams, 'RUNNING')
    await streams.start()
    await running
    const [committed, all] = [await cluster.read(output, 'read_committed'), await cluster.read(output, 'read_uncommitted')]
    await cluster.send(input, [{ key: 'k', value: 'a' }])
    await committed.until((read) => read.length === 1)
    await cluster.send(input, ['b', 'bad', 'poison', 'c'].map((value) => ({ key: 'k', value })))
    const records = await committed.until((read) => read.length >= 5)
    expect(records.map(pairOf)).toEqual(['k=a is 1', 'k=b is 2', 'k=bad is 3', 'k=poison is 4', 'k=c is 5'])
    expect(failures).toBe(2)
    await all.until((read) => read.length >= 5)
    const letter = await cluster.read(letters, 'read_committed')
    await letter.until((read) => read.length > 0)
    expect(letter.records.map(pairOf)).toEqual(['k=bad'])
    expect(await streams.store<string, string>('numbers').get('k')).toBe('5')
  })

  test('should process nothing of a transaction that is open or aborted, from sources or into global stores', async () => {
    const [input, table, output] = [await cluster.topic('in'), await cluster.topic('table'), await cluster.topic('out')]
    const producer = new Producer(cluster.cluster, { transactionalId: cluster.unique('somebody') })
    await producer.prepare([input, table])
    await producer.initTransactions()
    const write = async (value: string): Promise<void> => {
      producer.beginTransaction()
      await Promise.all([input, table].map((topic) => producer.send(topic, [{ key: 'k', value, partition: 0 }])))
    }
    await write('first')
    await producer.commitTransaction()
    await write('aborted')
    await producer.abortTransaction()
    await write('open')
    const builder = new StreamsBuilder()
    const rows = builder.globalTable(table, text, Stores.keyValueStore('rows', text))
    builder.stream(input, text).leftJoin(rows, (key) => key, (value, row) => `${value}+${row}`).to(output, text)
    await apps.start(builder.build(), { ...exactlyOnce, applicationId: cluster.unique('isolated') })
    const reader = await cluster.read(output, 'read_committed')
    expect((await reader.until((read) => read.length > 0)).map(pairOf)).toEqual(['k=first+first'])
    await producer.commitTransaction()
    expect((await reader.until((read) => read.length > 1)).map(({ key, value }) => `${key}=${value?.toString().split('+')[0]}`)).toEqual(['k=first', 'k=open'])
    await producer.close()
  })

  test('should wait for the offsets of an open transaction, but close meanwhile when it is told to', async () => {
    const [input, output] = [await cluster.topic('in'), await cluster.topic('out')]
    const applicationId = cluster.unique('unstable')
    const producer = new Producer(cluster.cluster, { transactionalId: cluster.unique('earlier-owner') })
    await producer.initTransactions()
    producer.beginTransaction()
    await cluster.send(input, ['a', 'b'].map((value) => ({ key: 'k', value })))
    await producer.sendOffsetsToTransaction(new Map([[`${input}-0`, { offset: 1 }]]), { groupId: applicationId, generationId: -1, memberId: '' })
    const builder = new StreamsBuilder()
    builder.stream(input, text).to(output, text)
    const topology = builder.build()
    const first = apps.make(topology, { ...exactlyOnce, applicationId })
    await first.start()
    await eventually(() => first.metadataForLocalThreads().some(({ threadState }) => threadState === 'PARTITIONS_ASSIGNED'))
    await first.close()
    const second = apps.make(topology, { ...exactlyOnce, applicationId })
    const running = untilState(second, 'RUNNING')
    await second.start()
    await producer.commitTransaction()
    await running
    const reader = await cluster.read(output, 'read_committed')
    expect((await reader.until((read) => read.length > 0)).map(pairOf)).toEqual(['k=b'])
    await producer.close()
  })

  test('should count exactly when stream threads are added and removed', async () => {
    const [input, output] = [await cluster.topic('events', 4), await cluster.topic('counts')]
    const reader = await cluster.read(output, 'read_committed')
    const send = (): Promise<void> => cluster.send(input, Array.from({ length: 20 }, (_, i) => ({ key: `k${i % 5}`, value: 'x' })))
    const streams = await apps.start(keyCount(input, output, 'lmdb'), { ...exactlyOnce, applicationId: cluster.unique('threads') })
    const changes = [() => streams.addStreamThread(), () => streams.addStreamThread(), () => streams.removeStreamThread()]
    for (const change of changes) {
      await send()
      await change()
    }
    await send()
    const records = await reader.until((read) => [...lastCounts(read).values()].reduce((sum, count) => sum + count, 0) >= 80)
    expect(records.map(countOf).sort()).toEqual(Array.from({ length: 5 }, (_, k) => Array.from({ length: 16 }, (_, i) => `k${k}=${i + 1}`)).flat().sort())
  })

  test('should fail with an error that says so when it may not use its transactional id', async () => {
    const own = await TestCluster.embedded()
    const apart = new Apps(own)
    try {
      own.broker?.control(initProducerId.key, () => ({ error: errorCodes.TRANSACTIONAL_ID_AUTHORIZATION_FAILED }))
      const [input, output] = [await own.topic('events'), await own.topic('counts')]
      const streams = apart.make(keyCount(input, output), { ...exactlyOnce, applicationId: own.unique('forbidden') })
      const failed = untilState(streams, 'RUNNING')
      await streams.start()
      await expect(failed).rejects.toMatchObject({ code: 'MILLRACE_CLIENT_AUTHENTICATION', kafkaName: 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED' })
    } finally {
      await apart.closeAll()
      await own.close()
    }
  })

  test('should count exactly when the broker restarts in the middle of transactions', async () => {
    const own = await TestCluster.embedded(apps.directory())
    const apart = new Apps(own)
    try {
      const [input, output] = [await own.topic('events', 2), await own.topic('counts')]
      const reader = await own.read(output, 'read_committed')
      const send = (): Promise<void> => own.send(input, Array.from({ length: 20 }, (_, i) => ({ key: `k${i % 5}`, value: 'x' })))
      const streams = await apart.start(keyCount(input, output, 'leveldb'), { ...exactlyOnce, applicationId: own.unique('restart') })
      for (let restart = 0; restart < 3; restart++) {
        await send()
        await (await own.stopBroker())()
      }
      await send()
      const records = await reader.until((read) => [...lastCounts(read).values()].reduce((sum, count) => sum + count, 0) >= 80)
      expect(records.map(countOf).sort()).toEqual(Array.from({ length: 5 }, (_, k) => Array.from({ length: 16 }, (_, i) => `k${k}=${i + 1}`)).flat().sort())
      await eventually(() => streams.state === 'RUNNING')
    } finally {
      await apart.closeAll()
      await own.close()
    }
  })
})
