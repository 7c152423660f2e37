import type { KeyValueIterator, ReadOnlyKeyValueStore, StateStore } from '../../topology/api.ts'
import type { Serializer } from '../serdes/serde.ts'
import { PAGE_ROWS, pagesOfStores } from './paged-stores.ts'
import type { QueryIterator } from './query-iterator.ts'

export interface QueryOptions {
  readonly signal?: AbortSignal | undefined
}

/** Reads the rows that this instance has of a key-value store, over all its partitions. Asynchronous: the store belongs to a thread. */
export interface QueryableKeyValueStore<K, V> {
  /** @throws {InvalidStateStoreError} while the store cannot be read (rebalancing, restoring, stopped): try again later */
  get(key: K, options?: QueryOptions): Promise<V | undefined>
  /** Rows from `from` to `to`, both included, in key order within each partition; undefined means open. */
  range(from: K | undefined, to: K | undefined, options?: QueryOptions): QueryIterator<K, V>
  reverseRange(from: K | undefined, to: K | undefined, options?: QueryOptions): QueryIterator<K, V>
  all(options?: QueryOptions): QueryIterator<K, V>
  reverseAll(options?: QueryOptions): QueryIterator<K, V>
  prefixScan<P>(prefix: P, prefixSerializer: Serializer<P>, options?: QueryOptions): QueryIterator<K, V>
  approximateNumEntries(options?: QueryOptions): Promise<number>
}

type LocalStore = StateStore & ReadOnlyKeyValueStore<unknown, unknown>

/** Makes one store of the local stores of all tasks. `valueOf` turns what a store holds into what the query shows. */
export class CompositeKeyValueStore<K, V> implements QueryableKeyValueStore<K, V> {
  readonly #stores: () => readonly LocalStore[]
  readonly #valueOf: (stored: unknown, store: StateStore) => unknown

  constructor(stores: () => readonly LocalStore[], valueOf: (stored: unknown, store: StateStore) => unknown) {
    this.#stores = stores
    this.#valueOf = valueOf
  }

  async get(key: K, { signal }: QueryOptions = {}): Promise<V | undefined> {
    signal?.throwIfAborted()
    for (const store of this.#stores()) {
      const stored = store.get(key)
      if (stored !== undefined) return this.#valueOf(stored, store) as V
    }
    return undefined
  }

  range(from: K | undefined, to: K | undefined, options: QueryOptions = {}): QueryIterator<K, V> {
    return this.#paged((store, last) => store.range(last ?? from, to), options)
  }

  reverseRange(from: K | undefined, to: K | undefined, options: QueryOptions = {}): QueryIterator<K, V> {
    return this.#paged((store, last) => store.reverseRange(from, last ?? to), options)
  }

  all(options: QueryOptions = {}): QueryIterator<K, V> {
    return this.range(undefined, undefined, options)
  }

  reverseAll(options: QueryOptions = {}): QueryIterator<K, V> {
    return this.reverseRange(undefined, undefined, options)
  }

  prefixScan<P>(prefix: P, prefixSerializer: Serializer<P>, { signal }: QueryOptions = {}): QueryIterator<K, V> {
    // a prefix cannot be resumed by key: each store's rows are taken at once
    const take = (store: LocalStore) => ({ rows: this.#take(store, store.prefixScan(prefix, prefixSerializer), Infinity, undefined), next: undefined })
    return pagesOfStores(this.#stores, take, signal)
  }

  async approximateNumEntries({ signal }: QueryOptions = {}): Promise<number> {
    signal?.throwIfAborted()
    return this.#stores().reduce((sum, store) => sum + store.approximateNumEntries(), 0)
  }

  /** `open` starts at the last row that was read (which is then skipped), or at the beginning. */
  #paged(open: (store: LocalStore, last: K | undefined) => KeyValueIterator<unknown, unknown>, { signal }: QueryOptions): QueryIterator<K, V> {
    const take = (store: LocalStore, last: K | undefined) => {
      const rows = this.#take(store, open(store, last), PAGE_ROWS, last)
      return { rows, next: rows.length < PAGE_ROWS ? undefined : rows.at(-1)![0] }
    }
    return pagesOfStores(this.#stores, take, signal)
  }

  #take(store: LocalStore, iterator: KeyValueIterator<unknown, unknown>, max: number, skip: K | undefined): [K, V][] {
    const rows: [K, V][] = []
    let mayBeSkipped = skip !== undefined
    try {
      for (const [key, stored] of iterator) {
        if (mayBeSkipped && sameKey(key, skip)) {
          mayBeSkipped = false
          continue
        }
        mayBeSkipped = false
        rows.push([key as K, this.#valueOf(stored, store) as V])
        if (rows.length >= max) break
      }
    } finally {
      iterator.close()
    }
    return rows
  }
}

/** Keys come decoded, so objects of the same row are different ones. */
export const sameKey = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b)
