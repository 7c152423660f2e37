import type { Serde } from '../../lib/serdes/serde.ts'
import type { KeyValueStore, TimestampedKeyValueStore, ValueAndTimestamp } from '../../topology/api.ts'
import type { KeyValueStoreSupplier } from '../store-suppliers.ts'
import { headerRows } from './header-rows.ts'
import type { ValueTimestampHeaders } from './header-rows.ts'
import { MeteredKeyValueStore } from './metered-key-value-store.ts'
import { plainRows, timestampedRows } from './row-codec.ts'
import { slotsFor } from './slots.ts'
import { BaseStoreBuilder, hasNoValue } from './store-builder.ts'

/** Builds key-value stores. Serdes left out are the configured default ones. */
export class KeyValueStoreBuilder<K, V> extends BaseStoreBuilder<K, V, KeyValueStore<K, V>, KeyValueStoreSupplier> {
  build(): KeyValueStore<K, V> {
    return new MeteredKeyValueStore<K, V, unknown>({
      keepsTimestamps: false,
      supplier: this.supplier,
      keySerde: this.keySerde,
      makeCodec: (context, topic) => plainRows(slotsFor(this.valueSerde ?? (context.valueSerde as Serde<V>), topic)),
      isDelete: () => false,
      loggingEnabled: this.loggingEnabled,
      cachingEnabled: this.cachingEnabled,
    })
  }
}

/** Builds key-value stores whose values carry the timestamp of the record that made them: those of the DSL. */
export class TimestampedKeyValueStoreBuilder<K, V> extends BaseStoreBuilder<K, V, TimestampedKeyValueStore<K, V>, KeyValueStoreSupplier> {
  build(): TimestampedKeyValueStore<K, V> {
    return new MeteredKeyValueStore<K, ValueAndTimestamp<V>, ValueAndTimestamp<unknown>>({
      keepsTimestamps: true,
      supplier: this.supplier,
      keySerde: this.keySerde,
      makeCodec: (context, topic) => {
        const serde = this.valueSerde ?? (context.valueSerde as Serde<V>)
        return timestampedRows(slotsFor(serde, topic), serde.immutable === true)
      },
      isDelete: hasNoValue,
      loggingEnabled: this.loggingEnabled,
      cachingEnabled: this.cachingEnabled,
    })
  }
}

/** Builds key-value stores whose values carry timestamp and headers of the record that made them. */
export class TimestampedKeyValueStoreWithHeadersBuilder<K, V> extends BaseStoreBuilder<K, V, KeyValueStore<K, ValueTimestampHeaders<V>>, KeyValueStoreSupplier> {
  build(): KeyValueStore<K, ValueTimestampHeaders<V>> {
    return new MeteredKeyValueStore<K, ValueTimestampHeaders<V>, ValueTimestampHeaders<unknown>>({
      keepsTimestamps: true,
      supplier: this.supplier,
      keySerde: this.keySerde,
      makeCodec: (context, topic) => headerRows(slotsFor(this.valueSerde ?? (context.valueSerde as Serde<V>), topic)),
      isDelete: hasNoValue,
      loggingEnabled: this.loggingEnabled,
      cachingEnabled: this.cachingEnabled,
    })
  }
}
