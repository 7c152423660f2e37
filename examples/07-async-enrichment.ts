import { KafkaStreams, Serdes, StreamsBuilder } from '../lib/index.ts'
import type { Topology } from '../lib/index.ts'
import { prepareTopics, printTopic } from './shared/surroundings.ts'
import type { Surroundings } from './shared/surroundings.ts'

/** What the service knows of a customer; rejects when it knows nothing. */
export type FindCity = (customer: string, signal: AbortSignal) => Promise<string>

/**
 * Adds to each order the city of its customer, which a service knows. Up to 32 calls are under way at a time, and the orders
 * leave in the order in which they came. An order of a customer whom the service does not know becomes a dead letter.
 */
export const ordersWithCity = (findCity: FindCity): Topology => {
  const builder = new StreamsBuilder()
  builder
    .stream('orders', { key: Serdes.string, value: Serdes.string })
    .mapValuesAsync(async (customer, _id, { signal }) => `${customer}, ${await findCity(customer, signal)}`, { concurrency: 32, timeoutMs: 5000 })
    .to('orders-with-city', { key: Serdes.string, value: Serdes.string })
  return builder.build()
}

/** Settings under which an error of a call costs that record only. */
export const settings = { processingExceptionHandler: 'continue', errorsDeadLetterQueueTopicName: 'orders-without-city' } as const

const cities: ReadonlyMap<string, string> = new Map([['ada', 'London'], ['max', 'Wien']])

/** Stands in for the service: slow, and slower for some. */
const lookUp: FindCity = async (customer) => {
  await new Promise((resolve) => setTimeout(resolve, 20 * customer.length))
  const city = cities.get(customer)
  if (city === undefined) throw new Error(`${customer} is unknown`)
  return city
}

export const run = async (surroundings: Surroundings): Promise<void> => {
  const { bootstrapServers, stateDir, signal } = surroundings
  const orders = [['1', 'nobody'], ['2', 'ada'], ['3', 'max'], ['4', 'ada']] as const
  await prepareTopics(surroundings, [{ topic: 'orders', records: orders }, { topic: 'orders-with-city' }, { topic: 'orders-without-city' }])
  const stopPrinting = await printTopic(surroundings, 'orders-with-city', String)
  const streams = new KafkaStreams(ordersWithCity(lookUp), { applicationId: 'orders-with-city', bootstrapServers, stateDir, ...settings })
  await streams.run({ signal }).finally(stopPrinting)
}
