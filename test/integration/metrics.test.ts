import { readFileSync } from 'node:fs'
import path from 'node:path'
import { EmitStrategy, Serdes, SessionWindows, Stores, StreamsBuilder, Suppressed, TimeWindows } from '../../lib/index.ts'
import type { KafkaStreams, Metric, Topology } from '../../lib/index.ts'
import { Apps, eventually } from './helpers/apps.ts'
import { BASE } from './helpers/recent-times.ts'
import { TestCluster } from './helpers/test-cluster.ts'

/** By group and names of tags: names and descriptions, as an application of Java's of the same shape shows them. */
const java = JSON.parse(readFileSync(path.join(__dirname, '../metrics/golden/java-metrics.json'), 'utf8')) as Record<string, Record<string, string>>

/** What there is of Java's and not here, see docs/differences.md: what RocksDB tells of itself, and what threads of Java's do that are none here. */
const LEFT_OUT: readonly RegExp[] = [
  /^(background-errors|block-cache|bytes-(read|written)|compaction-|cur-size|estimate-(pending|table)|live-sst|mem-table|memtable|num-(deletes|entries|immutable|live|running)|number-|size-all|total-sst|write-stall)/,
  /^(commit-id|update-(rate|total)|preferred-read-replica|fetch-throttle-time-(avg|max))$/,
  /^(active-restore|checkpoint|idle|standby-update)-ratio$/,
]

/** Of connections, which all clients of an instance share here, only part is shown. */
const isShared = (group: string): boolean => group.startsWith('producer-')

/** Rows of windows and sessions are not counted. */
const isTimed = (kind: string): boolean => /(window|session)-state-id/.test(kind)

const kindOf = ({ group, tags }: Metric): string => `${group} ${Object.keys(tags).sort().join()}`

const topologyOf = ({ input, others, output }: Record<string, string>): Topology => {
  const builder = new StreamsBuilder()
  const [key, value] = [Serdes.string, Serdes.string]
  const grouped = builder.stream(input!, { key, value, name: 'lines' }).groupByKey()
  builder.stream(others!, { key, value, name: 'others' }).filter(() => true, { name: 'keep' }).to(output!, { key, value, name: 'out' })
  grouped.count({ name: 'counter', store: 'kv-disk' })
  grouped.count({ name: 'counter2', store: Stores.inMemoryKeyValueStore('kv-memory'), key, value: Serdes.long })
  const windows = TimeWindows.ofSizeWithNoGrace(100)
  grouped.windowedBy(windows).count({ name: 'wcount', store: 'window-disk' }).suppress(Suppressed.untilWindowCloses({ name: 'hold' }))
  const emitting = grouped.windowedBy(windows).emitStrategy(EmitStrategy.onWindowClose())
  emitting.count({ name: 'wfinal', store: Stores.inMemoryWindowStore('window-memory', 1000, 100, false), key, value: Serdes.long })
  grouped.windowedBy(SessionWindows.ofInactivityGapWithNoGrace(100)).count({ name: 'scount', store: 'session-disk' })
  grouped.windowedBy(SessionWindows.ofInactivityGapWithNoGrace(100)).count({ name: 'scount2', store: Stores.inMemorySessionStore('session-memory', 1000), key, value: Serdes.long })
  return builder.build()
}

describe('metrics', () => {
  let cluster: TestCluster
  let apps: Apps

  beforeAll(async () => {
    cluster = await TestCluster.start()
    apps = new Apps(cluster)
  })
  afterEach(() => apps.closeAll())
  afterAll(() => cluster.close())

  const start = async (level: 'INFO' | 'DEBUG' | 'TRACE'): Promise<{ streams: KafkaStreams; input: string; output: string; times: number[] }> => {
    const [input, others, output] = await Promise.all(['lines', 'others', 'out'].map((name) => cluster.topic(name)))
    const times = Array.from({ length: 20 }, (_, i) => BASE + i * 50)
    const records = times.map((timestamp, i) => ({ key: `k${i % 3}`, value: 'v', timestamp }))
    await cluster.send(input!, records)
    await cluster.send(others!, records)
    const streams = await apps.start(topologyOf({ input: input!, others: others!, output: output! }), {
      applicationId: cluster.unique('metrics'), clientId: 'mine', metricsRecordingLevel: level, statestoreCacheMaxBytes: 100_000,
      '__emit.interval.ms.kstreams.windowed.aggregation__': 0,
    })
    return { streams, input: input!, output: output!, times }
  }

  const find = (streams: KafkaStreams, name: string, tags: Record<string, string> = {}): Metric | undefined =>
    streams.metrics().find((metric) => metric.name === name && Object.entries(tags).every(([tag, value]) => metric.tags[tag] === value))

  test('should have the groups, names, tags and descriptions of Java, and no others', async () => {
    const { streams } = await start('DEBUG')
    const own = new Map<string, Map<string, string>>()
    for (const metric of streams.metrics()) {
      const kind = kindOf(metric)
      if (!own.has(kind)) own.set(kind, new Map())
      own.get(kind)!.set(metric.name, metric.description)
    }
    for (const [kind, names] of own) {
      if (kind === 'consumer-coordinator-metrics client-id') continue
      const known = java[kind]
      for (const [name, description] of names) {
        if (name === 'dropped-output-records-total') continue
        expect([kind, name, known?.[name]]).toEqual([kind, name, description])
      }
    }
    for (const [kind, names] of Object.entries(java)) {
      if (isShared(kind)) continue
      const missing = Object.keys(names).filter((name) => own.get(kind)?.has(name) !== true && !LEFT_OUT.some((left) => left.test(name)) && !(isTimed(kind) && /num-keys$/.test(name)))
      expect([kind, missing]).toEqual([kind, []])
    }
  })

  test('should tell what was processed, how late, and how far behind it is', async () => {
    const { streams, input, output, times } = await start('INFO')
    const topic = (name: string, of: string): unknown => find(streams, name, { topic: of })?.value
    await eventually(() => topic('records-produced-total', output) === 20 && topic('records-consumed-total', input) === 20)
    // a key of 2 bytes, a value of 1, and 20 that Java adds beside the name of the topic
    expect(topic('bytes-consumed-total', input)).toBe(20 * (3 + 20 + input.length))
    expect(find(streams, 'records-lag', { topic: input, partition: '0' })?.value).toBe(0)
    expect(find(streams, 'records-lag-max', { topic: input, partition: '0' })?.value).toBe(0)
    expect(find(streams, 'records-consumed-rate', { 'client-id': 'mine-StreamThread-1-consumer' })?.value).toBeGreaterThan(0)
    const late = (name: string, node: string): number => Number(find(streams, name, { 'processor-node-id': node })?.value)
    for (const node of ['lines', 'others', 'out', 'counter']) {
      const [least, most] = [Date.now() - times.at(-1)! - 60_000, Date.now() - times[0]!]
      expect(late('record-e2e-latency-min', node)).toBeGreaterThan(least)
      expect(late('record-e2e-latency-max', node)).toBeLessThanOrEqual(most)
      expect(late('record-e2e-latency-max', node) - late('record-e2e-latency-min', node)).toBeGreaterThanOrEqual(times.at(-1)! - times[0]!)
    }
    await eventually(() => Number(find(streams, 'commit-total')?.value) > 0)
    expect(find(streams, 'state', { 'client-id': 'mine' })?.value).toBe('RUNNING')
    expect(find(streams, 'client-state')?.value).toBe(2)
    expect(find(streams, 'thread-state')?.value).toBe(4)
    expect(find(streams, 'alive-stream-threads')?.value).toBe(1)
    expect(String(find(streams, 'topology-description')?.value)).toContain('Source: lines')
    // what costs something is for DEBUG
    expect(find(streams, 'put-rate', { 'rocksdb-state-id': 'kv-disk' })?.value).toBe(0)
    expect(Object.values(find(streams, 'process-total', { 'task-id': '0_0' }) ?? {})).toContain(0)
    await streams.close()
    expect(streams.metrics()).toEqual([])
  })

  test('should measure stores, caches and calls at level DEBUG, and records in stores at TRACE', async () => {
    const { streams, input } = await start('TRACE')
    await eventually(() => find(streams, 'records-consumed-total', { topic: input })?.value === 20)
    await eventually(() => Number(find(streams, 'commit-rate', { 'rocksdb-state-id': 'kv-disk' })?.value) > 0)
    for (const [name, tags] of [
      ['put-latency-avg', { 'rocksdb-state-id': 'kv-disk' }],
      ['get-rate', { 'in-memory-state-id': 'kv-memory' }],
      ['fetch-latency-max', { 'rocksdb-session-state-id': 'session-disk' }],
      ['record-e2e-latency-avg', { 'in-memory-state-id': 'kv-memory' }],
      ['hit-ratio-max', { 'record-cache-id': 'kv-disk' }],
      ['suppression-buffer-count-max', { 'in-memory-suppression-state-id': 'hold-store' }],
      ['suppression-emit-total', { 'processor-node-id': 'hold' }],
      ['window-aggregate-final-emit-total', { 'processor-node-id': 'wfinal' }],
      ['process-latency-avg', { 'task-id': '0_0' }],
      ['num-keys', { 'in-memory-state-id': 'kv-memory' }],
    ] as const) {
      const value = Number(find(streams, name, tags)?.value)
      expect([name, value > 0 ? 'recorded' : value]).toEqual([name, 'recorded'])
    }
    expect(find(streams, 'num-open-iterators', { 'rocksdb-session-state-id': 'session-disk' })?.value).toBe(0)
  })
})
