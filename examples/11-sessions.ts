import { KafkaStreams, minutes, Serdes, SessionWindows, StreamsBuilder, Suppressed } from '../lib/index.ts'
import type { Topology } from '../lib/index.ts'
import { prepareTopics, printTopic } from './shared/surroundings.ts'
import type { Surroundings } from './shared/surroundings.ts'

const text = { key: Serdes.string, value: Serdes.string }

/**
 * The way of each visit through a site: the pages of one visitor with no more than half an hour between two of them. One result
 * per visit, when it is over.
 */
export const visits = (): Topology => {
  const builder = new StreamsBuilder()
  builder
    .stream('pages', text)
    .groupByKey()
    .windowedBy(SessionWindows.ofInactivityGapAndGrace(minutes(30), minutes(1)))
    .aggregate(() => '', (_visitor, page, way) => `${way} ${page}`, (_visitor, earlier, later) => earlier + later, { store: 'visits', ...text })
    .suppress(Suppressed.untilWindowCloses({ name: 'finished' }))
    .toStream(({ key }) => key)
    .mapValues((way, visitor) => `${visitor} went${way}`)
    .to('visits', text)
  return builder.build()
}

const at = (clock: string): number => Date.parse(`2025-03-01T${clock}Z`)

/** The last one shows that all others are over: sessions end by the time of records, not by the clock. */
const pages = [
  ['ada', '/home', at('10:00:00')],
  ['max', '/shop', at('10:05:00')],
  ['ada', '/shop', at('10:20:00')],
  ['ada', '/cart', at('10:45:00')],
  ['max', '/home', at('11:10:00')],
  ['eva', '/home', at('13:00:00')],
] as const

export const run = async (surroundings: Surroundings): Promise<void> => {
  const { bootstrapServers, stateDir, signal } = surroundings
  await prepareTopics(surroundings, [{ topic: 'pages', records: pages }, { topic: 'visits' }])
  const stopPrinting = await printTopic(surroundings, 'visits', String)
  const streams = new KafkaStreams(visits(), { applicationId: 'visits', bootstrapServers, stateDir, commitIntervalMs: 1000 })
  await streams.run({ signal }).finally(stopPrinting)
}
