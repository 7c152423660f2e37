import { Serdes, Stores, StreamsBuilder } from '../../lib/index.ts'
import type { AsyncOrder, Topology } from '../../lib/index.ts'
import { Apps, enriching, eventually, untilState } from './helpers/apps.ts'
import { TestCluster } from './helpers/test-cluster.ts'
import type { ReadRecord } from './helpers/test-cluster.ts'

const KEYS = 5
const RECORDS = 2000
const CRASHES = 3

const numberOf = ({ value }: ReadRecord): number => Number(value?.toString().replace('!', ''))
const keyOf = ({ key }: ReadRecord): string => key?.toString() ?? ''

/** Messages with the values `from` to `to - 1`, the keys in turns. */
const numbered = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => ({ key: `key-${(from + i) % KEYS}`, value: String(from + i) }))

const hasAll = (count: number) => (read: readonly ReadRecord[]): boolean => new Set(read.map(numberOf)).size === count

/** How often a number is not above the one before it of the same group. */
const stepsBack = (records: readonly ReadRecord[], groupOf: (record: ReadRecord) => string): number => {
  const last = new Map<string, number>()
  let steps = 0
  for (const record of records) {
    if (numberOf(record) <= (last.get(groupOf(record)) ?? -1)) steps++
    last.set(groupOf(record), numberOf(record))
  }
  return steps
}

describe('an application with an asynchronous operator', () => {
  let cluster: TestCluster
  let apps: Apps

  beforeAll(async () => {
    cluster = await TestCluster.start()
    apps = new Apps(cluster)
  })
  afterEach(() => apps.closeAll())
  afterAll(() => cluster.close())

  test.each<[AsyncOrder, (record: ReadRecord) => string]>([['partition', () => 'all'], ['key', keyOf]])(
    'should lose no record and keep the order of the %s when its process is killed',
    async (order, groupOf) => {
      const input = await cluster.topic('events')
      const output = await cluster.topic('enriched')
      const args = [cluster.unique('async'), input, output, apps.directory(), order]
      const reader = await cluster.read(output)
      await cluster.send(input, numbered(0, RECORDS))
      for (let crash = 0; crash < CRASHES; crash++) {
        const child = await apps.startChild('async-child.ts', ...args)
        const before = reader.records.length
        await reader.until((read) => read.length > before + 200 || hasAll(RECORDS)(read))
        await child.kill('SIGKILL')
      }
      await apps.startChild('async-child.ts', ...args)
      const records = await reader.until(hasAll(RECORDS))
      // back only where a new process began again
      const groups = new Set(records.map(groupOf)).size
      expect(stepsBack(records, groupOf)).toBeLessThanOrEqual(CRASHES * groups)
    },
    60_000,
  )

  test('should repeat and lose nothing when calls are under way while it is closed', async () => {
    const input = await cluster.topic('events', 2)
    const output = await cluster.topic('enriched')
    const applicationId = cluster.unique('async-close')
    const reader = await cluster.read(output)
    await cluster.send(input, numbered(0, 500))
    for (let end = 100; end <= 500; end += 100) {
      const streams = await apps.start(enriching(input, output, slow, { order: 'key' }), { applicationId })
      await reader.until((read) => read.length >= end)
      await streams.close()
    }
    expect(reader.records).toHaveLength(500)
    expect(hasAll(500)(reader.records)).toBe(true)
  })

  test('should count each record once through two of them, a repartition topic and a store when it is closed and goes on', async () => {
    const input = await cluster.topic('events', 2)
    const output = await cluster.topic('counted', 2)
    const applicationId = cluster.unique('async-count')
    const stateDir = apps.directory()
    const text = { key: Serdes.string, value: Serdes.string }
    const topology = (): Topology => {
      const builder = new StreamsBuilder()
      builder
        .stream(input, text)
        .mapAsync(async (_key, value) => [`group-${(await slow(value)).length}`, value])
        .groupByKey(text)
        .count(Stores.keyValueStore('counts', { key: Serdes.string, value: Serdes.long, engine: 'leveldb' }))
        .toStream()
        .mapValuesAsync(async (count) => slow(String(count)))
        .to(output, text)
      return builder.build()
    }
    const reader = await cluster.read(output)
    for (let end = 100; end <= 300; end += 100) {
      const streams = await apps.start(topology(), { applicationId, stateDir })
      await cluster.send(input, numbered(end - 100, end))
      await reader.until((read) => read.length >= end - 20)
      await streams.close()
    }
    await apps.start(topology(), { applicationId, stateDir })
    await reader.until((read) => read.length >= 300)
    const last = new Map(reader.records.map((record) => [keyOf(record), numberOf(record)]))
    expect(last).toEqual(new Map([['group-2', 10], ['group-3', 90], ['group-4', 200]]))
    expect(reader.records).toHaveLength(300)
  })

  test('should repeat and lose nothing when another instance takes tasks over', async () => {
    const input = await cluster.topic('events', 4)
    const output = await cluster.topic('enriched')
    const applicationId = cluster.unique('async-rebalance')
    const reader = await cluster.read(output)
    const topology = () => enriching(input, output, slow, { order: 'key', concurrency: 4 })
    const first = await apps.start(topology(), { applicationId })
    await cluster.send(input, numbered(0, 1000))
    await reader.until((read) => read.length > 50)
    await apps.start(topology(), { applicationId })
    await reader.until((read) => read.length > 300)
    await first.close()
    await reader.until(hasAll(1000))
    expect(reader.records).toHaveLength(1000)
  })

  test('should abort calls that do not end, and leave their records to the next instance, when it is closed', async () => {
    const input = await cluster.topic('events')
    const output = await cluster.topic('enriched')
    const applicationId = cluster.unique('async-abort')
    const reader = await cluster.read(output)
    await cluster.send(input, numbered(0, 3))
    const reasons: unknown[] = []
    let waiting = 0
    const hanging = (value: string, signal: AbortSignal): Promise<string> => {
      if (value !== '1') return Promise.resolve(`${value}!`)
      waiting++
      signal.addEventListener('abort', () => reasons.push(signal.reason))
      return new Promise(() => {})
    }
    const streams = await apps.start(enriching(input, output, (value, { signal }) => hanging(value, signal)), { applicationId })
    await eventually(() => waiting > 0)
    await streams.close()
    expect(reasons).toMatchObject([{ code: 'MILLRACE_ASYNC_ABORTED' }])
    expect(reader.records.map(numberOf)).toEqual([0])
    await apps.start(enriching(input, output, slow), { applicationId })
    const records = await reader.until(hasAll(3))
    expect(records.map(numberOf).slice(-2)).toEqual([1, 2])
  }, 20_000)

  test('should stop with the error of the call when it fails and the handler says fail', async () => {
    const input = await cluster.topic('events')
    const output = await cluster.topic('enriched')
    await cluster.send(input, numbered(0, 3))
    const failing = (value: string): Promise<string> => (value === '1' ? Promise.reject(new Error('service is down')) : Promise.resolve(value))
    const streams = apps.make(enriching(input, output, failing), { applicationId: cluster.unique('async-fail') })
    const failed = untilState(streams, 'ERROR')
    await streams.start()
    await failed
    expect(streams.error?.message).toMatch(/KSTREAM-MAPVALUES-ASYNC-0000000001.*offset=1: service is down/)
  })

  test('should make as many calls at a time as it may, so that a slow service is no limit of one by one', async () => {
    const input = await cluster.topic('events')
    const output = await cluster.topic('enriched')
    await cluster.send(input, numbered(0, RECORDS))
    const reader = await cluster.read(output)
    const started = performance.now()
    await apps.start(enriching(input, output, slow, { concurrency: 16 }), { applicationId: cluster.unique('async-speed') })
    await reader.until(hasAll(RECORDS))
    // one by one it would be 5 ms for each, 10 s
    expect(performance.now() - started).toBeLessThan((RECORDS * 5) / 2)
  })
})

/** A service that takes 5 ms. */
const slow = (value: string): Promise<string> => new Promise((resolve) => setTimeout(() => resolve(`${value}!`), 5))
