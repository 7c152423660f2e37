import type { KeyValueIterator, StateStore, ValueAndTimestamp } from '../topology/api.ts'
import type { Windowed } from './windowed.ts'

/** Rows of one key: start of the window (ms) and value. */
export type WindowStoreIterator<V> = KeyValueIterator<number, V>

/** What may be read of a window store. All times in ms since the epoch. */
export interface ReadOnlyWindowStore<K, V> {
  /** The value of the window that starts at that time. */
  fetch(key: K, windowStart: number): V | undefined
  /** The windows of one key that start from `from` to `to`, both included, by time. */
  fetch(key: K, from: number, to: number): WindowStoreIterator<V>
  /** The same, the latest first. */
  backwardFetch(key: K, from: number, to: number): WindowStoreIterator<V>
  /** The windows of all keys that start from `from` to `to`, both included. */
  fetchAll(from: number, to: number): KeyValueIterator<Windowed<K>, V>
  /** The same, the last first. */
  backwardFetchAll(from: number, to: number): KeyValueIterator<Windowed<K>, V>
  /** The windows of the keys from `keyFrom` to `keyTo` (both included, undefined: open) that start from `from` to `to`. */
  fetchRange(keyFrom: K | undefined, keyTo: K | undefined, from: number, to: number): KeyValueIterator<Windowed<K>, V>
  /** The same, the last first. */
  backwardFetchRange(keyFrom: K | undefined, keyTo: K | undefined, from: number, to: number): KeyValueIterator<Windowed<K>, V>
  /** All rows within the retention. */
  all(): KeyValueIterator<Windowed<K>, V>
  /** The same, the last first. */
  backwardAll(): KeyValueIterator<Windowed<K>, V>
}

/**
 * Values by key and start of window. Rows older than the retention, counted from the newest start the store has seen, are
 * gone; puts of such rows are dropped (and logged, as in Java). Order of several keys: in memory by time, then key; in files by
 * segment of time, then key.
 */
export interface WindowStore<K, V> extends StateStore, ReadOnlyWindowStore<K, V> {
  /**
   * `undefined` deletes (where duplicates are retained: nothing happens).
   * @throws {StreamsError} MILLRACE_STORE_NULL_KEY without a key, MILLRACE_STORE_NEGATIVE_TIME for a negative start
   */
  put(key: K, value: V | undefined, windowStart: number): void
}

/** A window store whose values have timestamps: what windowed aggregations of the DSL are kept in. */
export type TimestampedWindowStore<K, V> = WindowStore<K, ValueAndTimestamp<V>>
