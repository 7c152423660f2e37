import type { ProducerMessage } from '../../lib/client/types.ts'
import { resetApplication } from '../../lib/index.ts'
import { Apps, eventually } from './helpers/apps.ts'
import { OrdersModel, lastRows, ordersOfCustomers } from './helpers/foreign-key-app.ts'
import { TestCluster } from './helpers/test-cluster.ts'
import type { TopicReader } from './helpers/test-cluster.ts'

const ORDERS = 30
const CUSTOMERS = 7
const CRASHES = 3

/** Numbers that look random and are the same in every run. */
const sequence = (seed: number): ((below: number) => number) => {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 4294967296) * below)
  }
}

describe('a join by a foreign key on a running cluster', () => {
  let cluster: TestCluster
  let apps: Apps

  beforeAll(async () => {
    cluster = await TestCluster.start()
    apps = new Apps(cluster)
  })
  afterEach(() => apps.closeAll())
  afterAll(() => cluster.close())

  const topics = async () => ({
    orders: await cluster.topic('orders', 3),
    customers: await cluster.topic('customers', 4),
    output: await cluster.topic('joined'),
  })

  /** Orders are spread over partitions by their number, not by the hash of their key: answers have to find them there. */
  const orderMessage = (number: number, value: string | undefined): ProducerMessage => ({ key: `order-${number}`, value, partition: number % 3 })

  const untilJoined = (reader: TopicReader, expected: Record<string, string>) =>
    reader.until((records) => JSON.stringify(lastRows(records)) === JSON.stringify(expected))

  test('should bring answers back to the partition of the row, also while instances join and leave', async () => {
    const { orders, customers, output } = await topics()
    const applicationId = cluster.unique('foreign-keys')
    const reader = await cluster.read(output)
    const model = new OrdersModel()
    const put = async (topic: 'orders' | 'customers', rows: readonly (readonly [number, string | undefined])[]): Promise<void> => {
      for (const [number, value] of rows) {
        const key = `${topic.slice(0, -1)}-${number}`
        if (value === undefined) model[topic].delete(key)
        else model[topic].set(key, value)
      }
      if (topic === 'orders') await cluster.send(orders, rows.map(([number, value]) => orderMessage(number, value)))
      else await cluster.send(customers, rows.map(([number, value]) => ({ key: `customer-${number}`, value })))
    }
    const all = (count: number) => Array.from({ length: count }, (_, number) => number)
    const build = () => ordersOfCustomers('inner', orders, customers, output)
    const first = await apps.start(build(), { applicationId })

    await put('orders', all(ORDERS).map((n) => [n, `customer-${n % CUSTOMERS}|${n}`]))
    await put('customers', all(CUSTOMERS).map((n) => [n, `name ${n}`]))
    await untilJoined(reader, model.joined('inner'))
    expect(Object.keys(model.joined('inner'))).toHaveLength(ORDERS)

    const second = await apps.start(build(), { applicationId })
    await eventually(() => first.state === 'RUNNING')
    await put('customers', [[0, 'new name'], [1, undefined], [2, 'other name']])
    await untilJoined(reader, model.joined('inner'))
    await put('orders', [[3, 'customer-0|moved'], [4, 'of nobody'], [5, undefined], [6, 'customer-1|lost']])
    await untilJoined(reader, model.joined('inner'))

    await first.close()
    await eventually(() => second.state === 'RUNNING')
    await put('customers', [[1, 'back again'], [0, undefined]])
    await untilJoined(reader, model.joined('inner'))

    const counts = await cluster.cluster.metadata([`${applicationId}-orders-of-customers-subscription-registration-topic`, `${applicationId}-orders-of-customers-subscription-response-topic`])
    expect([...counts.values()].map((topic) => topic?.partitions.length)).toEqual([4, 3])
  }, 60_000)

  test('should merge updates in caches, answer queries, and be reset with its topics', async () => {
    const { orders, customers, output } = await topics()
    const config = { applicationId: cluster.unique('foreign-key-cache'), bootstrapServers: cluster.bootstrapServers }
    await cluster.send(customers, [{ key: 'customer-1', value: 'name' }])
    await cluster.send(orders, [0, 1, 2, 3, 4].flatMap((n) => ['first', 'second'].map((text) => orderMessage(n, `customer-1|${text}`))))
    const streams = await apps.start(ordersOfCustomers('left', orders, customers, output), { ...config, statestoreCacheMaxBytes: 1_000_000 })
    const reader = await cluster.read(output)
    await untilJoined(reader, Object.fromEntries([0, 1, 2, 3, 4].map((n) => [`order-${n}`, 'customer-1|second+name'])))
    expect(await streams.store<string, string>('joined').get('order-3')).toBe('customer-1|second+name')
    await streams.close()
    const { deletedTopics } = await resetApplication({ applicationId: config.applicationId, inputTopics: [orders, customers] }, config)
    const own = ['subscription-registration-topic', 'subscription-response-topic', 'subscription-store-changelog']
    expect(deletedTopics).toEqual(expect.arrayContaining(own.map((name) => `${config.applicationId}-orders-of-customers-${name}`)))
  })

  test.each(['in_memory', 'rocksDB'])('should hold what both tables hold after its process was killed, with stores %s', async (storeType) => {
    const { orders, customers, output } = await topics()
    const args = [cluster.unique('foreign-key-crash'), orders, customers, output, apps.directory(), storeType]
    const reader = await cluster.read(output)
    const model = new OrdersModel()
    const random = sequence(storeType.length)
    let crashes = 0
    const sending = (async () => {
      for (let round = 0; crashes < CRASHES || round < 20; round++) {
        const order = random(ORDERS)
        const value = random(6) === 0 ? undefined : `customer-${random(CUSTOMERS)}|${round}`
        if (value === undefined) model.orders.delete(`order-${order}`)
        else model.orders.set(`order-${order}`, value)
        const customer = `customer-${random(CUSTOMERS)}`
        const name = random(5) === 0 ? undefined : `name ${round}`
        if (name === undefined) model.customers.delete(customer)
        else model.customers.set(customer, name)
        await cluster.send(orders, [orderMessage(order, value)])
        await cluster.send(customers, [{ key: customer, value: name }])
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    })()
    while (crashes < CRASHES) {
      const child = await apps.startChild('foreign-key-child.ts', ...args)
      const before = reader.records.length
      await reader.until((records) => records.length > before + 40)
      await child.kill('SIGKILL')
      crashes++
    }
    await sending
    const child = await apps.startChild('foreign-key-child.ts', ...args)
    await untilJoined(reader, model.joined('left'))
    await child.kill('SIGTERM')
    expect(Object.keys(model.joined('left')).length).toBeGreaterThan(ORDERS / 2)
  }, 60_000)
})
