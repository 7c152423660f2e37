import { Serdes, Stores, StreamsBuilder, Topology } from '../../lib/index.ts'
import type { KeyValueStore, Processor, ProcessorContext, Record } from '../../lib/index.ts'
import { Apps, countOf, eventually, keyCount } from './helpers/apps.ts'
import { TestCluster } from './helpers/test-cluster.ts'
import type { ReadRecord } from './helpers/test-cluster.ts'

const strings = { key: Serdes.string, value: Serdes.string }
const textOf = ({ key, value }: ReadRecord): string => `${key?.toString()}=${value?.toString()}`

describe('operators on a running cluster', () => {
  let cluster: TestCluster
  let apps: Apps

  beforeAll(async () => {
    cluster = await TestCluster.start()
    apps = new Apps(cluster)
  })
  afterEach(() => apps.closeAll())
  afterAll(() => cluster.close())

  test('should join in the order of timestamps, whichever topic is fetched first', async () => {
    const [left, right] = [await cluster.topic('left'), await cluster.topic('right')]
    const output = await cluster.topic('joined')
    await cluster.send(left, [1, 3, 5].map((timestamp) => ({ key: 'k', value: `at ${timestamp}`, timestamp })))
    await cluster.send(right, [2, 4].map((timestamp) => ({ key: 'k', value: `row ${timestamp}`, timestamp })))
    const builder = new StreamsBuilder()
    const table = builder.table<string, string>(right, strings)
    builder
      .stream<string, string>(left, strings)
      .leftJoin(table, (value, row) => `${value}, ${row ?? 'no row'}`)
      .to(output, strings)
    await apps.start(builder.build(), { applicationId: cluster.unique('join') })
    const reader = await cluster.read(output)
    const records = await reader.until((read) => read.length === 3)
    expect(records.map(textOf)).toEqual(['k=at 1, no row', 'k=at 3, row 2', 'k=at 5, row 4'])
  })

  test('should not wait for a topic without data', async () => {
    const [left, right] = [await cluster.topic('left', 2), await cluster.topic('right', 2)]
    const output = await cluster.topic('merged')
    const builder = new StreamsBuilder()
    builder.stream<string, string>(left, strings).merge(builder.stream<string, string>(right, strings)).to(output, strings)
    await apps.start(builder.build(), { applicationId: cluster.unique('merge') })
    await cluster.send(left, ['a', 'b', 'c'].map((key) => ({ key, value: '1' })))
    const reader = await cluster.read(output)
    await reader.until((read) => read.length === 3)
  })

  test('should send only the last update of a key with each commit when the store is cached', async () => {
    const input = await cluster.topic('events')
    const output = await cluster.topic('counts')
    const builder = new StreamsBuilder()
    builder
      .stream<string, string>(input, strings)
      .groupByKey(strings)
      .count(Stores.keyValueStore('counts', { key: Serdes.string, value: Serdes.long, engine: 'memory', caching: true }))
      .toStream()
      .to(output, { key: Serdes.string, value: Serdes.long })
    await cluster.send(input, Array.from({ length: 100 }, () => ({ key: 'a', value: 'x' })))
    const streams = await apps.start(builder.build(), { applicationId: cluster.unique('cache'), statestoreCacheMaxBytes: 1_000_000, commitIntervalMs: 60_000 })
    await eventually(async () => (await streams.store<string, number>('counts').get('a')) === 100)
    await streams.close()
    const reader = await cluster.read(output)
    const records = await reader.until((read) => read.length > 0)
    expect(records.map(countOf)).toEqual(['a=100'])
  })

  test('should wait for a processor that returns a promise, in order, and punctuate by the clock', async () => {
    const input = await cluster.topic('in', 2)
    const output = await cluster.topic('out')
    class Slow implements Processor<string, string, string, string> {
      #context!: ProcessorContext<string, string>
      #seen!: KeyValueStore<string, string>

      init(context: ProcessorContext<string, string>): void {
        this.#context = context
        this.#seen = context.getStateStore<KeyValueStore<string, string>>('seen')
        context.schedule(50, 'wall-clock-time', () => {
          for (const [key] of this.#seen.all()) this.#seen.delete(key)
          context.commit()
        })
      }

      async process(record: Record<string, string>): Promise<void> {
        await new Promise((resolve) => setTimeout(resolve, 5))
        this.#seen.put(record.key, record.value)
        this.#context.forward(record)
      }
    }
    const store = Stores.keyValueStore('seen', { ...strings, engine: 'memory' })
    const topology = new Topology()
      .addSource('source', input, strings)
      .addProcessor('slow', () => new Slow(), 'source')
      .addStateStore(store, 'slow')
      .addSink('sink', output, strings, 'slow')
    const streams = await apps.start(topology, { applicationId: cluster.unique('slow') })
    await cluster.send(input, ['1', '2', '3', '4', '5'].map((value) => ({ key: 'k', value })))
    const reader = await cluster.read(output)
    const records = await reader.until((read) => read.length === 5)
    expect(records.map(textOf)).toEqual(['k=1', 'k=2', 'k=3', 'k=4', 'k=5'])
    await eventually(async () => (await streams.store(store).get('k')) === undefined)
  })

  test('should commit what was processed, so that nothing is read twice after a clean restart', async () => {
    const input = await cluster.topic('events', 2)
    const output = await cluster.topic('counts')
    const config = { applicationId: cluster.unique('clean'), commitIntervalMs: 60_000 }
    const reader = await cluster.read(output)
    for (let run = 1; run <= 3; run++) {
      const streams = await apps.start(keyCount(input, output, 'lmdb'), config)
      await cluster.send(input, ['a', 'b', 'c'].map((key) => ({ key, value: 'x' })))
      await reader.until((read) => read.length >= 3 * run)
      await streams.close()
    }
    expect(reader.records.map(countOf).sort()).toEqual(['a=1', 'a=2', 'a=3', 'b=1', 'b=2', 'b=3', 'c=1', 'c=2', 'c=3'])
  })
})
