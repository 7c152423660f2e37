import type { Serde } from '../../../lib/serdes/serde.ts'
import { BaseStoreBuilder } from '../store-builder.ts'
import { GraceBuffer } from './grace-buffer.ts'

/** Builds the buffers of stream-table joins with grace: in files, as in Kafka Streams, whatever tables are kept in. */
export class GraceBufferBuilder<K, V> extends BaseStoreBuilder<K, V, GraceBuffer<K, V>, { readonly name: string }> {
  readonly #gracePeriodMs: number

  constructor(name: string, gracePeriodMs: number, keySerde: Serde<K> | undefined, valueSerde: Serde<V> | undefined) {
    super({ name }, keySerde, valueSerde)
    this.#gracePeriodMs = gracePeriodMs
  }

  /** The processor that uses the buffer asks for missing serdes. */
  override get needsDefaults(): readonly [] {
    return []
  }

  build(): GraceBuffer<K, V> {
    const { name, keySerde, valueSerde, loggingEnabled } = this
    const supplier = { name, engine: 'leveldb' } as const
    return new GraceBuffer<K, V>({ supplier, keySerde, valueSerde, loggingEnabled, gracePeriodMs: this.#gracePeriodMs })
  }
}
