import type { Serde } from '../../../lib/serdes/serde.ts'
import type { StateStore, ValueAndTimestamp } from '../../../topology/api.ts'
import type { SessionStore } from '../../session-store.ts'
import type { SessionStoreSupplier, WindowedStoreSupplier, WindowStoreSupplier } from '../../store-suppliers.ts'
import type { TimestampedWindowStore, WindowStore } from '../../window-store.ts'
import { aggregationRows, headerRows } from '../header-rows.ts'
import type { AggregationWithHeaders, ValueTimestampHeaders } from '../header-rows.ts'
import { plainRows, timestampedRows } from '../row-codec.ts'
import { slotsFor } from '../slots.ts'
import { BaseStoreBuilder, hasNoValue } from '../store-builder.ts'
import { MeteredSessionStore } from './metered-session-store.ts'
import { MeteredWindowStore } from './metered-window-store.ts'

/** A store that forgets what is older than its retention. */
abstract class WindowedStoreBuilder<K, V, S extends StateStore, P extends WindowedStoreSupplier> extends BaseStoreBuilder<K, V, S, P> {
  get retentionMs(): number {
    return this.supplier.retentionMs
  }
}

const never = (): boolean => false

export class WindowStoreBuilder<K, V> extends WindowedStoreBuilder<K, V, WindowStore<K, V>, WindowStoreSupplier> {
  build(): WindowStore<K, V> {
    return new MeteredWindowStore<K, V, unknown>({
      supplier: this.supplier,
      keySerde: this.keySerde,
      keepsTimestamps: false,
      makeCodec: (context, topic) => plainRows(slotsFor(this.valueSerde ?? (context.valueSerde as Serde<V>), topic)),
      isDelete: never,
      loggingEnabled: this.loggingEnabled,
      // As in Java, a cache would lose duplicates.
      cachingEnabled: this.cachingEnabled && this.supplier.retainDuplicates !== true,
    })
  }
}

export class TimestampedWindowStoreBuilder<K, V> extends WindowedStoreBuilder<K, V, TimestampedWindowStore<K, V>, WindowStoreSupplier> {
  build(): TimestampedWindowStore<K, V> {
    return new MeteredWindowStore<K, ValueAndTimestamp<V>, ValueAndTimestamp<unknown>>({
      supplier: this.supplier,
      keySerde: this.keySerde,
      keepsTimestamps: true,
      makeCodec: (context, topic) => {
        const serde = this.valueSerde ?? (context.valueSerde as Serde<V>)
        return timestampedRows(slotsFor(serde, topic), serde.immutable === true)
      },
      isDelete: hasNoValue,
      loggingEnabled: this.loggingEnabled,
      cachingEnabled: this.cachingEnabled && this.supplier.retainDuplicates !== true,
    })
  }
}

export class TimestampedWindowStoreWithHeadersBuilder<K, V>
  extends WindowedStoreBuilder<K, V, WindowStore<K, ValueTimestampHeaders<V>>, WindowStoreSupplier> {
  build(): WindowStore<K, ValueTimestampHeaders<V>> {
    return new MeteredWindowStore<K, ValueTimestampHeaders<V>, ValueTimestampHeaders<unknown>>({
      supplier: this.supplier,
      keySerde: this.keySerde,
      keepsTimestamps: true,
      makeCodec: (context, topic) => headerRows(slotsFor(this.valueSerde ?? (context.valueSerde as Serde<V>), topic)),
      isDelete: hasNoValue,
      loggingEnabled: this.loggingEnabled,
      cachingEnabled: this.cachingEnabled && this.supplier.retainDuplicates !== true,
    })
  }
}

export class SessionStoreBuilder<K, V> extends WindowedStoreBuilder<K, V, SessionStore<K, V>, SessionStoreSupplier> {
  build(): SessionStore<K, V> {
    return new MeteredSessionStore<K, V, unknown>({
      supplier: this.supplier,
      keySerde: this.keySerde,
      keepsTimestamps: false,
      makeCodec: (context, topic) => plainRows(slotsFor(this.valueSerde ?? (context.valueSerde as Serde<V>), topic)),
      isDelete: never,
      loggingEnabled: this.loggingEnabled,
      cachingEnabled: this.cachingEnabled,
    })
  }
}

export class SessionStoreWithHeadersBuilder<K, V>
  extends WindowedStoreBuilder<K, V, SessionStore<K, AggregationWithHeaders<V>>, SessionStoreSupplier> {
  build(): SessionStore<K, AggregationWithHeaders<V>> {
    return new MeteredSessionStore<K, AggregationWithHeaders<V>, AggregationWithHeaders<unknown>>({
      supplier: this.supplier,
      keySerde: this.keySerde,
      keepsTimestamps: false,
      makeCodec: (context, topic) => aggregationRows(slotsFor(this.valueSerde ?? (context.valueSerde as Serde<V>), topic)),
      isDelete: (value) => typeof value === 'object' && value.value === undefined,
      loggingEnabled: this.loggingEnabled,
      cachingEnabled: this.cachingEnabled,
    })
  }
}
