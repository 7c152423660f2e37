import type { Serializer } from '../serdes/serde.ts'
import type { KeyValueIterator, KeyValueStore, TimestampedKeyValueStore, ValueAndTimestamp } from '../../topology/api.ts'

/** What is put without a timestamp has this one, as in Java. */
const NO_TIMESTAMP = -1

/** True for the stores of DSL tables, whose values carry timestamps. */
export const keepsTimestamps = (store: object): store is TimestampedKeyValueStore<unknown, unknown> =>
  'keepsTimestamps' in store && store.keepsTimestamps === true && 'approximateNumEntries' in store

/** Shows a store of values with timestamps as one of plain values: for tests that hold a plain handle to a table's store. */
export class PlainKeyValueStore<K, V> implements KeyValueStore<K, V> {
  readonly #inner: TimestampedKeyValueStore<K, V>

  constructor(inner: TimestampedKeyValueStore<K, V>) {
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

  get(key: K): V | undefined {
    return this.#inner.get(key)?.value
  }

  put(key: K, value: V | undefined): void {
    this.#inner.put(key, stamped(value))
  }

  putIfAbsent(key: K, value: V): V | undefined {
    return this.#inner.putIfAbsent(key, { value, timestamp: NO_TIMESTAMP })?.value
  }

  putAll(entries: Iterable<readonly [K, V | undefined]>): void {
    for (const [key, value] of entries) this.put(key, value)
  }

  delete(key: K): V | undefined {
    return this.#inner.delete(key)?.value
  }

  range(from: K | undefined, to: K | undefined): KeyValueIterator<K, V> {
    return plainRows(this.#inner.range(from, to))
  }

  reverseRange(from: K | undefined, to: K | undefined): KeyValueIterator<K, V> {
    return plainRows(this.#inner.reverseRange(from, to))
  }

  all(): KeyValueIterator<K, V> {
    return plainRows(this.#inner.all())
  }

  reverseAll(): KeyValueIterator<K, V> {
    return plainRows(this.#inner.reverseAll())
  }

  prefixScan<P>(prefix: P, prefixSerializer: Serializer<P>): KeyValueIterator<K, V> {
    return plainRows(this.#inner.prefixScan(prefix, prefixSerializer))
  }

  approximateNumEntries(): number {
    return this.#inner.approximateNumEntries()
  }
}

export const stamped = <V>(value: V | undefined): ValueAndTimestamp<V> | undefined =>
  value === undefined ? undefined : { value, timestamp: NO_TIMESTAMP }

export const plainRows = <K, V>(rows: KeyValueIterator<K, ValueAndTimestamp<V>>): KeyValueIterator<K, V> => ({
  next() {
    const { done, value } = rows.next()
    return done === true ? { done, value: undefined } : { done: false, value: [value[0], value[1].value] }
  },
  return() {
    rows.close()
    return { done: true, value: undefined }
  },
  close: () => rows.close(),
  [Symbol.iterator]() {
    return this
  },
})
