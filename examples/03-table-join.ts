import { KafkaStreams, Serdes, StreamsBuilder } from '../lib/index.ts'
import type { Topology } from '../lib/index.ts'
import { prepareTopics, printTopic } from './shared/surroundings.ts'
import type { Surroundings } from './shared/surroundings.ts'

export interface Order {
  readonly customer: string
  readonly amount: number
}

export interface Customer {
  readonly name: string
  readonly city: string
}

/** Orders with the name and city their customer has at that time, and what each city has spent. */
export const enrichedOrders = (): Topology => {
  const builder = new StreamsBuilder()
  const customers = builder.table('customers', { key: Serdes.string, value: Serdes.json<Customer>() })
  const enriched = builder
    .stream('orders', { key: Serdes.string, value: Serdes.json<Order>() })
    .selectKey((_id, { customer }) => customer)
    .join(customers, ({ amount }, { name, city }) => ({ name, city, amount }), { key: Serdes.string, value: Serdes.json<Order>() })
  enriched.to('enriched-orders', { key: Serdes.string, value: Serdes.json() })
  enriched
    .groupBy((_customer, { city }) => city, { key: Serdes.string, value: Serdes.json() })
    .aggregate(() => 0, (_city, { amount }, total) => total + amount, { store: 'spent', key: Serdes.string, value: Serdes.double })
    .toStream()
    .to('spent-by-city', { key: Serdes.string, value: Serdes.double })
  return builder.build()
}

export const run = async (surroundings: Surroundings): Promise<void> => {
  const { bootstrapServers, stateDir, signal } = surroundings
  await prepareTopics(surroundings, [
    { topic: 'customers', records: [['ada', '{"name":"Ada","city":"London"}'], ['max', '{"name":"Max","city":"Wien"}']] },
    { topic: 'orders', records: [['1', '{"customer":"ada","amount":12.5}'], ['2', '{"customer":"max","amount":3}'], ['3', '{"customer":"ada","amount":1}']] },
    { topic: 'enriched-orders' },
    { topic: 'spent-by-city' },
  ])
  const stopPrinting = await printTopic(surroundings, 'enriched-orders', String)
  const streams = new KafkaStreams(enrichedOrders(), { applicationId: 'enriched-orders', bootstrapServers, stateDir, commitIntervalMs: 1000 })
  await streams.run({ signal }).finally(stopPrinting)
}
