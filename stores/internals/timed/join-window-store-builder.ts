import { Headers } from '../../../lib/core/headers.ts'
import type { Serde } from '../../../lib/serdes/serde.ts'
import type { WindowStore } from '../../window-store.ts'
import type { ValueTimestampHeaders } from '../header-rows.ts'
import { plainRows } from '../row-codec.ts'
import type { RowCodec } from '../row-codec.ts'
import { slotsFor } from '../slots.ts'
import type { InternalStoreContext } from '../store-context.ts'
import { MeteredWindowStore } from './metered-window-store.ts'
import { hasNoValue } from '../store-builder.ts'
import { TimestampedWindowStoreWithHeadersBuilder, WindowStoreBuilder } from './windowed-store-builders.ts'

/** A row of the changelog is a whole record: value, timestamp and headers. The store itself has use for the value alone. */
const loggedRows = <V>(valueSerde: Serde<V>, topic: string, context: InternalStoreContext): RowCodec<V, unknown> => {
  const slots = slotsFor(valueSerde, topic)
  return {
    ...plainRows(slots),
    logsHeaders: true,
    log: (changelog, key, row, recordTimestamp) => changelog.appendValue(key, row, slots.serializer, recordTimestamp, context.currentHeaders),
  }
}

/** The store in which the records of one side of a stream-stream join wait for those of the other. Never cached. */
export class JoinWindowStoreBuilder<K, V> extends WindowStoreBuilder<K, V> {
  override build(): WindowStore<K, V> {
    return new MeteredWindowStore<K, V, unknown>({
      supplier: this.supplier,
      keySerde: this.keySerde,
      keepsTimestamps: false,
      makeCodec: (context, topic) => loggedRows(this.valueSerde ?? (context.valueSerde as Serde<V>), topic, context as InternalStoreContext),
      isDelete: () => false,
      loggingEnabled: this.loggingEnabled,
      cachingEnabled: false,
    })
  }
}

const NO_TIMESTAMP = -1

/** Rows that are values, and look like records without a time. */
const asRecords = <V>(rows: RowCodec<V, unknown>): RowCodec<ValueTimestampHeaders<V>, unknown> => ({
  ...rows,
  toRow: ({ value }) => rows.toRow(value),
  toValue: (row) => ({ value: rows.toValue(row), timestamp: NO_TIMESTAMP, headers: Headers.empty }),
})

/**
 * The same over storage of the user's own, which Java shows as a store of records: in memory they are whole, in files their values
 * are left.
 */
export class SuppliedJoinWindowStoreBuilder<K, V> extends TimestampedWindowStoreWithHeadersBuilder<K, V> {
  override build(): WindowStore<K, ValueTimestampHeaders<V>> {
    if (this.supplier.engine === 'memory') return super.build()
    return new MeteredWindowStore<K, ValueTimestampHeaders<V>, unknown>({
      supplier: this.supplier,
      keySerde: this.keySerde,
      keepsTimestamps: true,
      makeCodec: (context, topic) =>
        asRecords(loggedRows(this.valueSerde ?? (context.valueSerde as Serde<V>), topic, context as InternalStoreContext)),
      isDelete: hasNoValue,
      loggingEnabled: this.loggingEnabled,
      cachingEnabled: false,
    })
  }
}
