import { EmitStrategy, Serdes, SlidingWindows, StreamsBuilder, TimeWindows } from '../../lib/index.ts'
import type { Topology } from '../../lib/index.ts'
import { Apps } from './helpers/apps.ts'
import { BASE } from './helpers/recent-times.ts'
import { TestCluster } from './helpers/test-cluster.ts'
import type { ReadRecord } from './helpers/test-cluster.ts'

const strings = { key: Serdes.string, value: Serdes.string }

interface Counting {
  readonly input: string
  readonly output: string
  readonly windows: TimeWindows | SlidingWindows
  readonly strategy: EmitStrategy
  readonly storeType: 'in_memory' | 'rocksDB'
}

/** Counts the records of each key in windows; result keys are `key@start`. */
const windowCount = ({ input, output, windows, strategy, storeType }: Counting): Topology => {
  const builder = new StreamsBuilder()
  builder
    .stream<string, string>(input, strings)
    .groupByKey(strings)
    .windowedBy(windows)
    .emitStrategy(strategy)
    .count({ store: 'windows', storeType })
    .toStream(({ key, window }) => `${key}@${window.start - BASE}`)
    .to(output, { key: Serdes.string, value: Serdes.long })
  return builder.build()
}

const resultOf = ({ key, value }: ReadRecord): string => `${key?.toString()}=${value?.readBigInt64BE()}`

describe('windows on a running cluster', () => {
  let cluster: TestCluster
  let apps: Apps

  beforeAll(async () => {
    cluster = await TestCluster.start()
    apps = new Apps(cluster)
  })
  afterEach(() => apps.closeAll())
  afterAll(() => cluster.close())

  const records = (...timed: readonly [key: string, timestamp: number][]) =>
    timed.map(([key, timestamp]) => ({ key, value: 'x', timestamp: BASE + timestamp }))

  /** Runs the topology on `first`, then another instance of it on `second`, with its files or without; answers all results. */
  const acrossRestart = async (
    how: Omit<Counting, 'input' | 'output'>,
    first: ReturnType<typeof records>,
    expectedAtFirst: number,
    second: ReturnType<typeof records>,
    expected: number,
    keepsFiles: boolean,
  ): Promise<string[]> => {
    const [input, output] = [await cluster.topic('in'), await cluster.topic('out')]
    const applicationId = cluster.unique('windows')
    const topology = windowCount({ input, output, ...how })
    const stateDir = apps.directory()
    const config = { applicationId, '__emit.interval.ms.kstreams.windowed.aggregation__': 0 }
    const before = await apps.start(topology, { ...config, stateDir })
    await cluster.send(input, first)
    const reader = await cluster.read(output)
    await reader.until((read) => read.length >= expectedAtFirst)
    await before.close()
    await apps.start(topology, { ...config, ...(keepsFiles ? { stateDir } : {}) })
    await cluster.send(input, second)
    return (await reader.until((read) => read.length >= expected)).map(resultOf)
  }

  const places = [
    ['from the changelog, in memory', 'in_memory', false],
    ['from the changelog, in files', 'rocksDB', false],
    ['from files', 'rocksDB', true],
  ] as const

  describe.each(places)('restored %s', (_name, storeType, keepsFiles) => {
    test('tumbling windows should go on counting after a restart', async () => {
      const how = { windows: TimeWindows.ofSizeWithNoGrace(100), strategy: EmitStrategy.onWindowUpdate(), storeType }
      const first = records(['a', 1000], ['a', 1010], ['b', 1020])
      const results = await acrossRestart(how, first, 3, records(['a', 1030], ['a', 1100], ['b', 1110]), 6, keepsFiles)
      expect(results).toEqual(['a@1000=1', 'a@1000=2', 'b@1000=1', 'a@1000=3', 'a@1100=1', 'b@1100=1'])
    })

    test('sliding windows should find the windows of before a restart', async () => {
      const how = { windows: SlidingWindows.ofTimeDifferenceAndGrace(10, 100), strategy: EmitStrategy.onWindowUpdate(), storeType }
      const results = await acrossRestart(how, records(['a', 1000], ['a', 1005]), 3, records(['a', 1007]), 6, keepsFiles)
      expect(results.slice(3).sort()).toEqual(['a@1001=2', 'a@1006=1', 'a@997=3'])
    })

    test('closed windows should be sent once, also across a restart', async () => {
      const how = { windows: TimeWindows.ofSizeAndGrace(100, 10), strategy: EmitStrategy.onWindowClose(), storeType }
      const first = records(['b', 1000], ['a', 1010], ['a', 1110], ['b', 1150])
      // its first record closes nothing new: what was sent before must not come again
      const second = records(['a', 1160], ['b', 1215], ['a', 1320])
      const results = await acrossRestart(how, first, 2, second, 5, keepsFiles)
      expect(results).toEqual(['a@1000=1', 'b@1000=1', 'a@1100=2', 'b@1100=1', 'b@1200=1'])
    })
  })
})
