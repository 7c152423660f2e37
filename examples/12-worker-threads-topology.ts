/**
 * What the workers of example 12 import: nothing happens here but that a topology is made, since the main thread and each worker load it by
 * themselves. Settings that are no data, such as handlers and serdes, are exported with it: they could not be sent to a worker.
 */
import { createHash } from 'node:crypto'
import { HandlerResponse, Serdes, Stores, StreamsBuilder } from '../lib/index.ts'
import type { StreamsConfigInput, Topology } from '../lib/index.ts'

export const config: StreamsConfigInput = {
  defaultKeySerde: Serdes.string,
  defaultValueSerde: Serdes.string,
  processingExceptionHandler: () => HandlerResponse.resume(),
}

/** The store is named once; the same handle types queries. */
export const hashed = Stores.timestampedKeyValueStore('hashed', { key: Serdes.string, value: Serdes.string })

const ROUNDS = 1000

/** Something that takes its time: other cores are worth it. */
const slowHash = (text: string): string => {
  let hash = Buffer.from(text)
  for (let round = 0; round < ROUNDS; round++) hash = createHash('sha256').update(hash).digest()
  return hash.toString('hex').slice(0, 8)
}

/** Keeps the hash of each document. */
export default (): Topology => {
  const builder = new StreamsBuilder()
  builder
    .stream<string, string>('documents')
    .mapValues(slowHash)
    .toTable({ store: hashed })
    .toStream()
    .to('hashes')
  return builder.build()
}
