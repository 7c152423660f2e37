import { Serdes, Stores, StreamsBuilder, Suppressed, TimeWindows } from '../../lib/index.ts'
import type { Topology } from '../../lib/index.ts'
import { Apps } from './helpers/apps.ts'
import { BASE } from './helpers/recent-times.ts'
import type { ReadRecord } from './helpers/test-cluster.ts'
import { TestCluster } from './helpers/test-cluster.ts'

const text = { key: Serdes.string, value: Serdes.string }

const shown = ({ key, value }: ReadRecord): string => `${key?.toString()}=${value?.toString()}`

/** Counts of windows of 10 ms, once they are closed. */
const finalCounts = (input: string, output: string): Topology => {
  const builder = new StreamsBuilder()
  builder
    .stream(input, text)
    .groupByKey()
    .windowedBy(TimeWindows.ofSizeWithNoGrace(10))
    .count({ store: 'counts', key: Serdes.string, value: Serdes.long })
    .suppress(Suppressed.untilWindowCloses({ name: 'final' }))
    .toStream(({ key, window }) => `${key}@${window.start - BASE}`)
    .mapValues((count) => String(count))
    .to(output, text)
  return builder.build()
}

/** Records of a stream with the rows of their time, 10 ms later. */
const graceJoin = (stream: string, table: string, output: string): Topology => {
  const builder = new StreamsBuilder()
  const rows = builder.table(table, text, { store: Stores.persistentVersionedKeyValueStore('rows', 60_000) })
  builder.stream(stream, text).leftJoin(rows, (value, row) => `${value}/${row}`, { gracePeriodMs: 10, name: 'late' }).to(output, text)
  return builder.build()
}

describe('records that wait', () => {
  let cluster: TestCluster
  let apps: Apps

  beforeAll(async () => {
    cluster = await TestCluster.start()
    apps = new Apps(cluster)
  })
  afterEach(() => apps.closeAll())
  afterAll(() => cluster.close())

  test.each(['stays', 'is lost'])('should come out once each over a restart when suppressed and the state directory %s', async (fate) => {
    const input = await cluster.topic('events')
    const output = await cluster.topic('final')
    const config = { applicationId: cluster.unique('suppress'), stateDir: apps.directory() }
    const reader = await cluster.read(output)
    const event = (key: string, timestamp: number) => ({ key, value: 'x', timestamp: BASE + timestamp })
    await cluster.send(input, [event('a', 1), event('b', 2), event('a', 11), event('b', 12), event('a', 13)])
    const first = await apps.start(finalCounts(input, output), config)
    await reader.until((records) => records.length >= 2)
    await first.close()
    if (fate === 'is lost') first.cleanUp()
    await cluster.send(input, [event('b', 14), event('c', 25), event('a', 31)])
    await apps.start(finalCounts(input, output), config)
    const records = await reader.until((read) => read.length >= 5)
    expect(records.map(shown)).toEqual(['a@0=1', 'b@0=1', 'a@10=2', 'b@10=2', 'c@20=1'])
    const times = (await cluster.read(`${config.applicationId}-final-store-changelog`)).until((read) => read.length >= 8)
    expect((await times).every(({ timestamp }) => timestamp > 1_000_000_000_000)).toBe(true)
  })

  test.each(['stays', 'is lost'])('should be joined once each over a restart when they have grace and the state directory %s', async (fate) => {
    const [stream, table, output] = [await cluster.topic('stream'), await cluster.topic('table'), await cluster.topic('joined')]
    const config = { applicationId: cluster.unique('grace'), stateDir: apps.directory() }
    const reader = await cluster.read(output)
    const record = (key: string, value: string, timestamp: number) => ({ key, value, timestamp: BASE + timestamp })
    await cluster.send(table, [record('a', 'R1', 1), record('a', 'R2', 20)])
    await cluster.send(stream, [record('a', '1', 5), record('a', '2', 15), record('a', '3', 15), record('b', '4', 15)])
    const first = await apps.start(graceJoin(stream, table, output), config)
    await reader.until((records) => records.length >= 1)
    await first.close()
    if (fate === 'is lost') first.cleanUp()
    await cluster.send(stream, [record('a', '5', 15), record('a', '6', 40), record('a', '7', 60)])
    await apps.start(graceJoin(stream, table, output), config)
    const records = await reader.until((read) => read.length >= 6)
    expect(records.map(shown)).toEqual(['a=1/R1', 'a=2/R1', 'a=3/R1', 'a=5/R1', 'b=4/undefined', 'a=6/R2'])
  })
})
