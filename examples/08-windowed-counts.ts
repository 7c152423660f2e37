import { KafkaStreams, minutes, seconds, Serdes, StreamsBuilder, Suppressed, TimeWindows } from '../lib/index.ts'
import type { Topology } from '../lib/index.ts'
import { prepareTopics, printTopic } from './shared/surroundings.ts'
import type { Surroundings } from './shared/surroundings.ts'

const time = (ms: number): string => new Date(ms).toISOString().slice(11, 16)

/**
 * How many visitors passed each gate in each minute: one final result per minute, sent when no record of it can come any more.
 * Records may be up to ten seconds late. Time is that of the records: a minute ends when a record of a later one has come.
 */
export const visitorsPerMinute = (): Topology => {
  const builder = new StreamsBuilder()
  builder
    .stream('gates', { key: Serdes.string, value: Serdes.string })
    .groupByKey()
    .windowedBy(TimeWindows.ofSizeAndGrace(minutes(1), seconds(10)))
    .count({ store: 'visitors' })
    .suppress(Suppressed.untilWindowCloses({ name: 'only-final', maxRecords: 10_000 }))
    .toStream(({ key, window }) => `${key} from ${time(window.start)}`)
    .to('visitors-per-minute', { key: Serdes.string, value: Serdes.long })
  return builder.build()
}

const at = (clock: string): number => Date.parse(`2025-03-01T${clock}Z`)

/** The fourth is late and counts; the last is too late, and is left out. */
const passages = [
  ['north', 'ada', at('10:00:05')],
  ['south', 'max', at('10:00:20')],
  ['north', 'eva', at('10:01:02')],
  ['north', 'kai', at('10:00:58')],
  ['south', 'ida', at('10:01:30')],
  ['north', 'leo', at('10:00:59')],
  ['north', 'mia', at('10:02:30')],
] as const

export const run = async (surroundings: Surroundings): Promise<void> => {
  const { bootstrapServers, stateDir, signal } = surroundings
  await prepareTopics(surroundings, [{ topic: 'gates', records: passages }, { topic: 'visitors-per-minute' }])
  const stopPrinting = await printTopic(surroundings, 'visitors-per-minute', (value) => String(value.readBigInt64BE()))
  const streams = new KafkaStreams(visitorsPerMinute(), { applicationId: 'visitors-per-minute', bootstrapServers, stateDir, commitIntervalMs: 1000 })
  await streams.run({ signal }).finally(stopPrinting)
}
