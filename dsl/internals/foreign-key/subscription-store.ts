import { makeSerde } from '../../../lib/serdes/make-serde.ts'
import { MeteredKeyValueStore } from '../../../stores/internals/metered-key-value-store.ts'
import type { RowCodec } from '../../../stores/internals/row-codec.ts'
import { plainRows } from '../../../stores/internals/row-codec.ts'
import { slotsFor } from '../../../stores/internals/slots.ts'
import { BaseStoreBuilder } from '../../../stores/internals/store-builder.ts'
import type { InternalStoreContext } from '../../../stores/internals/store-context.ts'
import type { KeyValueStoreSupplier } from '../../../stores/store-suppliers.ts'
import type { KeyValueStore, StateStoreContext, StoreBuilder } from '../../../topology/api.ts'
import type { DslStoreFormat, DslStoreSuppliers } from '../../dsl-store-suppliers.ts'
import type { JoinSerdes } from './join-serdes.ts'
import type { Subscription } from './subscription.ts'
import { subscriptionSerde } from './subscription.ts'

/** By keys as `subscriptionKey` makes them: all subscriptions to one right row are beside each other. */
export type SubscriptionStore<K> = KeyValueStore<string, Subscription<K>>

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

/**
 * As in Java subscriptions are never cached, and records of their changelog have timestamp and headers of the record that was
 * processed. Nobody asks for these again, so the rows go without.
 */
class SubscriptionStoreBuilder<K> extends BaseStoreBuilder<string, Subscription<K>, SubscriptionStore<K>, KeyValueStoreSupplier> {
  readonly #serdes: StoreSerdes<K>

  constructor(supplier: KeyValueStoreSupplier, serdes: StoreSerdes<K>) {
    super(supplier, storeKeys, subscriptionSerde(serdes))
    this.#serdes = serdes
  }

  build(): SubscriptionStore<K> {
    return new MeteredKeyValueStore<string, Subscription<K>, unknown>({
      keepsTimestamps: false,
      supplier: this.supplier,
      keySerde: storeKeys,
      makeCodec: (context, topic) => this.#makeCodec(context, topic),
      isDelete: () => false,
      loggingEnabled: this.loggingEnabled,
      cachingEnabled: false,
    })
  }

  #makeCodec(context: StateStoreContext, topic: string): RowCodec<Subscription<K>, unknown> {
    this.#serdes.prepare(context)
    const slots = slotsFor(subscriptionSerde(this.#serdes), topic)
    const internal = context as InternalStoreContext
    return {
      ...plainRows(slots),
      logsHeaders: true,
      isOnlyScanned: true,
      log: (changelog, key, row, timestamp) => changelog.appendValue(key, row, slots.serializer, timestamp, internal.currentHeaders),
    }
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
