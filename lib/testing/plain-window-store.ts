import type { Windowed } from '../../stores/windowed.ts'
import type { TimestampedWindowStore, WindowStore, WindowStoreIterator } from '../../stores/window-store.ts'
import type { KeyValueIterator } from '../../topology/api.ts'
import { plainRows, PlainStore, stamped } from './plain-store.ts'

/** Shows a window store of values with timestamps as one of plain values. */
export class PlainWindowStore<K, V> extends PlainStore<TimestampedWindowStore<K, V>> implements WindowStore<K, V> {
  put(key: K, value: V | undefined, windowStart: number): void {
    this.inner.put(key, stamped(value), windowStart)
  }

  fetch(key: K, windowStart: number): V | undefined
  fetch(key: K, from: number, to: number): WindowStoreIterator<V>
  fetch(key: K, from: number, to?: number): V | undefined | WindowStoreIterator<V> {
    return to === undefined ? this.inner.fetch(key, from)?.value : plainRows(this.inner.fetch(key, from, to))
  }

  backwardFetch(key: K, from: number, to: number): WindowStoreIterator<V> {
    return plainRows(this.inner.backwardFetch(key, from, to))
  }

  fetchAll(from: number, to: number): KeyValueIterator<Windowed<K>, V> {
    return plainRows(this.inner.fetchAll(from, to))
  }

  backwardFetchAll(from: number, to: number): KeyValueIterator<Windowed<K>, V> {
    return plainRows(this.inner.backwardFetchAll(from, to))
  }

  fetchRange(keyFrom: K | undefined, keyTo: K | undefined, from: number, to: number): KeyValueIterator<Windowed<K>, V> {
    return plainRows(this.inner.fetchRange(keyFrom, keyTo, from, to))
  }

  backwardFetchRange(keyFrom: K | undefined, keyTo: K | undefined, from: number, to: number): KeyValueIterator<Windowed<K>, V> {
    return plainRows(this.inner.backwardFetchRange(keyFrom, keyTo, from, to))
  }

  all(): KeyValueIterator<Windowed<K>, V> {
    return plainRows(this.inner.all())
  }

  backwardAll(): KeyValueIterator<Windowed<K>, V> {
    return plainRows(this.inner.backwardAll())
  }
}
