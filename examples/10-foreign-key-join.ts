import { KafkaStreams, Serdes, StreamsBuilder } from '../lib/index.ts'
import type { Topology } from '../lib/index.ts'
import { prepareTopics, printTopic } from './shared/surroundings.ts'
import type { Surroundings } from './shared/surroundings.ts'

/** An order names its product; the key of the orders is their number. */
export interface Order {
  readonly product: string
  readonly pieces: number
}

export interface Product {
  readonly title: string
  readonly price: number
}

export interface PricedOrder {
  readonly title: string
  readonly total: number
}

/**
 * Open orders with title and price of what is ordered. Both are tables, and the product's key is inside the order: a change of a
 * price updates all orders of that product, a change of an order that order. The two topics may have different numbers of partitions.
 */
export const pricedOrders = (): Topology => {
  const builder = new StreamsBuilder()
  const orders = builder.table('open-orders', { key: Serdes.string, value: Serdes.json<Order>() }, { store: 'open-orders' })
  const products = builder.table('products', { key: Serdes.string, value: Serdes.json<Product>() }, { store: 'products' })
  orders
    .join(
      products,
      ({ product }) => product,
      ({ pieces }, { title, price }): PricedOrder => ({ title, total: pieces * price }),
      { name: 'priced' },
      { store: 'priced-orders', key: Serdes.string, value: Serdes.json<PricedOrder>() },
    )
    .toStream()
    .to('priced-orders', { key: Serdes.string, value: Serdes.json<PricedOrder>() })
  return builder.build()
}

const products = [['p1', '{"title":"Teapot","price":30}'], ['p2', '{"title":"Cup","price":5}'], ['p1', '{"title":"Teapot","price":28}']] as const
const orders = [['1', '{"product":"p1","pieces":1}'], ['2', '{"product":"p2","pieces":6}'], ['3', '{"product":"p1","pieces":2}']] as const

export const run = async (surroundings: Surroundings): Promise<void> => {
  const { bootstrapServers, stateDir, signal } = surroundings
  await prepareTopics(surroundings, [
    { topic: 'open-orders', records: orders, partitions: 2 },
    { topic: 'products', records: products },
    { topic: 'priced-orders' },
  ])
  const stopPrinting = await printTopic(surroundings, 'priced-orders', String)
  const streams = new KafkaStreams(pricedOrders(), { applicationId: 'priced-orders', bootstrapServers, stateDir, commitIntervalMs: 200 })
  await streams.run({ signal }).finally(stopPrinting)
}
