import type { Serde } from '../../../lib/serdes/serde.ts'
import type { WindowStore } from '../../window-store.ts'
import { plainRows } from '../row-codec.ts'
import type { RowCodec } from '../row-codec.ts'
import { slotsFor } from '../slots.ts'
import type { InternalStoreContext } from '../store-context.ts'
import { MeteredWindowStore } from './metered-window-store.ts'
import { WindowStoreBuilder } from './windowed-store-builders.ts'

/** A row of the changelog is a whole record: value, timestamp and headers. The store itself has use for the value alone. */
const loggedWithHeaders = <V>(rows: RowCodec<V, unknown>, serializer: Serde<V>['serializer'], context: InternalStoreContext): RowCodec<V, unknown> => ({
  ...rows,
  logsHeaders: true,
  log: (changelog, key, row, recordTimestamp) => changelog.appendValue(key, row as V, serializer, recordTimestamp, context.currentHeaders),
})

/** The store in which the records of one side of a stream-stream join wait for those of the other. Never cached. */
export class JoinWindowStoreBuilder<K, V> extends WindowStoreBuilder<K, V> {
  override build(): WindowStore<K, V> {
    return new MeteredWindowStore<K, V, unknown>({
      supplier: this.supplier,
      keySerde: this.keySerde,
      keepsTimestamps: false,
      makeCodec: (context, topic) => {
        const slots = slotsFor(this.valueSerde ?? (context.valueSerde as Serde<V>), topic)
        return loggedWithHeaders(plainRows(slots), slots.serializer as Serde<V>['serializer'], context as InternalStoreContext)
      },
      isDelete: () => false,
      loggingEnabled: this.loggingEnabled,
      cachingEnabled: false,
    })
  }
}
