/**
 * An application with a foreign-key join in a process of its own, so that a test can kill it. Arguments: bootstrap servers,
 * application id, the topics of orders, customers and results, state directory, kind of store. Prints a line with every state.
 */
import { KafkaStreams } from '../../../lib/index.ts'
import type { DslStoreType } from '../../../dsl/store-type.ts'
import { ordersOfCustomers } from './foreign-key-app.ts'

const [bootstrapServers = '', applicationId = '', orders = '', customers = '', output = '', stateDir = '', storeType = ''] = process.argv.slice(2)

const streams = new KafkaStreams(ordersOfCustomers('left', orders, customers, output, storeType as DslStoreType), {
  applicationId,
  bootstrapServers,
  stateDir,
  commitIntervalMs: 50,
  // static: after a kill the new process takes the place of the old one at once, not when its session has timed out
  consumer: { 'group.instance.id': 'only', 'heartbeat.interval.ms': 200, 'session.timeout.ms': 6000, 'fetch.max.wait.ms': 50 },
})
streams.setStateListener((state) => {
  process.stdout.write(`${state}\n`)
  if (state === 'ERROR') process.exit(1)
})
process.once('SIGTERM', () => void streams.close().then(() => process.exit(0)))
void streams.start()
