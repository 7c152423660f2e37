import { makeSerde } from '../../../lib/serdes/make-serde.ts'
import { GroupedStore } from '../../../stores/internals/grouped/grouped-store.ts'
import type { RowBytes } from '../../../stores/internals/row-codec.ts'
import { plainRows } from '../../../stores/internals/row-codec.ts'
import { slotsFor } from '../../../stores/internals/slots.ts'
import { BaseStoreBuilder } from '../../../stores/internals/store-builder.ts'
import type { InternalStoreContext } from '../../../stores/internals/store-context.ts'
import type { StateStoreContext, StoreBuilder } from '../../../topology/api.ts'
import type { JoinSerdes } from './join-serdes.ts'
import type { Subscription } from './subscription.ts'
import { subscriptionSerde } from './subscription.ts'

/** Subscriptions by foreign key and, among those to one right row, by primary key. */
export type SubscriptionStore<K> = GroupedStore<Subscription<K>>

/** Keys that are bytes in the form that stores keep them in. */
const storeKeys = makeSerde<string>({
  immutable: true,
  write: (key, out) => out.writeLatin1(key),
  read: (buffer, start, end) => buffer.latin1Slice(start, end),
  toStoreKey: (key) => key,
  fromStoreKey: (key) => key,
})

type StoreSerdes<K> = Pick<JoinSerdes<K, never, never, never>, 'prepare' | 'readKey' | 'writeKey'>

interface Supplier {
  readonly name: string
  readonly engine: 'memory' | 'lmdb'
}

/**
 * As in Java subscriptions are never cached, and records of their changelog have timestamp and headers of the record that was
 * processed. Nobody asks for these again, so the rows go without.
 */
class SubscriptionStoreBuilder<K> extends BaseStoreBuilder<string, Subscription<K>, SubscriptionStore<K>, Supplier> {
  readonly #serdes: StoreSerdes<K>

  constructor(supplier: Supplier, serdes: StoreSerdes<K>) {
    super(supplier, storeKeys, subscriptionSerde(serdes))
    this.#serdes = serdes
  }

  build(): SubscriptionStore<K> {
    return new GroupedStore<Subscription<K>>({
      supplier: this.supplier,
      keySerde: storeKeys,
      loggingEnabled: this.loggingEnabled,
      makeCodec: (context, topic) => this.#makeCodec(context, topic),
    })
  }

  #makeCodec(context: StateStoreContext, topic: string): RowBytes<Subscription<K>> {
    this.#serdes.prepare(context)
    const slots = slotsFor(subscriptionSerde(this.#serdes), topic)
    const internal = context as InternalStoreContext
    return {
      ...plainRows(slots),
      log: (changelog, key, row, timestamp) => changelog.appendValue(key, row, slots.serializer, timestamp, internal.currentHeaders),
    } as RowBytes<Subscription<K>>
  }
}

/**
 * The store of subscriptions: in memory where results are, of which there are hardly fewer, else in files. These are in an engine that
 * scans at once, whatever engine the tables have, since every update of a right row reads all of its subscriptions.
 */
export const subscriptionStore = <K>(name: string, inMemory: boolean, serdes: StoreSerdes<K>): StoreBuilder =>
  new SubscriptionStoreBuilder({ name, engine: inMemory ? 'memory' : 'lmdb' }, serdes)
