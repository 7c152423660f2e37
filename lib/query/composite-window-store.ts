import type { KeyValueIterator, StateStore } from '../../topology/api.ts'
import type { ReadOnlyWindowStore } from '../../stores/window-store.ts'
import type { Windowed } from '../../stores/windowed.ts'
import type { QueryOptions } from './composite-key-value-store.ts'
import { sameKey } from './composite-key-value-store.ts'
import { PAGE_ROWS, pagesOfStores } from './paged-stores.ts'
import type { StorePage } from './paged-stores.ts'
import type { QueryIterator } from './query-iterator.ts'

/**
 * Reads the windows that this instance has of a window store, over all its partitions. Times are starts of windows, ms, both
 * ends included. Asynchronous: the store belongs to a thread.
 */
export interface QueryableWindowStore<K, V> {
  /** @throws {InvalidStateStoreError} while the store cannot be read (rebalancing, restoring, stopped): try again later */
  fetch(key: K, windowStart: number, options?: QueryOptions): Promise<V | undefined>
  /** The windows of one key, by start. */
  fetchWindows(key: K, from: number, to: number, options?: QueryOptions): QueryIterator<number, V>
  backwardFetchWindows(key: K, from: number, to: number, options?: QueryOptions): QueryIterator<number, V>
  /** The windows of all keys: those of one partition from older to newer in steps of time, in no certain order within a step. */
  fetchAll(from: number, to: number, options?: QueryOptions): QueryIterator<Windowed<K>, V>
  backwardFetchAll(from: number, to: number, options?: QueryOptions): QueryIterator<Windowed<K>, V>
  /** The same for the keys from `keyFrom` to `keyTo`; undefined means open. */
  fetchRange(keyFrom: K | undefined, keyTo: K | undefined, from: number, to: number, options?: QueryOptions): QueryIterator<Windowed<K>, V>
  backwardFetchRange(
    keyFrom: K | undefined,
    keyTo: K | undefined,
    from: number,
    to: number,
    options?: QueryOptions,
  ): QueryIterator<Windowed<K>, V>
  all(options?: QueryOptions): QueryIterator<Windowed<K>, V>
  backwardAll(options?: QueryOptions): QueryIterator<Windowed<K>, V>
}

export type LocalWindowStore = StateStore & ReadOnlyWindowStore<unknown, unknown>

interface Range {
  readonly keyFrom: unknown
  readonly keyTo: unknown
  readonly from: number
  readonly to: number
  readonly reverse: boolean
}

/** Where to go on: at a time, or behind a key among the windows of that one time. */
interface Resume {
  readonly time: number
  readonly key?: unknown
}

/** More rows than this are not taken at once. */
const MOST_ROWS = 4 * PAGE_ROWS

const LAST_TIME = Number.MAX_SAFE_INTEGER

/** Makes one store of the local window stores of all tasks. `valueOf` turns what a store holds into what the query shows. */
export class CompositeWindowStore<K, V> implements QueryableWindowStore<K, V> {
  readonly #stores: () => readonly LocalWindowStore[]
  readonly #valueOf: (stored: unknown, store: StateStore) => unknown

  constructor(stores: () => readonly LocalWindowStore[], valueOf: (stored: unknown, store: StateStore) => unknown) {
    this.#stores = stores
    this.#valueOf = valueOf
  }

  async fetch(key: K, windowStart: number, { signal }: QueryOptions = {}): Promise<V | undefined> {
    signal?.throwIfAborted()
    for (const store of this.#stores()) {
      const stored = store.fetch(key, windowStart)
      if (stored !== undefined) return this.#valueOf(stored, store) as V
    }
    return undefined
  }

  fetchWindows(key: K, from: number, to: number, { signal }: QueryOptions = {}): QueryIterator<number, V> {
    const take = (store: LocalWindowStore, at = from): StorePage<number, V, number> => {
      const rows = this.#some<number>(store, store.fetch(key, at, to), PAGE_ROWS)
      return { rows, next: rows.length < PAGE_ROWS ? undefined : rows.at(-1)![0] + 1 }
    }
    return pagesOfStores(this.#stores, take, signal)
  }

  backwardFetchWindows(key: K, from: number, to: number, { signal }: QueryOptions = {}): QueryIterator<number, V> {
    const take = (store: LocalWindowStore, at = to): StorePage<number, V, number> => {
      const rows = this.#some<number>(store, store.backwardFetch(key, from, at), PAGE_ROWS)
      return { rows, next: rows.length < PAGE_ROWS ? undefined : rows.at(-1)![0] - 1 }
    }
    return pagesOfStores(this.#stores, take, signal)
  }

  fetchAll(from: number, to: number, options?: QueryOptions): QueryIterator<Windowed<K>, V> {
    return this.fetchRange(undefined, undefined, from, to, options)
  }

  backwardFetchAll(from: number, to: number, options?: QueryOptions): QueryIterator<Windowed<K>, V> {
    return this.backwardFetchRange(undefined, undefined, from, to, options)
  }

  all(options?: QueryOptions): QueryIterator<Windowed<K>, V> {
    return this.fetchAll(0, LAST_TIME, options)
  }

  backwardAll(options?: QueryOptions): QueryIterator<Windowed<K>, V> {
    return this.backwardFetchAll(0, LAST_TIME, options)
  }

  fetchRange(keyFrom: K | undefined, keyTo: K | undefined, from: number, to: number, options: QueryOptions = {}): QueryIterator<Windowed<K>, V> {
    return this.#range({ keyFrom, keyTo, from, to, reverse: false }, options)
  }

  backwardFetchRange(
    keyFrom: K | undefined,
    keyTo: K | undefined,
    from: number,
    to: number,
    options: QueryOptions = {},
  ): QueryIterator<Windowed<K>, V> {
    return this.#range({ keyFrom, keyTo, from, to, reverse: true }, options)
  }

  #range(range: Range, { signal }: QueryOptions): QueryIterator<Windowed<K>, V> {
    const whole = { ...range, from: Math.max(0, range.from), to: Math.min(range.to, LAST_TIME) }
    return pagesOfStores(this.#stores, (store: LocalWindowStore, at: Resume | undefined) => this.#takeRange(store, whole, at), signal)
  }

  /**
   * Stores walk over several keys in orders of their own, in which one cannot stop and go on later. So a page is a span of
   * time that holds few enough windows; windows of one start are in the order of their keys.
   */
  #takeRange(store: LocalWindowStore, range: Range, at: Resume | undefined): StorePage<Windowed<K>, V, Resume> {
    const { reverse } = range
    const first = at?.time ?? (reverse ? range.to : range.from)
    if (at?.key !== undefined) return this.#takeKeys(store, range, at)
    let last = reverse ? range.from : range.to
    for (;;) {
      const span = reverse ? { ...range, from: last, to: first } : { ...range, from: first, to: last }
      const rows = this.#some<Windowed<K>>(store, open(store, span), MOST_ROWS)
      if (rows.length < MOST_ROWS) return { rows, next: after(last, range) }
      if (first === last) return this.#takeKeys(store, range, { time: first })
      // About half of the rows that were seen lie on this side of their middle.
      const middle = middleStart(rows)
      last = middle === last ? middle + (reverse ? 1 : -1) : middle
    }
  }

  /** A page of the windows of one start. */
  #takeKeys(store: LocalWindowStore, range: Range, { time, key }: Resume): StorePage<Windowed<K>, V, Resume> {
    const from = range.reverse ? range.keyFrom : (key ?? range.keyFrom)
    const to = range.reverse ? (key ?? range.keyTo) : range.keyTo
    const all = this.#some<Windowed<K>>(store, open(store, { keyFrom: from, keyTo: to, from: time, to: time, reverse: range.reverse }), PAGE_ROWS)
    const rows = key === undefined ? all : all.filter(([windowed]) => !sameKey(windowed.key, key))
    if (all.length < PAGE_ROWS) return { rows, next: after(time, range) }
    return { rows, next: { time, key: all.at(-1)![0].key } }
  }

  #some<P>(store: LocalWindowStore, iterator: KeyValueIterator<unknown, unknown>, most: number): [P, V][] {
    const rows: [P, V][] = []
    try {
      for (const [place, stored] of iterator) {
        rows.push([place as P, this.#valueOf(stored, store) as V])
        if (rows.length >= most) break
      }
    } finally {
      iterator.close()
    }
    return rows
  }
}

const open = (store: LocalWindowStore, { keyFrom, keyTo, from, to, reverse }: Range): KeyValueIterator<Windowed<unknown>, unknown> =>
  reverse ? store.backwardFetchRange(keyFrom, keyTo, from, to) : store.fetchRange(keyFrom, keyTo, from, to)

/** The time to go on at when all windows up to `time` were read. */
const after = (time: number, { from, to, reverse }: Range): Resume | undefined => {
  if (reverse) return time <= from ? undefined : { time: time - 1 }
  return time >= to ? undefined : { time: time + 1 }
}

const middleStart = (rows: readonly [Windowed<unknown>, unknown][]): number =>
  rows.map(([{ window }]) => window.start).sort((a, b) => a - b)[rows.length >> 1] as number
