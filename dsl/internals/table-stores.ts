import { Stores } from '../../stores/stores.ts'
import type { KeyValueStoreSupplier, TableStoreSupplier } from '../../stores/store-suppliers.ts'
import type { StoreBuilder } from '../../topology/api.ts'
import type { StreamsConfig } from '../../topology/config.ts'
import type { DslStoreSuppliers } from '../dsl-store-suppliers.ts'
import { BuiltInDslStoreSuppliers, configuredSuppliers } from '../dsl-store-suppliers.ts'
import type { DslStoreType } from '../store-type.ts'
import type { NamedStore } from './materialized.ts'

/** Makes the builders of tables' stores, one for each description: two of one name are refused by the topology. */
export class TableStores {
  readonly #config: () => StreamsConfig
  #suppliersClass: unknown
  #suppliers: DslStoreSuppliers | undefined
  readonly #builders = new Map<object, StoreBuilder>()

  /** `config` is asked when stores are built, which is when the whole of it is known. */
  constructor(config: () => StreamsConfig) {
    this.#config = config
  }

  builderOf<K, V>(store: NamedStore<K, V>): StoreBuilder {
    let builder = this.#builders.get(store)
    if (builder === undefined) {
      builder = this.#make(store)
      this.#builders.set(store, builder)
    }
    return builder
  }

  #make<K, V>(store: NamedStore<K, V>): StoreBuilder {
    const supplier = this.#supplier(store)
    const isVersioned = supplier.historyRetentionMs !== undefined
    const builder = isVersioned
      ? Stores.versionedKeyValueStoreBuilder(supplier, store.keySerde, store.valueSerde)
      : this.#latestOnly(supplier, store)
    if (store.logging) builder.withLoggingEnabled(store.logConfig)
    else builder.withLoggingDisabled()
    // As in Java, versioned tables are not cached whatever is said about it.
    if (store.caching && !isVersioned) builder.withCachingEnabled()
    return builder
  }

  #latestOnly<K, V>(supplier: KeyValueStoreSupplier, store: NamedStore<K, V>): StoreBuilder {
    // Tables write no headers into stores that could keep them, as in Java; what changes is the form of the rows. Tables that
    // are kept in memory have no such form.
    const inMemory = supplier.engine === 'memory' || supplier.engine === 'lru'
    const hasHeaders = this.#config().settings.dslStoreFormat === 'HEADERS' && (!inMemory || store.hasFormOfDisk)
    const make = hasHeaders ? Stores.timestampedKeyValueStoreWithHeadersBuilder : Stores.timestampedKeyValueStoreBuilder
    return make(supplier, store.keySerde, store.valueSerde)
  }

  /** Where stores are kept: as chosen for one store, or as configured. */
  suppliers(chosen?: DslStoreType | DslStoreSuppliers): DslStoreSuppliers {
    if (chosen !== undefined) return typeof chosen === 'string' ? BuiltInDslStoreSuppliers[chosen] : chosen
    const { defaultDslStore } = this.#config().settings
    return this.#configured() ?? BuiltInDslStoreSuppliers[defaultDslStore]
  }

  /** One object for all stores. */
  #configured(): DslStoreSuppliers | undefined {
    const config = this.#config()
    const { dslStoreSuppliersClass } = config.settings
    if (dslStoreSuppliersClass !== this.#suppliersClass) {
      this.#suppliers = configuredSuppliers(dslStoreSuppliersClass, config.originals())
      this.#suppliersClass = dslStoreSuppliersClass
    }
    return this.#suppliers
  }

  #supplier<K, V>(store: NamedStore<K, V>): TableStoreSupplier {
    return store.supplier ?? this.suppliers(store.storeType).keyValueStore({ name: store.storeName, dslStoreFormat: this.#config().settings.dslStoreFormat })
  }
}
