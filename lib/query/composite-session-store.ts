import type { KeyValueIterator, StateStore } from '../../topology/api.ts'
import type { ReadOnlySessionStore } from '../../stores/session-store.ts'
import type { Windowed } from '../../stores/windowed.ts'
import type { QueryOptions } from './composite-key-value-store.ts'
import { pagesOfStores } from './paged-stores.ts'
import type { QueryIterator } from './query-iterator.ts'

/**
 * Reads the sessions that this instance has of a session store, over all its partitions. Asynchronous: the store belongs to a
 * thread. The sessions that a call asks for are taken from a partition's store at once.
 */
export interface QueryableSessionStore<K, V> {
  /** @throws {InvalidStateStoreError} while the store cannot be read (rebalancing, restoring, stopped): try again later */
  fetchSession(key: K, start: number, end: number, options?: QueryOptions): Promise<V | undefined>
  /** All sessions of a key, by their end. */
  fetch(key: K, options?: QueryOptions): QueryIterator<Windowed<K>, V>
  backwardFetch(key: K, options?: QueryOptions): QueryIterator<Windowed<K>, V>
  /** All sessions of the keys from `keyFrom` to `keyTo`, both included; undefined means open. */
  fetchRange(keyFrom: K | undefined, keyTo: K | undefined, options?: QueryOptions): QueryIterator<Windowed<K>, V>
  backwardFetchRange(keyFrom: K | undefined, keyTo: K | undefined, options?: QueryOptions): QueryIterator<Windowed<K>, V>
  /** The sessions of a key that end at `earliestEnd` or later and start at `latestStart` or earlier. */
  findSessions(key: K, earliestEnd: number, latestStart: number, options?: QueryOptions): QueryIterator<Windowed<K>, V>
  backwardFindSessions(key: K, earliestEnd: number, latestStart: number, options?: QueryOptions): QueryIterator<Windowed<K>, V>
}

export type LocalSessionStore = StateStore & ReadOnlySessionStore<unknown, unknown>

type Sessions = KeyValueIterator<Windowed<unknown>, unknown>

/** Makes one store of the local session stores of all tasks. `valueOf` turns what a store holds into what the query shows. */
export class CompositeSessionStore<K, V> implements QueryableSessionStore<K, V> {
  readonly #stores: () => readonly LocalSessionStore[]
  readonly #valueOf: (stored: unknown, store: StateStore) => unknown

  constructor(stores: () => readonly LocalSessionStore[], valueOf: (stored: unknown, store: StateStore) => unknown) {
    this.#stores = stores
    this.#valueOf = valueOf
  }

  async fetchSession(key: K, start: number, end: number, { signal }: QueryOptions = {}): Promise<V | undefined> {
    signal?.throwIfAborted()
    for (const store of this.#stores()) {
      const stored = store.fetchSession(key, start, end)
      if (stored !== undefined) return this.#valueOf(stored, store) as V
    }
    return undefined
  }

  fetch(key: K, options?: QueryOptions): QueryIterator<Windowed<K>, V> {
    return this.#each((store) => store.fetch(key), options)
  }

  backwardFetch(key: K, options?: QueryOptions): QueryIterator<Windowed<K>, V> {
    return this.#each((store) => store.backwardFetch(key), options)
  }

  fetchRange(keyFrom: K | undefined, keyTo: K | undefined, options?: QueryOptions): QueryIterator<Windowed<K>, V> {
    return this.#each((store) => store.fetchRange(keyFrom, keyTo), options)
  }

  backwardFetchRange(keyFrom: K | undefined, keyTo: K | undefined, options?: QueryOptions): QueryIterator<Windowed<K>, V> {
    return this.#each((store) => store.backwardFetchRange(keyFrom, keyTo), options)
  }

  findSessions(key: K, earliestEnd: number, latestStart: number, options?: QueryOptions): QueryIterator<Windowed<K>, V> {
    return this.#each((store) => store.findSessions(key, earliestEnd, latestStart), options)
  }

  backwardFindSessions(key: K, earliestEnd: number, latestStart: number, options?: QueryOptions): QueryIterator<Windowed<K>, V> {
    return this.#each((store) => store.backwardFindSessions(key, earliestEnd, latestStart), options)
  }

  #each(find: (store: LocalSessionStore) => Sessions, { signal }: QueryOptions = {}): QueryIterator<Windowed<K>, V> {
    const take = (store: LocalSessionStore) => ({ rows: this.#all(store, find(store)), next: undefined })
    return pagesOfStores(this.#stores, take, signal)
  }

  #all(store: LocalSessionStore, sessions: Sessions): [Windowed<K>, V][] {
    try {
      return [...sessions].map(([session, stored]) => [session as Windowed<K>, this.#valueOf(stored, store) as V])
    } finally {
      sessions.close()
    }
  }
}
