import { KafkaStreams, Serdes, Stores, StreamsBuilder } from '../lib/index.ts'
import type { Topology } from '../lib/index.ts'
import { prepareTopics, printTopic } from './shared/surroundings.ts'
import type { Surroundings } from './shared/surroundings.ts'

/** The store is named once; the same handle types queries and tests. */
export const counts = Stores.timestampedKeyValueStore('counts', { key: Serdes.string, value: Serdes.long })

/** Counts words. Equal words meet in one partition by way of a repartition topic that the application makes. */
export const wordCount = (): Topology => {
  const builder = new StreamsBuilder()
  builder
    .stream('lines', { key: Serdes.string, value: Serdes.string })
    .flatMapValues((line) => line.toLowerCase().split(/\W+/).filter((word) => word !== ''))
    .groupBy((_key, word) => word, { key: Serdes.string, value: Serdes.string })
    .count(counts)
    .toStream()
    .to('word-counts', { key: Serdes.string, value: Serdes.long })
  return builder.build()
}

export const run = async (surroundings: Surroundings): Promise<void> => {
  const { bootstrapServers, stateDir, signal } = surroundings
  await prepareTopics(surroundings, [
    { topic: 'lines', records: [[null, 'To be, or not to be'], [null, 'that is the question']] },
    { topic: 'word-counts' },
  ])
  const stopPrinting = await printTopic(surroundings, 'word-counts', (value) => String(value.readBigInt64BE()))
  const streams = new KafkaStreams(wordCount(), { applicationId: 'word-count', bootstrapServers, stateDir, commitIntervalMs: 1000 })
  await streams.run({ signal }).finally(stopPrinting)
}
