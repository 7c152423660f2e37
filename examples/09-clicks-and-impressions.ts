import { JoinWindows, KafkaStreams, minutes, seconds, Serdes, StreamsBuilder } from '../lib/index.ts'
import type { Topology } from '../lib/index.ts'
import { prepareTopics, printTopic } from './shared/surroundings.ts'
import type { Surroundings } from './shared/surroundings.ts'

const text = { key: Serdes.string, value: Serdes.string }

/**
 * Which advertisements were clicked within five minutes after they were shown: a join of two streams in a window that looks ahead only.
 * With `leftJoin` there would also be the advertisements that were not clicked, once their window has closed.
 */
export const clickedImpressions = (): Topology => {
  const builder = new StreamsBuilder()
  const impressions = builder.stream('impressions', text)
  const clicks = builder.stream('clicks', text)
  const withinFiveMinutes = JoinWindows.ofTimeDifferenceAndGrace(minutes(5), seconds(30)).before(0)
  impressions
    .join(clicks, (advertisement, button) => `${advertisement}: ${button}`, withinFiveMinutes, {
      ...text, otherValue: Serdes.string, name: 'clicked', store: 'clicked',
    })
    .to('clicked-impressions', text)
  return builder.build()
}

const at = (clock: string): number => Date.parse(`2025-03-01T${clock}Z`)

/** By the number of the page view. */
const impressions = [
  ['view-1', 'shoes', at('10:00:00')],
  ['view-2', 'hats', at('10:00:30')],
  ['view-3', 'shoes', at('10:03:00')],
  ['view-4', 'tea', at('10:05:00')],
] as const

/** The last comes too late after its impression. */
const clicks = [
  ['view-1', 'buy', at('10:00:40')],
  ['view-3', 'more', at('10:04:00')],
  ['view-4', 'more', at('10:05:10')],
  ['view-2', 'buy', at('10:05:40')],
] as const

export const run = async (surroundings: Surroundings): Promise<void> => {
  const { bootstrapServers, stateDir, signal } = surroundings
  await prepareTopics(surroundings, [
    { topic: 'impressions', records: impressions },
    { topic: 'clicks', records: clicks },
    { topic: 'clicked-impressions' },
  ])
  const stopPrinting = await printTopic(surroundings, 'clicked-impressions', String)
  const streams = new KafkaStreams(clickedImpressions(), { applicationId: 'clicked-impressions', bootstrapServers, stateDir, commitIntervalMs: 1000 })
  await streams.run({ signal }).finally(stopPrinting)
}
