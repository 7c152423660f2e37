import { JoinWindows, Serdes, StreamsBuilder } from '../../lib/index.ts'
import type { KafkaStreams, StreamsConfigInput, Topology } from '../../lib/index.ts'
import { Apps } from './helpers/apps.ts'
import { BASE } from './helpers/recent-times.ts'
import { TestCluster } from './helpers/test-cluster.ts'
import type { ReadRecord } from './helpers/test-cluster.ts'

const text = { key: Serdes.string, value: Serdes.string }
const textOf = ({ key, value }: ReadRecord): string => `${key?.toString()}=${value?.toString()}`

interface Topics {
  readonly left: string
  readonly right: string
  readonly output: string
}

const outerJoin = ({ left, right, output }: Topics, storeType: 'in_memory' | 'rocksDB'): Topology => {
  const builder = new StreamsBuilder()
  builder
    .stream(left, text)
    .outerJoin(
      builder.stream(right, text),
      (a, b) => `${a ?? 'none'}+${b ?? 'none'}`,
      JoinWindows.ofTimeDifferenceWithNoGrace(1000),
      { ...text, otherValue: Serdes.string, store: 'join', storeType },
    )
    .to(output, text)
  return builder.build()
}

describe('a join of two streams', () => {
  let cluster: TestCluster
  let apps: Apps

  beforeAll(async () => {
    cluster = await TestCluster.start()
    apps = new Apps(cluster)
  })
  afterEach(() => apps.closeAll())
  afterAll(() => cluster.close())

  const topics = async (partitions = 1): Promise<Topics> => ({
    left: await cluster.topic('left', partitions),
    right: await cluster.topic('right', partitions),
    output: await cluster.topic('joined'),
  })

  const start = (topology: Topology, config: StreamsConfigInput): Promise<KafkaStreams> =>
    apps.start(topology, { '__emit.interval.ms.kstreams.outer.join.spurious.results.fix__': 0, ...config })

  test.each([
    ['in memory, restored from changelogs', 'in_memory', false],
    ['in files, in the directory of the run before', 'rocksDB', true],
    ['in files, restored into a new directory', 'rocksDB', false],
  ] as const)('should go on after a restart with what waits for a partner: %s', async (_how, storeType, keepsDirectory) => {
    const names = await topics()
    const { left, right, output } = names
    const config = { applicationId: cluster.unique('outer'), ...(keepsDirectory ? { stateDir: apps.directory() } : {}) }
    const reader = await cluster.read(output)

    const before = await start(outerJoin(names, storeType), config)
    await cluster.send(left, [
      { key: 'a', value: 'l1', timestamp: BASE + 1000 },
      { key: 'b', value: 'l2', timestamp: BASE + 1000 },
      { key: 'c', value: 'l3', timestamp: BASE + 1000 },
    ])
    await cluster.send(right, [{ key: 'a', value: 'r1', timestamp: BASE + 1100 }, { key: 'd', value: 'r2', timestamp: BASE + 1100 }])
    await reader.until((read) => read.length === 1)
    await before.close()

    await start(outerJoin(names, storeType), config)
    // Of the same key and time as one from before, which must still be there.
    await cluster.send(left, [{ key: 'a', value: 'l4', timestamp: BASE + 1000 }])
    await reader.until((read) => read.length === 2)
    await cluster.send(right, [{ key: 'a', value: 'r3', timestamp: BASE + 1200 }, { key: 'b', value: 'r4', timestamp: BASE + 1300 }])
    await reader.until((read) => read.length === 5)
    await cluster.send(left, [{ key: 'end', value: 'l5', timestamp: BASE + 10_000 }])
    await reader.until((read) => read.length === 7)
    expect(reader.records.map(textOf)).toEqual(['a=l1+r1', 'a=l4+r1', 'a=l1+r3', 'a=l4+r3', 'b=l2+r4', 'c=l3+none', 'd=none+r2'])
    expect(reader.records.slice(5).map(({ timestamp }) => timestamp - BASE)).toEqual([1000, 1100])
  })

  test('should find partners whose keys were changed on both sides, over several partitions', async () => {
    const { left, right, output } = await topics(3)
    const builder = new StreamsBuilder()
    const byValue = (topic: string) => builder.stream(topic, text).map((key, value) => [value, key])
    byValue(left)
      .join(byValue(right), (a, b) => `${a}+${b}`, JoinWindows.ofTimeDifferenceWithNoGrace(1000), { ...text, otherValue: Serdes.string, name: 'pairs' })
      .to(output, text)
    await start(builder.build(), { applicationId: cluster.unique('rekeyed') })
    const keys = Array.from({ length: 30 }, (_, i) => `k${i}`)
    await cluster.send(left, keys.map((key) => ({ key: `left of ${key}`, value: key, timestamp: BASE + 1000 })))
    await cluster.send(right, keys.map((key) => ({ key: `right of ${key}`, value: key, timestamp: BASE + 1500 })))
    const reader = await cluster.read(output)
    const records = await reader.until((read) => read.length === keys.length)
    expect(records.map(textOf).sort()).toEqual(keys.map((key) => `${key}=left of ${key}+right of ${key}`).sort())
  })

  test('should have changelogs that fit their stores', async () => {
    const names = await topics()
    const applicationId = cluster.unique('changelogs')
    await start(outerJoin(names, 'rocksDB'), { applicationId })
    const configs = async (store: string): Promise<Record<string, unknown>> => {
      const described = await cluster.admin.describeConfigs([{ type: 'topic', name: `${applicationId}-${store}-store-changelog` }])
      return Object.fromEntries([...described.values()].flatMap((entries) => [...entries].map(([name, { value }]) => [name, value])))
    }
    expect(await configs('join-outer-this-join')).toMatchObject({ 'cleanup.policy': 'delete', 'retention.ms': String(2000 + 86_400_000) })
    expect(await configs('join-outer-other-join')).toMatchObject({ 'cleanup.policy': 'delete' })
    expect(await configs('join-outer-shared-join')).toMatchObject({ 'cleanup.policy': 'compact' })
  })
})
