import { Serdes, StreamsBuilder } from '../../lib/index.ts'
import type { KafkaStreams, StreamsConfigInput, StreamThreadExceptionResponse, Topology } from '../../lib/index.ts'
import { Apps, eventually } from './helpers/apps.ts'
import { TestCluster } from './helpers/test-cluster.ts'

const text = { key: Serdes.string, value: Serdes.string }
const counted = { key: Serdes.string, value: Serdes.long }

/** What an instance was told, in order, as the same program with Kafka Streams 4.3.1 for Java writes it down. */
class Told {
  readonly lines: string[] = []
  readonly streams: KafkaStreams

  constructor(streams: KafkaStreams, responses: readonly StreamThreadExceptionResponse[] = []) {
    this.streams = streams
    const answers = [...responses]
    const note = (line: string): void => void this.lines.push(line)
    streams.setStateListener((next, old) => note(`${old} -> ${next}`))
    streams.setUncaughtExceptionHandler(() => {
      const answer = answers.shift() ?? 'SHUTDOWN_CLIENT'
      note(`error in ${streams.state}: ${answer}`)
      return answer
    })
    streams.setGlobalStateRestoreListener({
      onRestoreStart: ({ partition }, store, start, end) => note(`restore ${store} ${partition}: ${start} to ${end}`),
      onBatchRestored: ({ partition }, store, end, count) => note(`restored ${store} ${partition}: ${count} up to ${end}`),
      onRestoreEnd: ({ partition }, store, total) => note(`restored ${store} ${partition}: ${total}`),
    })
    streams.setStandbyUpdateListener({
      onUpdateStart: ({ partition }, store, start) => note(`standby ${store} ${partition} from ${start}`),
      onBatchLoaded: (_at, store, task, end, count) => note(`standby ${store} ${task.toString()}: ${count} up to ${end}`),
      onUpdateSuspended: ({ partition }, store, offset, _end, reason) => note(`standby ${store} ${partition} ends at ${offset}: ${reason}`),
    })
  }

  get states(): string[] {
    return this.lines.filter((line) => line.includes(' -> '))
  }

  async until(state: string): Promise<void> {
    await eventually(() => this.streams.state === state)
  }
}

const STARTED = ['CREATED -> REBALANCING', 'restore counts 0: 0 to 0', 'restored counts 0: 0', 'REBALANCING -> RUNNING']
const CLOSED = ['RUNNING -> PENDING_SHUTDOWN', 'PENDING_SHUTDOWN -> NOT_RUNNING']
const FAILED = ['RUNNING -> PENDING_ERROR', 'PENDING_ERROR -> ERROR']

describe('states, listeners and handlers in the order in which Java has them', () => {
  let cluster: TestCluster
  let apps: Apps
  let input: string
  let output: string

  beforeAll(async () => {
    cluster = await TestCluster.start()
    apps = new Apps(cluster)
  })
  beforeEach(async () => {
    input = await cluster.topic('in')
    output = await cluster.topic('out')
  })
  afterEach(() => apps.closeAll())
  afterAll(() => cluster.close())

  /** Counts; throws at the value `poison`. */
  const counting = (from = input): Topology => {
    const builder = new StreamsBuilder()
    builder
      .stream<string, string>(from, text)
      .mapValues((value) => {
        if (value === 'poison') throw new Error('poisoned')
        return value
      })
      .groupByKey(text)
      .count({ ...counted, store: 'counts', storeType: 'in_memory' })
      .toStream()
      .to(output, counted)
    return builder.build()
  }
  const tell = (topology: Topology, config: StreamsConfigInput = {}, responses: readonly StreamThreadExceptionResponse[] = []): Told =>
    new Told(apps.make(topology, { applicationId: cluster.unique('order'), ...config }), responses)
  const runs = async (told: Told): Promise<Told> => {
    await told.streams.start()
    await told.until('RUNNING')
    return told
  }
  const send = (...values: string[]): Promise<void> => cluster.send(input, values.map((value) => ({ key: 'k', value })))
  const counts = async (reached: number): Promise<void> => {
    const reader = await cluster.read(output)
    await reader.until((records) => records.some(({ value }) => value?.readBigInt64BE() === BigInt(reached)))
    await reader.close()
  }

  test('should be those of a start and an end, then of a start that restores', async () => {
    const applicationId = cluster.unique('order')
    const first = await runs(tell(counting(), { applicationId }))
    await send('1', '2', '3')
    await counts(3)
    await first.streams.close()
    expect(first.lines).toEqual([...STARTED, ...CLOSED])
    const second = await runs(tell(counting(), { applicationId }))
    await second.streams.close()
    expect(second.lines).toEqual([
      'CREATED -> REBALANCING', 'restore counts 0: 0 to 3', 'restored counts 0: 3 up to 2', 'restored counts 0: 3', 'REBALANCING -> RUNNING', ...CLOSED,
    ])
  })

  test('should be those of an end before the start, and while nothing is assigned yet', async () => {
    const never = tell(counting())
    await never.streams.close()
    await expect(never.streams.start()).rejects.toThrow('cannot re-start')
    expect(never.lines).toEqual(['CREATED -> PENDING_SHUTDOWN', 'PENDING_SHUTDOWN -> NOT_RUNNING'])
    const early = tell(counting())
    await early.streams.start()
    await early.streams.close()
    expect(early.lines).toEqual(['CREATED -> REBALANCING', 'REBALANCING -> PENDING_SHUTDOWN', 'PENDING_SHUTDOWN -> NOT_RUNNING'])
  })

  test('should be those of an end that nobody waits for, that a listener asks for, and that is asked for again', async () => {
    const hasty = await runs(tell(counting()))
    await expect(hasty.streams.close({ timeoutMs: -1 })).rejects.toThrow('must not be negative')
    expect(await hasty.streams.close({ timeoutMs: 0 })).toBe(false)
    expect(await hasty.streams.close()).toBe(true)
    expect(await hasty.streams.close()).toBe(true)
    expect(hasty.lines).toEqual([...STARTED, ...CLOSED])
    const listening = tell(counting())
    listening.streams.setStateListener((state) => void (state === 'RUNNING' && listening.streams.close()))
    await listening.streams.start()
    await listening.until('NOT_RUNNING')
    expect(listening.lines).toEqual([...STARTED, ...CLOSED])
  })

  test('should not change when it is started twice', async () => {
    const told = await runs(tell(counting()))
    await expect(told.streams.start()).rejects.toThrow('cannot re-start')
    expect(told.lines).toEqual(STARTED)
  })

  test('should be those of an error that shuts the client down', async () => {
    const told = await runs(tell(counting()))
    await send('1', 'poison')
    await told.until('ERROR')
    expect(await told.streams.close()).toBe(true)
    expect(told.streams.addStreamThread()).toBeUndefined()
    await expect(told.streams.start()).rejects.toThrow('cannot re-start')
    expect(told.lines).toEqual([...STARTED, 'error in RUNNING: SHUTDOWN_CLIENT', ...FAILED])
  })

  test('should be those of threads that are replaced, until the client is shut down', async () => {
    const told = await runs(tell(counting(), {}, ['REPLACE_THREAD', 'REPLACE_THREAD']))
    await send('1')
    await counts(1)
    await send('poison')
    await told.until('ERROR')
    const replaced = ['error in RUNNING: REPLACE_THREAD', 'RUNNING -> REBALANCING', 'restore counts 0: 0 to 1', 'restored counts 0: 1 up to 0', 'restored counts 0: 1', 'REBALANCING -> RUNNING']
    expect(told.lines).toEqual([...STARTED, ...replaced, ...replaced, 'error in RUNNING: SHUTDOWN_CLIENT', ...FAILED])
  })

  test('should be those of an error that shuts all instances down', async () => {
    input = await cluster.topic('in', 2)
    const applicationId = cluster.unique('order')
    const instances = [await runs(tell(counting(), { applicationId }, ['SHUTDOWN_APPLICATION']))]
    instances.push(await runs(tell(counting(), { applicationId }, ['SHUTDOWN_APPLICATION'])))
    await eventually(() => instances.every(({ streams }) => streams.state === 'RUNNING' && streams.metadataForLocalThreads()[0]?.activeTasks.length === 1))
    const before = instances.map(({ lines }) => lines.length)
    await send('poison')
    for (const told of instances) await told.until('ERROR')
    const after = instances.map(({ lines }, i) => lines.slice(before[i]))
    expect(after.sort((a, b) => (a[0]! < b[0]! ? 1 : -1))).toEqual([
      ['error in RUNNING: SHUTDOWN_APPLICATION', ...FAILED],
      ['RUNNING -> REBALANCING', 'REBALANCING -> PENDING_ERROR', 'PENDING_ERROR -> ERROR'],
    ])
  })

  test('should be those of source topics that are missing, whatever the handler says', async () => {
    const missing = tell(counting('nowhere'), {}, ['REPLACE_THREAD', 'REPLACE_THREAD'])
    await missing.streams.start()
    await missing.until('ERROR')
    expect(missing.streams.error?.message).toContain("reads 'nowhere', which the cluster does not have")
    expect(missing.lines).toEqual([
      'CREATED -> REBALANCING',
      'error in REBALANCING: REPLACE_THREAD', 'error in REBALANCING: REPLACE_THREAD', 'error in REBALANCING: SHUTDOWN_CLIENT',
      'REBALANCING -> PENDING_ERROR', 'PENDING_ERROR -> ERROR',
    ])
  })

  test('should be those of a source topic that is deleted while it is read', async () => {
    const told = await runs(tell(counting(), { metadataMaxAgeMs: 300 }))
    await cluster.admin.deleteTopics([input])
    await told.until('ERROR')
    expect(told.lines).toEqual([...STARTED, 'RUNNING -> REBALANCING', 'error in REBALANCING: SHUTDOWN_CLIENT', 'REBALANCING -> PENDING_ERROR', 'PENDING_ERROR -> ERROR'])
  })

  test('should be those of threads that come and go, until none is left', async () => {
    const told = await runs(tell(counting()))
    expect(await told.streams.removeStreamThread()).toContain('StreamThread-1')
    expect(await told.streams.removeStreamThread()).toBeUndefined()
    expect(told.lines).toEqual(STARTED)
    expect(told.streams.addStreamThread()).toContain('StreamThread-1')
    await eventually(() => told.states.length === 4)
    expect(told.states).toEqual(['CREATED -> REBALANCING', 'REBALANCING -> RUNNING', 'RUNNING -> REBALANCING', 'REBALANCING -> RUNNING'])
  })

  test('should be those of an instance that joins another, and of a standby that takes over', async () => {
    const config = { applicationId: cluster.unique('order'), numStandbyReplicas: 1 }
    const first = await runs(tell(counting(), config))
    await send('1', '2', '3')
    await counts(3)
    const second = await runs(tell(counting(), config))
    await eventually(() => second.lines.includes('standby counts 0_0: 3 up to 2'))
    await eventually(() => first.streams.state === 'RUNNING')
    // a rebalance or two, as the group's protocol needs them
    expect(first.lines.join()).toMatch(new RegExp(`^${STARTED.join()}(,RUNNING -> REBALANCING,REBALANCING -> RUNNING)+$`))
    await first.streams.close()
    await eventually(() => second.lines.some((line) => line.endsWith('PROMOTED')) && second.streams.state === 'RUNNING')
    expect(second.lines.filter((line) => !second.states.includes(line))).toEqual([
      'standby counts 0 from 0', 'standby counts 0_0: 3 up to 2', 'standby counts 0 ends at 3: PROMOTED', 'restore counts 0: 3 to 3', 'restored counts 0: 0',
    ])
    expect(second.lines.at(-1)).toBe('REBALANCING -> RUNNING')
  })

  test('should be those of global stores, which are full before anything else begins', async () => {
    await send('1', '2')
    const builder = new StreamsBuilder()
    builder.globalTable<string, string>(input, text, { store: 'names' })
    const told = tell(builder.build())
    await told.streams.start()
    expect(told.streams.state).toBe('RUNNING')
    expect(told.lines).toEqual(['CREATED -> REBALANCING', 'restore names 0: 0 to 2', 'restored names 0: 2 up to 1', 'restored names 0: 2', 'REBALANCING -> RUNNING'])
  })
})
