import { EmitStrategy, Serdes, SessionWindows, StreamsBuilder } from '../../lib/index.ts'
import type { Topology } from '../../lib/index.ts'
import { Apps, lastCounts } from './helpers/apps.ts'
import { BASE } from './helpers/recent-times.ts'
import { TestCluster } from './helpers/test-cluster.ts'
import type { ReadRecord } from './helpers/test-cluster.ts'

const strings = { key: Serdes.string, value: Serdes.string }
const counts = { key: Serdes.string, value: Serdes.long }

interface Counting {
  readonly strategy: EmitStrategy
  readonly storeType: 'in_memory' | 'rocksDB'
}

/** Counts the records of each key in sessions with gaps of 10 ms; result keys are `key@start-end`. */
const sessionCount = (input: string, output: string, { strategy, storeType }: Counting): Topology => {
  const builder = new StreamsBuilder()
  builder
    .stream<string, string>(input, strings)
    .groupByKey(strings)
    .windowedBy(SessionWindows.ofInactivityGapAndGrace(10, 100))
    .emitStrategy(strategy)
    // With the least retention sessions in memory are forgotten when they close, before they are sent, as in Java.
    .count({ store: 'sessions', storeType, retentionMs: 10_000 })
    .toStream(({ key, window }) => `${key}@${window.start - BASE}-${window.end - BASE}`)
    .to(output, counts)
  return builder.build()
}

const resultOf = ({ key, value }: ReadRecord): string => `${key?.toString()}=${value?.readBigInt64BE() ?? 'gone'}`

describe('sessions and cogroups on a running cluster', () => {
  let cluster: TestCluster
  let apps: Apps

  beforeAll(async () => {
    cluster = await TestCluster.start()
    apps = new Apps(cluster)
  })
  afterEach(() => apps.closeAll())
  afterAll(() => cluster.close())

  const records = (...timed: readonly [key: string, timestamp: number][]) => timed.map(([key, timestamp]) => ({ key, value: 'x', timestamp: BASE + timestamp }))

  const places = [
    ['from the changelog, in memory', 'in_memory', false],
    ['from the changelog, in files', 'rocksDB', false],
    ['from files', 'rocksDB', true],
  ] as const

  describe.each(places)('restored %s', (_name, storeType, keepsFiles) => {
    /** Runs the topology on `first`, then another instance of it on `second`; answers all results. */
    const acrossRestart = async (
      strategy: EmitStrategy, first: ReturnType<typeof records>, expectedAtFirst: number, second: ReturnType<typeof records>, expected: number,
    ): Promise<string[]> => {
      const [input, output] = [await cluster.topic('in'), await cluster.topic('out')]
      const topology = sessionCount(input, output, { strategy, storeType })
      const stateDir = apps.directory()
      const config = { applicationId: cluster.unique('sessions'), '__emit.interval.ms.kstreams.windowed.aggregation__': 0 }
      const before = await apps.start(topology, { ...config, stateDir })
      await cluster.send(input, first)
      const reader = await cluster.read(output)
      await reader.until((read) => read.length >= expectedAtFirst)
      await before.close()
      await apps.start(topology, { ...config, ...(keepsFiles ? { stateDir } : {}) })
      await cluster.send(input, second)
      return (await reader.until((read) => read.length >= expected)).map(resultOf)
    }

    test('sessions of before a restart should merge with a record that comes after it', async () => {
      const first = records(['a', 1000], ['a', 1020], ['b', 1015])
      const results = await acrossRestart(EmitStrategy.onWindowUpdate(), first, 3, records(['a', 1010], ['b', 1016]), 8)
      expect(results).toEqual([
        'a@1000-1000=1', 'a@1020-1020=1', 'b@1015-1015=1',
        'a@1000-1000=gone', 'a@1020-1020=gone', 'a@1000-1020=3',
        'b@1015-1015=gone', 'b@1015-1016=2',
      ])
    })

    test('closed sessions should be sent once, also across a restart, in the order of their ends', async () => {
      const first = records(['b', 1000], ['a', 1005], ['a', 1030], ['b', 1120])
      // Sessions that ended before 1010 are closed by then; the next record closes one more, that of before the restart.
      const second = records(['c', 1150], ['a', 1149], ['d', 1300])
      const results = await acrossRestart(EmitStrategy.onWindowClose(), first, 2, second, 6)
      expect(results).toEqual(['b@1000-1000=1', 'a@1005-1005=1', 'a@1030-1030=1', 'b@1120-1120=1', 'a@1149-1149=1', 'c@1150-1150=1'])
    })
  })

  test('a cogroup should bring together equal keys of topics with different numbers of partitions', async () => {
    const [orders, visits] = [await cluster.topic('orders', 3), await cluster.topic('visits', 2)]
    const output = await cluster.topic('activity', 2)
    const builder = new StreamsBuilder()
    const add = (_key: string, _value: string, total: number): number => total + 1
    const byCustomer = builder.stream<string, string>(orders, strings).groupBy((_order, customer) => customer, { ...strings, name: 'by-customer' })
    builder.stream<string, string>(visits, strings)
      .groupBy((_page, visitor) => visitor, { ...strings, name: 'by-visitor' })
      .cogroup<number>(add)
      .cogroup(byCustomer, add)
      .aggregate(() => 0, { store: 'activity', ...counts })
      .toStream()
      .to(output, counts)
    await apps.start(builder.build(), { applicationId: cluster.unique('cogroup') })
    const names = ['ann', 'bob', 'cid', 'dan', 'eve']
    const sendBoth = async (from: number, to: number): Promise<void> => {
      const numbers = Array.from({ length: to - from }, (_, i) => from + i)
      await cluster.send(orders, numbers.map((i) => ({ key: `order-${i}`, value: names[i % 5] })))
      await cluster.send(visits, numbers.map((i) => ({ key: `page-${i}`, value: names[i % 5] })))
    }
    await sendBoth(0, 50)
    const reader = await cluster.read(output)
    const all = await reader.until((read) => [...lastCounts(read).values()].reduce((sum, count) => sum + count, 0) === 100)
    expect(Object.fromEntries([...lastCounts(all)].sort())).toEqual({ ann: 20, bob: 20, cid: 20, dan: 20, eve: 20 })
  })
})
