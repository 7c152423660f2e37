import { TopologyError } from '../../../lib/core/errors.ts'
import type { VersionedStoreSupplier } from '../../store-suppliers.ts'
import type { VersionedKeyValueStore } from '../../versioned-store.ts'
import { BaseStoreBuilder } from '../store-builder.ts'
import { MeteredVersionedStore } from './metered-versioned-store.ts'

/** Builds versioned stores, which are never cached. Serdes left out are the configured default ones. */
export class VersionedKeyValueStoreBuilder<K, V> extends BaseStoreBuilder<K, V, VersionedKeyValueStore<K, V>, VersionedStoreSupplier> {
  get historyRetentionMs(): number {
    return this.supplier.historyRetentionMs
  }

  /** @throws {TopologyError} always: a cache would lose versions */
  override withCachingEnabled(): never {
    throw new TopologyError('Versioned stores do not support caching')
  }

  build(): VersionedKeyValueStore<K, V> {
    const { supplier, keySerde, valueSerde, loggingEnabled } = this
    return new MeteredVersionedStore({ supplier, keySerde, valueSerde, loggingEnabled })
  }
}
