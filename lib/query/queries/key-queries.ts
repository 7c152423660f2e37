import type { ReadOnlyKeyValueStore, StateStore, ValueAndTimestamp } from '../../../topology/api.ts'
import { CompositeKeyValueStore } from '../composite-key-value-store.ts'
import type { Query } from '../query.ts'
import type { QueryIterator } from '../query-iterator.ts'
import { keepsTimestamps } from '../../../stores/internals/kept-beside.ts'
import { plainValue, timestampedValue } from '../shown-values.ts'
import type { ValueOf } from '../shown-values.ts'

/** Stores with a cache can be asked for what is below it. */
export type KeyValueLike = StateStore & ReadOnlyKeyValueStore<unknown, unknown> & { getUncached?(key: unknown): unknown }

export const isKeyValueStore = (store: StateStore): store is KeyValueLike => 'get' in store && 'range' in store && 'all' in store

const isTimestamped = (store: StateStore): boolean => isKeyValueStore(store) && keepsTimestamps(store)

const read = (store: KeyValueLike, key: unknown, isCacheSkipped: boolean, valueOf: ValueOf): unknown => {
  const stored = isCacheSkipped && store.getUncached !== undefined ? store.getUncached(key) : store.get(key)
  return stored === undefined ? undefined : valueOf(stored, store)
}

/** The value of one key. */
export class KeyQuery<K, V> implements Query<V | undefined> {
  readonly name = 'KeyQuery'
  readonly key: K
  readonly isSkipCache: boolean

  private constructor(key: K, isSkipCache: boolean) {
    this.key = key
    this.isSkipCache = isSkipCache
  }

  static withKey<K, V>(key: K): KeyQuery<K, V> {
    return new KeyQuery<K, V>(key, false)
  }

  /** Only what has left the cache of the store: what was committed, or had to make room. */
  skipCache(): KeyQuery<K, V> {
    return new KeyQuery<K, V>(this.key, true)
  }

  accepts(store: StateStore): boolean {
    return isKeyValueStore(store)
  }

  execute(store: () => StateStore): V | undefined {
    return read(store() as KeyValueLike, this.key, this.isSkipCache, plainValue) as V | undefined
  }
}

/** The value of one key with its timestamp, of a store that keeps them. */
export class TimestampedKeyQuery<K, V> implements Query<ValueAndTimestamp<V> | undefined> {
  readonly name = 'TimestampedKeyQuery'
  readonly key: K
  readonly isSkipCache: boolean

  private constructor(key: K, isSkipCache: boolean) {
    this.key = key
    this.isSkipCache = isSkipCache
  }

  static withKey<K, V>(key: K): TimestampedKeyQuery<K, V> {
    return new TimestampedKeyQuery<K, V>(key, false)
  }

  /** Only what has left the cache of the store: what was committed, or had to make room. */
  skipCache(): TimestampedKeyQuery<K, V> {
    return new TimestampedKeyQuery<K, V>(this.key, true)
  }

  accepts(store: StateStore): boolean {
    return isTimestamped(store)
  }

  execute(store: () => StateStore): ValueAndTimestamp<V> | undefined {
    return read(store() as KeyValueLike, this.key, this.isSkipCache, timestampedValue) as ValueAndTimestamp<V> | undefined
  }
}

/** The rows of a range of keys, both ends included; undefined means open. */
abstract class RowsQuery<K, V> implements Query<QueryIterator<K, V>> {
  abstract readonly name: string
  readonly lowerBound: K | undefined
  readonly upperBound: K | undefined
  readonly isDescending: boolean

  constructor(lower: K | undefined, upper: K | undefined, isDescending = false) {
    this.lowerBound = lower
    this.upperBound = upper
    this.isDescending = isDescending
  }

  abstract accepts(store: StateStore): boolean
  protected abstract valueOf: ValueOf

  execute(store: () => StateStore, signal: AbortSignal | undefined): QueryIterator<K, V> {
    const rows = new CompositeKeyValueStore<K, V>(() => [store() as KeyValueLike], this.valueOf)
    const { lowerBound, upperBound } = this
    return this.isDescending ? rows.reverseRange(lowerBound, upperBound, { signal }) : rows.range(lowerBound, upperBound, { signal })
  }
}

/** The rows of a range of keys, both ends included. */
export class RangeQuery<K, V> extends RowsQuery<K, V> {
  readonly name = 'RangeQuery'
  protected readonly valueOf = plainValue

  /** Undefined means open. */
  static withRange<K, V>(lower: K | undefined, upper: K | undefined): RangeQuery<K, V> {
    return new RangeQuery<K, V>(lower, upper)
  }

  static withLowerBound<K, V>(lower: K): RangeQuery<K, V> {
    return new RangeQuery<K, V>(lower, undefined)
  }

  static withUpperBound<K, V>(upper: K): RangeQuery<K, V> {
    return new RangeQuery<K, V>(undefined, upper)
  }

  static withNoBounds<K, V>(): RangeQuery<K, V> {
    return new RangeQuery<K, V>(undefined, undefined)
  }

  withAscendingKeys(): RangeQuery<K, V> {
    return new RangeQuery<K, V>(this.lowerBound, this.upperBound)
  }

  withDescendingKeys(): RangeQuery<K, V> {
    return new RangeQuery<K, V>(this.lowerBound, this.upperBound, true)
  }

  accepts(store: StateStore): boolean {
    return isKeyValueStore(store)
  }
}

/** The same with timestamps, of a store that keeps them. */
export class TimestampedRangeQuery<K, V> extends RowsQuery<K, ValueAndTimestamp<V>> {
  readonly name = 'TimestampedRangeQuery'
  protected readonly valueOf = timestampedValue

  /** Undefined means open. */
  static withRange<K, V>(lower: K | undefined, upper: K | undefined): TimestampedRangeQuery<K, V> {
    return new TimestampedRangeQuery<K, V>(lower, upper)
  }

  static withLowerBound<K, V>(lower: K): TimestampedRangeQuery<K, V> {
    return new TimestampedRangeQuery<K, V>(lower, undefined)
  }

  static withUpperBound<K, V>(upper: K): TimestampedRangeQuery<K, V> {
    return new TimestampedRangeQuery<K, V>(undefined, upper)
  }

  static withNoBounds<K, V>(): TimestampedRangeQuery<K, V> {
    return new TimestampedRangeQuery<K, V>(undefined, undefined)
  }

  withAscendingKeys(): TimestampedRangeQuery<K, V> {
    return new TimestampedRangeQuery<K, V>(this.lowerBound, this.upperBound)
  }

  withDescendingKeys(): TimestampedRangeQuery<K, V> {
    return new TimestampedRangeQuery<K, V>(this.lowerBound, this.upperBound, true)
  }

  accepts(store: StateStore): boolean {
    return isTimestamped(store)
  }
}
