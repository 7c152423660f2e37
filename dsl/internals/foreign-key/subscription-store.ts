import { makeSerde } from '../../../lib/serdes/make-serde.ts'
import type { Serde } from '../../../lib/serdes/serde.ts'
import type { ValueTimestampHeaders } from '../../../stores/internals/header-rows.ts'
import { Stores } from '../../../stores/stores.ts'
import type { KeyValueStore, StoreBuilder } from '../../../topology/api.ts'
import type { DslStoreFormat, DslStoreSuppliers } from '../../dsl-store-suppliers.ts'
import type { Subscription } from './subscription.ts'

/** By keys as `subscriptionKey` makes them: all subscriptions to one right row are beside each other. */
export type SubscriptionStore<K> = KeyValueStore<string, ValueTimestampHeaders<Subscription<K>>>

/** Keys that are bytes in the form that stores keep them in. */
const storeKeys = makeSerde<string>({
  immutable: true,
  write: (key, out) => out.writeLatin1(key),
  read: (buffer, start, end) => buffer.latin1Slice(start, end),
  toStoreKey: (key) => key,
  fromStoreKey: (key) => key,
})

export const storeKeySerializer = storeKeys.serializer

/**
 * The store of subscriptions. Every update of a right row scans it, so on disk it is in an engine that scans at once, whatever
 * engine the tables have. As in Java it is never cached, and its changelog has the headers of the records.
 */
export const subscriptionStore = <K>(
  name: string, suppliers: DslStoreSuppliers, dslStoreFormat: DslStoreFormat, subscriptions: Serde<Subscription<K>>,
): StoreBuilder => {
  const supplier = suppliers.keyValueStore({ name, dslStoreFormat })
  const scannable = supplier.engine === 'leveldb' ? { ...supplier, engine: 'lmdb' as const } : supplier
  return Stores.timestampedKeyValueStoreWithHeadersBuilder(scannable, storeKeys, subscriptions)
}
