/**
 * An application with an asynchronous operator in a process of its own, so that a test can kill it. Arguments: bootstrap
 * servers, application id, input topic, output topic, state directory, order. Prints a line with every state.
 */
import { KafkaStreams } from '../../../lib/index.ts'
import type { AsyncOrder } from '../../../lib/index.ts'
import { enriching } from './apps.ts'

const [bootstrapServers = '', applicationId = '', input = '', output = '', stateDir = '', order = 'partition'] = process.argv.slice(2)

/** Answers after 0 to 9 ms, so that answers come in another order than records. */
const service = (value: string): Promise<string> => new Promise((resolve) => setTimeout(() => resolve(`${value}!`), Number(value) * 7 % 10))

const streams = new KafkaStreams(enriching(input, output, service, { order: order as AsyncOrder }), {
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
