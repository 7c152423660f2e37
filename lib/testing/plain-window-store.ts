import type { Windowed } from '../../stores/windowed.ts'
import type { TimestampedWindowStore, WindowStore, WindowStoreIterator } from '../../stores/window-store.ts'
import type { KeyValueIterator } from '../../topology/api.ts'
import { plainRows, stamped } from './plain-key-value-store.ts'

/** True for window stores whose values carry timestamps, such as those of windowed aggregations. */
export const carriesTimestamps = (store: object): boolean => 'keepsTimestamps' in store && store.keepsTimestamps === true

/** Shows a window store of values with timestamps as one of plain values. */
export class PlainWindowStore<K, V> implements WindowStore<K, V> {
  readonly #inner: TimestampedWindowStore<K, V>

  constructor(inner: TimestampedWindowStore<K, V>) {
    this.#inner = inner
  }

  get name(): string {
    return this.#inner.name
  }

  get persistent(): boolean {
    return this.#inner.persistent
  }

  get isOpen(): boolean {
    return this.#inner.isOpen
  }

  /** The task has initialised the store, and closes it. */
  init(): void {}

  close(): void {}

  put(key: K, value: V | undefined, windowStart: number): void {
    this.#inner.put(key, stamped(value), windowStart)
  }

  fetch(key: K, windowStart: number): V | undefined
  fetch(key: K, from: number, to: number): WindowStoreIterator<V>
  fetch(key: K, from: number, to?: number): V | undefined | WindowStoreIterator<V> {
    return to === undefined ? this.#inner.fetch(key, from)?.value : plainRows(this.#inner.fetch(key, from, to))
  }

  backwardFetch(key: K, from: number, to: number): WindowStoreIterator<V> {
    return plainRows(this.#inner.backwardFetch(key, from, to))
  }

  fetchAll(from: number, to: number): KeyValueIterator<Windowed<K>, V> {
    return plainRows(this.#inner.fetchAll(from, to))
  }

  backwardFetchAll(from: number, to: number): KeyValueIterator<Windowed<K>, V> {
    return plainRows(this.#inner.backwardFetchAll(from, to))
  }

  fetchRange(keyFrom: K | undefined, keyTo: K | undefined, from: number, to: number): KeyValueIterator<Windowed<K>, V> {
    return plainRows(this.#inner.fetchRange(keyFrom, keyTo, from, to))
  }

  backwardFetchRange(keyFrom: K | undefined, keyTo: K | undefined, from: number, to: number): KeyValueIterator<Windowed<K>, V> {
    return plainRows(this.#inner.backwardFetchRange(keyFrom, keyTo, from, to))
  }

  all(): KeyValueIterator<Windowed<K>, V> {
    return plainRows(this.#inner.all())
  }

  backwardAll(): KeyValueIterator<Windowed<K>, V> {
    return plainRows(this.#inner.backwardAll())
  }
}
