import { KeyQuery, Serdes, Stores, StreamsBuilder, WindowKeyQuery, WindowRangeQuery } from '../../lib/index.ts'
import type { Processor, ProcessorContext, Record, SessionStore, Topology, WindowStore } from '../../lib/index.ts'
import { Apps, eventually, untilState } from './helpers/apps.ts'
import { TestCluster } from './helpers/test-cluster.ts'

const text = { key: Serdes.string, value: Serdes.string }
const windows = Stores.windowStoreBuilder(Stores.inMemoryWindowStore('windows', 3_600_000, 10), Serdes.string, Serdes.string)
const sessions = Stores.sessionStoreBuilder(Stores.persistentSessionStore('sessions', 3_600_000), Serdes.string, Serdes.string)

/** Keeps each record as a window and as a session. */
class Keeper implements Processor<string, string, never, never> {
  #windows!: WindowStore<string, string>
  #sessions!: SessionStore<string, string>

  init(context: ProcessorContext): void {
    this.#windows = context.getStateStore(windows)
    this.#sessions = context.getStateStore(sessions)
  }

  process({ key, value, timestamp }: Record<string, string>): void {
    this.#windows.put(key, value, timestamp)
    this.#sessions.put({ key, window: { start: timestamp, end: timestamp + 5 } }, value)
  }
}

const keeping = (input: string): Topology => {
  const builder = new StreamsBuilder()
  const stream = builder.stream(input, text)
  stream.toTable({ store: 'latest' })
  stream.process({ get: () => new Keeper(), stores: [windows, sessions] })
  return builder.build()
}

const collect = async <T>(iterable: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = []
  for await (const each of iterable) all.push(each)
  return all
}

describe('queries of a running application', () => {
  let cluster: TestCluster
  let apps: Apps

  beforeAll(async () => {
    cluster = await TestCluster.start()
    apps = new Apps(cluster)
  })
  afterEach(() => apps.closeAll())
  afterAll(() => cluster.close())

  test('should read windows, sessions and tables of all partitions, by handle and by query', async () => {
    const input = await cluster.topic('events', 2)
    const records = ['a', 'b', 'c', 'd'].flatMap((key) => [1000, 2000].map((timestamp) => ({ key, value: `${key}${timestamp}`, timestamp })))
    await cluster.send(input, records)
    const streams = apps.make(keeping(input), { applicationId: cluster.unique('queries') })
    await expect(streams.query({ store: 'latest', query: KeyQuery.withKey('a') })).rejects.toThrow('the client is CREATED, not RUNNING')
    const running = untilState(streams, 'RUNNING')
    await streams.start()
    await running
    const byWindow = streams.store(windows)
    await eventually(async () => (await collect(byWindow.all())).length === 8)

    expect(await byWindow.fetch('c', 2000)).toBe('c2000')
    expect(await collect(byWindow.fetchWindows('c', 0, 5000))).toEqual([[1000, 'c1000'], [2000, 'c2000']])
    expect((await collect(byWindow.fetchAll(1500, 5000))).map(([, value]) => value).sort()).toEqual(['a2000', 'b2000', 'c2000', 'd2000'])
    expect((await collect(streams.store(sessions).fetch('b'))).map(([at, value]) => [at.window.end, value])).toEqual([[1005, 'b1000'], [2005, 'b2000']])

    const latest = await streams.query({ store: 'latest', query: KeyQuery.withKey<string, string>('a') })
    expect([...latest.partitionResults.keys()]).toEqual([0, 1])
    expect(latest.onlyPartitionResult).toMatchObject({ isSuccess: true, result: 'a2000' })
    const offsets = [0, 1].map((partition) => latest.position?.partitionPositions(input).get(partition) ?? -1)
    expect(offsets.reduce((sum, offset) => sum + offset + 1, 0)).toBe(8)
    const found: unknown[] = []
    for (const result of (await streams.query({ store: windows, query: WindowKeyQuery.withKeyAndWindowStartRange<string, string>('d', 0, 1500) })).partitionResults.values()) {
      if (result.isSuccess) found.push(...(await collect(result.result)))
    }
    expect(found).toEqual([[1000, 'd1000']])
    const session = await streams.query({ store: sessions, query: WindowRangeQuery.withWindowStartRange<string, string>(0, 1), partitions: [0, 7] })
    expect([...session.partitionResults.values()].map((result) => !result.isSuccess && result.failureReason)).toEqual(['UNKNOWN_QUERY_TYPE', 'DOES_NOT_EXIST'])
  })
})
