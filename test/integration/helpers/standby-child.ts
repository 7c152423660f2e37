/**
 * A counting application with a standby of each task, in a process of its own, so that a test can kill it. Arguments:
 * bootstrap servers, application id, input topic, output topic, state directory, engine. Prints a line with every state.
 */
import { KafkaStreams } from '../../../lib/index.ts'
import { keyCount } from './apps.ts'

const [bootstrapServers = '', applicationId = '', input = '', output = '', stateDir = '', engine = 'memory'] = process.argv.slice(2)

const streams = new KafkaStreams(keyCount(input, output, engine as 'memory'), {
  applicationId,
  bootstrapServers,
  stateDir,
  numStandbyReplicas: 1,
  statestoreCacheMaxBytes: 0,
  commitIntervalMs: 50,
  consumer: { 'heartbeat.interval.ms': 200, 'session.timeout.ms': 6000, 'fetch.max.wait.ms': 50 },
})
streams.setStateListener((state) => {
  process.stdout.write(`${state}\n`)
  if (state === 'ERROR') process.exit(1)
})
process.once('SIGTERM', () => void streams.close().then(() => process.exit(0)))
void streams.start()
