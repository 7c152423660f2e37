import { makeSerde } from '../../../lib/serdes/make-serde.ts'
import { headerRows } from '../../../stores/internals/header-rows.ts'
import type { ValueTimestampHeaders } from '../../../stores/internals/header-rows.ts'
import { MeteredKeyValueStore } from '../../../stores/internals/metered-key-value-store.ts'
import { slotsFor } from '../../../stores/internals/slots.ts'
import { BaseStoreBuilder } from '../../../stores/internals/store-builder.ts'
import type { KeyValueStoreSupplier } from '../../../stores/store-suppliers.ts'
import type { KeyValueStore, StoreBuilder } from '../../../topology/api.ts'
import type { DslStoreFormat, DslStoreSuppliers } from '../../dsl-store-suppliers.ts'
import type { JoinSerdes } from './join-serdes.ts'
import type { Subscription } from './subscription.ts'
import { subscriptionSerde } from './subscription.ts'

type Row<K> = ValueTimestampHeaders<Subscription<K>>

/** By keys as `subscriptionKey` makes them: all subscriptions to one right row are beside each other. */
export type SubscriptionStore<K> = KeyValueStore<string, Row<K>>

/** Keys that are bytes in the form that stores keep them in. */
const storeKeys = makeSerde<string>({
  immutable: true,
  write: (key, out) => out.writeLatin1(key),
  read: (buffer, start, end) => buffer.latin1Slice(start, end),
  toStoreKey: (key) => key,
  fromStoreKey: (key) => key,
})

export const storeKeySerializer = storeKeys.serializer

type StoreSerdes<K> = Pick<JoinSerdes<K, never, never, never>, 'prepare' | 'readKey' | 'writeKey'>

/** As in Java subscriptions are never cached, and their changelog has the headers of the records. */
class SubscriptionStoreBuilder<K> extends BaseStoreBuilder<string, Subscription<K>, SubscriptionStore<K>, KeyValueStoreSupplier> {
  readonly #serdes: StoreSerdes<K>

  constructor(supplier: KeyValueStoreSupplier, serdes: StoreSerdes<K>) {
    super(supplier, storeKeys, subscriptionSerde(serdes))
    this.#serdes = serdes
  }

  build(): SubscriptionStore<K> {
    return new MeteredKeyValueStore<string, Row<K>, ValueTimestampHeaders<unknown>>({
      keepsTimestamps: true,
      supplier: this.supplier,
      keySerde: storeKeys,
      makeCodec: (context, topic) => {
        this.#serdes.prepare(context)
        return { ...headerRows(slotsFor(subscriptionSerde(this.#serdes), topic)), isOnlyScanned: true }
      },
      isDelete: () => false,
      loggingEnabled: this.loggingEnabled,
      cachingEnabled: false,
    })
  }
}

/**
 * The store of subscriptions. Every update of a right row scans it, so on disk it is in an engine that scans at once, whatever
 * engine the tables have.
 */
export const subscriptionStore = <K>(
  name: string, suppliers: DslStoreSuppliers, dslStoreFormat: DslStoreFormat, serdes: StoreSerdes<K>,
): StoreBuilder => {
  const supplier = suppliers.keyValueStore({ name, dslStoreFormat })
  return new SubscriptionStoreBuilder(supplier.engine === 'leveldb' ? { ...supplier, engine: 'lmdb' } : supplier, serdes)
}
