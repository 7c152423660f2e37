import { BaseStoreBuilder } from '../store-builder.ts'
import { SuppressionBuffer } from './suppression-buffer.ts'

/** Builds the buffers of `suppress`. Serdes left out are the configured default ones; caching has no effect. */
export class SuppressionBufferBuilder<K, V> extends BaseStoreBuilder<K, V, SuppressionBuffer<K, V>, { readonly name: string }> {
  build(): SuppressionBuffer<K, V> {
    const { name, keySerde, valueSerde, loggingEnabled } = this
    return new SuppressionBuffer<K, V>({ name, keySerde, valueSerde, loggingEnabled })
  }
}
