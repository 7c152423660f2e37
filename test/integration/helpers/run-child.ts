import { KafkaStreams } from '../../../lib/index.ts'
import type { StreamsConfigInput, Topology } from '../../../lib/index.ts'

/** A process that takes the place of a killed one at once, as a static member, and not when the session of that one has timed out. */
export const ONLY_MEMBER = { 'group.instance.id': 'only' }

/** Runs one application with quick settings as the whole of a process, until SIGTERM; prints a line with every state. */
export const runChild = (topology: Topology, { consumer = {}, ...config }: StreamsConfigInput): void => {
  const streams = new KafkaStreams(topology, {
    commitIntervalMs: 50,
    statestoreCacheMaxBytes: 0,
    consumer: { 'heartbeat.interval.ms': 200, 'session.timeout.ms': 6000, 'fetch.max.wait.ms': 50, ...consumer },
    ...config,
  })
  streams.setStateListener((state) => {
    process.stdout.write(`${state}\n`)
    if (state === 'ERROR') process.exit(1)
  })
  process.once('SIGTERM', () => void streams.close().then(() => process.exit(0)))
  void streams.start()
}
