import { Apps, countOf, eventually, keyCount, lastCounts, untilState, wordCount } from './helpers/apps.ts'
import { TestCluster } from './helpers/test-cluster.ts'

describe('a counting application', () => {
  let cluster: TestCluster
  let apps: Apps

  beforeAll(async () => {
    cluster = await TestCluster.start()
    apps = new Apps(cluster)
  })
  afterEach(() => apps.closeAll())
  afterAll(() => cluster.close())

  test('should count words through a repartition topic, one update per word', async () => {
    const input = await cluster.topic('lines', 2)
    const output = await cluster.topic('counts')
    const applicationId = cluster.unique('word-count')
    await cluster.send(input, [{ value: 'to be or' }, { value: 'not to be' }])
    await apps.start(wordCount(input, output), { applicationId })
    const reader = await cluster.read(output)
    const records = await reader.until((read) => read.length >= 6)
    expect(records.map(countOf).sort()).toEqual(['be=1', 'be=2', 'not=1', 'or=1', 'to=1', 'to=2'])
    const topics = await cluster.admin.listTopics()
    expect(topics.filter((topic) => topic.startsWith(applicationId)).sort()).toEqual([
      `${applicationId}-counts-changelog`,
      `${applicationId}-counts-repartition`,
    ])
  })

  test.each(['memory', 'leveldb', 'lmdb'] as const)('should go on counting after a restart with a %s store', async (engine) => {
    const input = await cluster.topic('events')
    const output = await cluster.topic('counts')
    const config = { applicationId: cluster.unique('restart'), stateDir: apps.directory() }
    await cluster.send(input, [{ key: 'a', value: '1' }, { key: 'b', value: '1' }, { key: 'a', value: '2' }])
    const reader = await cluster.read(output)
    const first = await apps.start(keyCount(input, output, engine), config)
    await reader.until((read) => read.length >= 3)
    await first.close()
    await cluster.send(input, [{ key: 'a', value: '3' }])
    await apps.start(keyCount(input, output, engine), config)
    const records = await reader.until((read) => read.length >= 4)
    expect(records.map(countOf)).toEqual(['a=1', 'b=1', 'a=2', 'a=3'])
  })

  test('should restore a lost state directory from the changelog and tell the listener', async () => {
    const input = await cluster.topic('events')
    const output = await cluster.topic('counts')
    const applicationId = cluster.unique('restore')
    await cluster.send(input, Array.from({ length: 50 }, (_, n) => ({ key: `k${n % 5}`, value: 'x' })))
    const reader = await cluster.read(output)
    const first = await apps.start(keyCount(input, output, 'leveldb'), { applicationId })
    await reader.until((read) => read.length >= 50)
    await first.close()
    first.cleanUp()
    const heard: string[] = []
    const second = apps.make(keyCount(input, output, 'leveldb'), { applicationId })
    second.setGlobalStateRestoreListener({
      onRestoreStart: (_at, store, from, to) => heard.push(`start ${store} ${from}..${to}`),
      onRestoreEnd: (_at, store, total) => heard.push(`end ${store} ${total}`),
    })
    const running = untilState(second, 'RUNNING')
    await second.start()
    await running
    expect(heard).toEqual(['start counts 0..50', 'end counts 50'])
    await cluster.send(input, [{ key: 'k0', value: 'x' }])
    await reader.until((read) => read.length >= 51)
    expect(lastCounts(reader.records).get('k0')).toBe(11)
  })

  test('should answer queries for its stores while it runs, and only then', async () => {
    const input = await cluster.topic('events', 2)
    const output = await cluster.topic('counts')
    await cluster.send(input, [{ key: 'a', value: 'x' }, { key: 'b', value: 'x' }, { key: 'a', value: 'y' }, { key: 'c', value: 'x' }])
    const streams = apps.make(keyCount(input, output), { applicationId: cluster.unique('query'), applicationServer: 'localhost:8888' })
    expect(() => streams.store('counts')).toThrow('the client is CREATED, not RUNNING')
    const running = untilState(streams, 'RUNNING')
    await streams.start()
    await running
    const counts = streams.store<string, number>('counts')
    await eventually(async () => (await counts.get('c')) === 1 && (await counts.get('a')) === 2)
    const rows: [string, number][] = []
    for await (const row of counts.all()) rows.push(row)
    expect(rows.sort()).toEqual([['a', 2], ['b', 1], ['c', 1]])
    expect(await counts.approximateNumEntries()).toBe(3)
    expect(streams.queryMetadataForKey('counts', 'a')?.activeHost).toEqual({ host: 'localhost', port: 8888 })
    expect(streams.metadataForAllStreamsClients().map(({ host, stateStoreNames }) => [host.port, [...stateStoreNames]])).toEqual([[8888, ['counts']]])
    expect(() => streams.store('totals')).toThrow('the topology has no store named totals; it has: counts')
    await streams.close()
    await expect(counts.get('a')).rejects.toThrow('the client is NOT_RUNNING')
  })
})
