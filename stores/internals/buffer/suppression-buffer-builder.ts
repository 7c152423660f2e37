import { BaseStoreBuilder } from '../store-builder.ts'
import { SuppressionBuffer } from './suppression-buffer.ts'

/** Builds the buffers of `suppress`. Serdes left out are the configured default ones; caching has no effect. */
export class SuppressionBufferBuilder<K, V> extends BaseStoreBuilder<K, V, SuppressionBuffer<K, V>, { readonly name: string }> {
  /** The processor that uses the buffer asks for missing serdes. */
  override get needsDefaults(): readonly [] {
    return []
  }

  build(): SuppressionBuffer<K, V> {
    const { name, keySerde, valueSerde, loggingEnabled } = this
    return new SuppressionBuffer<K, V>({ name, keySerde, valueSerde, loggingEnabled })
  }
}
