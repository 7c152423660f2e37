import type { ReadOnlyKeyValueStore, StateStore, ValueAndTimestamp } from '../../../topology/api.ts'
import { CompositeKeyValueStore, keepsTimestamps, plainValue } from '../composite-key-value-store.ts'
import type { Query } from '../query.ts'
import type { QueryIterator } from '../query-iterator.ts'

export type KeyValueLike = StateStore & ReadOnlyKeyValueStore<unknown, unknown>

export const isKeyValueStore = (store: StateStore): store is KeyValueLike => 'get' in store && 'range' in store && 'all' in store

const asIs = (stored: unknown): unknown => stored

/** The value of one key. */
export class KeyQuery<K, V> implements Query<V | undefined> {
  readonly name = 'KeyQuery'
  readonly key: K

  private constructor(key: K) {
    this.key = key
  }

  static withKey<K, V>(key: K): KeyQuery<K, V> {
    return new KeyQuery<K, V>(key)
  }

  accepts(store: StateStore): boolean {
    return isKeyValueStore(store)
  }

  execute(store: () => StateStore): V | undefined {
    const read = store() as KeyValueLike
    const stored = read.get(this.key)
    return stored === undefined ? undefined : (plainValue(stored, read) as V)
  }
}

/** The value of one key with its timestamp, of a store that keeps them. */
export class TimestampedKeyQuery<K, V> implements Query<ValueAndTimestamp<V> | undefined> {
  readonly name = 'TimestampedKeyQuery'
  readonly key: K

  private constructor(key: K) {
    this.key = key
  }

  static withKey<K, V>(key: K): TimestampedKeyQuery<K, V> {
    return new TimestampedKeyQuery<K, V>(key)
  }

  accepts(store: StateStore): boolean {
    return isKeyValueStore(store) && keepsTimestamps(store)
  }

  execute(store: () => StateStore): ValueAndTimestamp<V> | undefined {
    return (store() as KeyValueLike).get(this.key) as ValueAndTimestamp<V> | undefined
  }
}

interface Bounds<K> {
  readonly lower: K | undefined
  readonly upper: K | undefined
  readonly descending: boolean
}

const rowsOf = <K, V>(
  store: () => StateStore,
  { lower, upper, descending }: Bounds<K>,
  valueOf: (stored: unknown, store: StateStore) => unknown,
  signal: AbortSignal | undefined,
): QueryIterator<K, V> => {
  const rows = new CompositeKeyValueStore<K, V>(() => [store() as KeyValueLike], valueOf)
  return descending ? rows.reverseRange(lower, upper, { signal }) : rows.range(lower, upper, { signal })
}

/** The rows of a range of keys, both ends included. */
export class RangeQuery<K, V> implements Query<QueryIterator<K, V>> {
  readonly name = 'RangeQuery'
  readonly #bounds: Bounds<K>

  private constructor(bounds: Bounds<K>) {
    this.#bounds = bounds
  }

  /** Undefined means open. */
  static withRange<K, V>(lower: K | undefined, upper: K | undefined): RangeQuery<K, V> {
    return new RangeQuery<K, V>({ lower, upper, descending: false })
  }

  static withLowerBound<K, V>(lower: K): RangeQuery<K, V> {
    return RangeQuery.withRange<K, V>(lower, undefined)
  }

  static withUpperBound<K, V>(upper: K): RangeQuery<K, V> {
    return RangeQuery.withRange<K, V>(undefined, upper)
  }

  static withNoBounds<K, V>(): RangeQuery<K, V> {
    return RangeQuery.withRange<K, V>(undefined, undefined)
  }

  withAscendingKeys(): RangeQuery<K, V> {
    return new RangeQuery<K, V>({ ...this.#bounds, descending: false })
  }

  withDescendingKeys(): RangeQuery<K, V> {
    return new RangeQuery<K, V>({ ...this.#bounds, descending: true })
  }

  accepts(store: StateStore): boolean {
    return isKeyValueStore(store)
  }

  execute(store: () => StateStore, signal: AbortSignal | undefined): QueryIterator<K, V> {
    return rowsOf(store, this.#bounds, plainValue, signal)
  }
}

/** The same with timestamps, of a store that keeps them. */
export class TimestampedRangeQuery<K, V> implements Query<QueryIterator<K, ValueAndTimestamp<V>>> {
  readonly name = 'TimestampedRangeQuery'
  readonly #bounds: Bounds<K>

  private constructor(bounds: Bounds<K>) {
    this.#bounds = bounds
  }

  /** Undefined means open. */
  static withRange<K, V>(lower: K | undefined, upper: K | undefined): TimestampedRangeQuery<K, V> {
    return new TimestampedRangeQuery<K, V>({ lower, upper, descending: false })
  }

  static withLowerBound<K, V>(lower: K): TimestampedRangeQuery<K, V> {
    return TimestampedRangeQuery.withRange<K, V>(lower, undefined)
  }

  static withUpperBound<K, V>(upper: K): TimestampedRangeQuery<K, V> {
    return TimestampedRangeQuery.withRange<K, V>(undefined, upper)
  }

  static withNoBounds<K, V>(): TimestampedRangeQuery<K, V> {
    return TimestampedRangeQuery.withRange<K, V>(undefined, undefined)
  }

  withAscendingKeys(): TimestampedRangeQuery<K, V> {
    return new TimestampedRangeQuery<K, V>({ ...this.#bounds, descending: false })
  }

  withDescendingKeys(): TimestampedRangeQuery<K, V> {
    return new TimestampedRangeQuery<K, V>({ ...this.#bounds, descending: true })
  }

  accepts(store: StateStore): boolean {
    return isKeyValueStore(store) && keepsTimestamps(store)
  }

  execute(store: () => StateStore, signal: AbortSignal | undefined): QueryIterator<K, ValueAndTimestamp<V>> {
    return rowsOf(store, this.#bounds, asIs, signal)
  }
}
