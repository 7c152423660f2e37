import { Serdes, Stores, StreamsBuilder } from '../../lib/index.ts'
import type { Topology } from '../../lib/index.ts'
import { Apps } from './helpers/apps.ts'
import { TestCluster } from './helpers/test-cluster.ts'
import type { ReadRecord } from './helpers/test-cluster.ts'

const strings = { key: Serdes.string, value: Serdes.string }
const HISTORY_MS = 3_600_000
const START = 1_700_000_000_000

const engines = {
  memory: Stores.inMemoryVersionedKeyValueStore('prices', HISTORY_MS),
  lmdb: Stores.persistentVersionedKeyValueStore('prices', HISTORY_MS),
} as const

/** Each order with the price of its own time. */
const priced = (prices: string, orders: string, output: string, engine: keyof typeof engines): Topology => {
  const builder = new StreamsBuilder()
  const table = builder.table(prices, strings, { store: engines[engine] })
  builder.stream(orders, strings).leftJoin(table, (order, price) => `${order} for ${price ?? 'nothing'}`).to(output, strings)
  return builder.build()
}

const textOf = ({ key, value }: ReadRecord): string => `${key?.toString()}: ${value?.toString()}`

describe('versioned tables on a running cluster', () => {
  let cluster: TestCluster
  let apps: Apps

  beforeAll(async () => {
    cluster = await TestCluster.start()
    apps = new Apps(cluster)
  })
  afterEach(() => apps.closeAll())
  afterAll(() => cluster.close())

  test.each([
    ['memory', 'restored from the changelog'],
    ['lmdb', 'found in files'],
    ['lmdb', 'restored from the changelog'],
  ] as const)('a stream should meet the row of its time in %s, also when the history is %s after a restart', async (engine, way) => {
    const [prices, orders, output] = [await cluster.topic('prices', 2), await cluster.topic('orders', 2), await cluster.topic('priced')]
    const topology = (): Topology => priced(prices, orders, output, engine)
    const config = { applicationId: cluster.unique('versions'), stateDir: apps.directory() }
    const send = (topic: string, rows: readonly (readonly [key: string, value: string | undefined, seconds: number])[]) =>
      cluster.send(topic, rows.map(([key, value, seconds]) => ({ key, value, timestamp: START + seconds * 1000 })))
    const order = (n: number, at: readonly number[]) => send(orders, at.flatMap((seconds) => ['apple', 'pear'].map((key) => [key, `${n}@${seconds}`, seconds] as const)))
    const expected = (n: number, rows: readonly (readonly [seconds: number, apple: string, pear: string])[]) =>
      rows.flatMap(([seconds, apple, pear]) => [`apple: ${n}@${seconds} for ${apple}`, `pear: ${n}@${seconds} for ${pear}`])

    await send(prices, [['apple', '1', 10], ['pear', '5', 10], ['apple', '3', 30], ['apple', '2', 20], ['pear', undefined, 25]])
    const first = await apps.start(topology(), config)
    const changelog = await cluster.read(`${config.applicationId}-prices-changelog`)
    await changelog.until((read) => read.length === 5)
    const reader = await cluster.read(output)
    await order(1, [5, 15, 24, 40])
    const before = await reader.until((read) => read.length === 8)
    const rows = [[5, 'nothing', 'nothing'], [15, '1', '5'], [24, '2', '5'], [40, '3', 'nothing']] as const
    expect(before.map(textOf).sort()).toEqual(expected(1, rows).sort())
    await first.close()

    const second = await apps.start(topology(), way === 'found in files' ? config : { ...config, stateDir: apps.directory() })
    await order(2, [5, 15, 24, 40])
    const after = await reader.until((read) => read.length === 16)
    expect(after.slice(8).map(textOf).sort()).toEqual(expected(2, rows).sort())

    await send(prices, [['pear', '6', 28], ['pear', 'too late', -HISTORY_MS]])
    await changelog.until((read) => read.length === 7)
    await order(3, [29])
    const late = await reader.until((read) => read.length === 18)
    expect(late.slice(16).map(textOf).sort()).toEqual(['apple: 3@29 for 2', 'pear: 3@29 for 6'])
    await second.close()
  })

  test('the changelog should keep old versions as long as the history, and a day', async () => {
    const [prices, orders, output] = [await cluster.topic('prices'), await cluster.topic('orders'), await cluster.topic('priced')]
    const applicationId = cluster.unique('lag')
    await apps.start(priced(prices, orders, output, 'memory'), { applicationId })
    const topic = `${applicationId}-prices-changelog`
    const resource = { type: 'topic', name: topic } as const
    const configs = (await cluster.admin.describeConfigs([resource])).get(topic)
    expect(configs?.get('cleanup.policy')?.value).toBe('compact')
    expect(configs?.get('min.compaction.lag.ms')?.value).toBe(String(HISTORY_MS + 86_400_000))
  })
})
