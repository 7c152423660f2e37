import type { Serializer } from '../serdes/serde.ts'
import { keepsTimestamps } from '../../stores/internals/kept-beside.ts'
import type { KeyValueIterator, KeyValueStore, StateStore, TimestampedKeyValueStore } from '../../topology/api.ts'
import { NO_TIMESTAMP, plainRows, PlainStore, stamped } from './plain-store.ts'

/** True for the key-value stores of DSL tables, whose values carry timestamps. */
export const isTimestampedKeyValueStore = (store: StateStore): store is TimestampedKeyValueStore<unknown, unknown> =>
  keepsTimestamps(store) && 'approximateNumEntries' in store

/** Shows a store of values with timestamps as one of plain values: for tests that hold a plain handle to a table's store. */
export class PlainKeyValueStore<K, V> extends PlainStore<TimestampedKeyValueStore<K, V>> implements KeyValueStore<K, V> {
  get(key: K): V | undefined {
    return this.inner.get(key)?.value
  }

  put(key: K, value: V | undefined): void {
    this.inner.put(key, stamped(value))
  }

  putIfAbsent(key: K, value: V): V | undefined {
    return this.inner.putIfAbsent(key, { value, timestamp: NO_TIMESTAMP })?.value
  }

  putAll(entries: Iterable<readonly [K, V | undefined]>): void {
    for (const [key, value] of entries) this.put(key, value)
  }

  delete(key: K): V | undefined {
    return this.inner.delete(key)?.value
  }

  range(from: K | undefined, to: K | undefined): KeyValueIterator<K, V> {
    return plainRows(this.inner.range(from, to))
  }

  reverseRange(from: K | undefined, to: K | undefined): KeyValueIterator<K, V> {
    return plainRows(this.inner.reverseRange(from, to))
  }

  all(): KeyValueIterator<K, V> {
    return plainRows(this.inner.all())
  }

  reverseAll(): KeyValueIterator<K, V> {
    return plainRows(this.inner.reverseAll())
  }

  prefixScan<P>(prefix: P, prefixSerializer: Serializer<P>): KeyValueIterator<K, V> {
    return plainRows(this.inner.prefixScan(prefix, prefixSerializer))
  }

  approximateNumEntries(): number {
    return this.inner.approximateNumEntries()
  }
}
