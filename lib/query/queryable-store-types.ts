import type { ReadOnlyKeyValueStore, StateStore, ValueAndTimestamp } from '../../topology/api.ts'
import { InvalidStateStoreError } from '../core/errors.ts'
import { CompositeKeyValueStore, keepsTimestamps, plainValue } from './composite-key-value-store.ts'
import type { QueryableKeyValueStore } from './composite-key-value-store.ts'

/** Gives the local stores of one name, one per task, at the time of each call. */
export interface StoreProvider {
  /** @throws {InvalidStateStoreError} while the stores cannot be read: starting, rebalancing, restoring, stopped */
  stores(): readonly StateStore[]
}

/** A kind of query handle: which stores it can read, and how it is made. Users write their own for stores of their own. */
export interface QueryableStoreType<T> {
  readonly name: string
  accepts(store: StateStore): boolean
  create(provider: StoreProvider, storeName: string): T
}

const isKeyValueStore = (store: StateStore): store is StateStore & ReadOnlyKeyValueStore<unknown, unknown> =>
  'get' in store && 'range' in store && 'all' in store

const keyValueStores = (provider: StoreProvider, storeName: string) => () =>
  provider.stores().map((store) => {
    if (isKeyValueStore(store)) return store
    throw new InvalidStateStoreError(`the store ${storeName} is not a key-value store: pass its own QueryableStoreType`)
  })

/** The query handles of the built-in stores. */
export const QueryableStoreTypes = {
  /** Rows of a key-value store. Of one that keeps timestamps only the values are seen. */
  keyValueStore: <K, V>(): QueryableStoreType<QueryableKeyValueStore<K, V>> => ({
    name: 'keyValueStore',
    accepts: isKeyValueStore,
    create: (provider, storeName) =>
      new CompositeKeyValueStore(keyValueStores(provider, storeName), plainValue) as unknown as QueryableKeyValueStore<K, V>,
  }),

  /** Rows of a key-value store with the timestamps of the records that made them. */
  timestampedKeyValueStore: <K, V>(): QueryableStoreType<QueryableKeyValueStore<K, ValueAndTimestamp<V>>> => ({
    name: 'timestampedKeyValueStore',
    accepts: (store) => isKeyValueStore(store) && keepsTimestamps(store),
    create: (provider, storeName) =>
      new CompositeKeyValueStore(keyValueStores(provider, storeName), (value) => value) as unknown as QueryableKeyValueStore<
        K,
        ValueAndTimestamp<V>
      >,
  }),
}
