import type { AggregationWithHeaders, ValueTimestampHeaders } from '../../stores/internals/header-rows.ts'
import type { StateStore, ValueAndTimestamp } from '../../topology/api.ts'
import { InvalidStateStoreError } from '../core/errors.ts'
import { CompositeKeyValueStore } from './composite-key-value-store.ts'
import type { QueryableKeyValueStore } from './composite-key-value-store.ts'
import { CompositeSessionStore } from './composite-session-store.ts'
import type { QueryableSessionStore } from './composite-session-store.ts'
import { CompositeWindowStore } from './composite-window-store.ts'
import type { QueryableWindowStore } from './composite-window-store.ts'
import { isKeyValueStore } from './queries/key-queries.ts'
import { isSessionStore, isWindowStore } from './queries/window-queries.ts'
import { keepsHeaders, keepsTimestamps } from '../../stores/internals/kept-beside.ts'
import { asIs, plainValue, timestampedValue } from './shown-values.ts'

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

const storesOf = <S extends StateStore>(provider: StoreProvider, storeName: string, kind: string, isKind: (store: StateStore) => store is S) => () =>
  provider.stores().map((store) => {
    if (isKind(store)) return store
    throw new InvalidStateStoreError(`the store ${storeName} is not a ${kind} store: pass its own QueryableStoreType`)
  })

const keyValueStores = (provider: StoreProvider, storeName: string) => storesOf(provider, storeName, 'key-value', isKeyValueStore)

/** The query handles of the built-in stores. */
export const QueryableStoreTypes = {
  /** Rows of a key-value store. Of one that keeps timestamps (and headers) only the values are seen. */
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
      new CompositeKeyValueStore(keyValueStores(provider, storeName), timestampedValue) as unknown as QueryableKeyValueStore<
        K,
        ValueAndTimestamp<V>
      >,
  }),

  /** Rows of a key-value store with timestamps and headers of the records that made them. */
  timestampedKeyValueStoreWithHeaders: <K, V>(): QueryableStoreType<QueryableKeyValueStore<K, ValueTimestampHeaders<V>>> => ({
    name: 'timestampedKeyValueStoreWithHeaders',
    accepts: (store) => isKeyValueStore(store) && keepsHeaders(store),
    create: (provider, storeName) =>
      new CompositeKeyValueStore(keyValueStores(provider, storeName), asIs) as unknown as QueryableKeyValueStore<
        K,
        ValueTimestampHeaders<V>
      >,
  }),

  /** Windows of a window store. Of one that keeps timestamps (and headers) only the values are seen. */
  windowStore: <K, V>(): QueryableStoreType<QueryableWindowStore<K, V>> => ({
    name: 'windowStore',
    accepts: isWindowStore,
    create: (provider, storeName) => new CompositeWindowStore<K, V>(storesOf(provider, storeName, 'window', isWindowStore), plainValue),
  }),

  /** Windows of a window store with the timestamps of the records that made them last. */
  timestampedWindowStore: <K, V>(): QueryableStoreType<QueryableWindowStore<K, ValueAndTimestamp<V>>> => ({
    name: 'timestampedWindowStore',
    accepts: (store) => isWindowStore(store) && keepsTimestamps(store),
    create: (provider, storeName) =>
      new CompositeWindowStore<K, ValueAndTimestamp<V>>(storesOf(provider, storeName, 'window', isWindowStore), timestampedValue),
  }),

  /** Windows of a window store with timestamps and headers of the records that made them last. */
  timestampedWindowStoreWithHeaders: <K, V>(): QueryableStoreType<QueryableWindowStore<K, ValueTimestampHeaders<V>>> => ({
    name: 'timestampedWindowStoreWithHeaders',
    accepts: (store) => isWindowStore(store) && keepsHeaders(store),
    create: (provider, storeName) =>
      new CompositeWindowStore<K, ValueTimestampHeaders<V>>(storesOf(provider, storeName, 'window', isWindowStore), asIs),
  }),

  /** Sessions of a session store. Of one that keeps headers only the values are seen. */
  sessionStore: <K, V>(): QueryableStoreType<QueryableSessionStore<K, V>> => ({
    name: 'sessionStore',
    accepts: isSessionStore,
    create: (provider, storeName) => new CompositeSessionStore<K, V>(storesOf(provider, storeName, 'session', isSessionStore), plainValue),
  }),

  /** Sessions of a session store with the headers of the records that made them last. */
  sessionStoreWithHeaders: <K, V>(): QueryableStoreType<QueryableSessionStore<K, AggregationWithHeaders<V>>> => ({
    name: 'sessionStoreWithHeaders',
    accepts: (store) => isSessionStore(store) && keepsHeaders(store),
    create: (provider, storeName) =>
      new CompositeSessionStore<K, AggregationWithHeaders<V>>(storesOf(provider, storeName, 'session', isSessionStore), asIs),
  }),
}
