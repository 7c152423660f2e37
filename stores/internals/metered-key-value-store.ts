import { StreamsError } from '../../lib/core/errors.ts'
import type { Headers } from '../../lib/core/headers.ts'
import { asBuffer } from '../../lib/serdes/make-serde.ts'
import type { Serializer } from '../../lib/serdes/serde.ts'
import type { KeyValueIterator, KeyValueStore, StateStoreContext } from '../../topology/api.ts'
import type { KeyValueStoreSupplier } from '../store-suppliers.ts'
import { CachingRows } from './caching-rows.ts'
import { ChangeLoggingRows } from './change-logging-rows.ts'
import { closedRows } from './closed-rows.ts'
import { ForgettingRows } from './forgetting-rows.ts'
import { MeteredStore } from './metered-store.ts'
import type { MeteredSettings } from './metered-store.ts'
import type { RestoredBytes } from './restored-rows.ts'
import type { RowCodec } from './row-codec.ts'
import type { RowStorage } from './row-storage.ts'
import { openStorage } from './row-storage.ts'
import { after, afterPrefix } from './rows.ts'
import type { Rows } from './rows.ts'
import type { CachedStateStore, ChangelogAppender, FlushListener, InternalStoreContext } from './store-context.ts'
import { StoreIterator } from './store-iterator.ts'

export interface KeyValueStoreSettings<K, V, R> extends MeteredSettings<K> {
  /** True when values are a value and its timestamp. */
  readonly keepsTimestamps: boolean
  readonly supplier: KeyValueStoreSupplier
  makeCodec(context: StateStoreContext, topic: string): RowCodec<V, R>
  /** True for values that, though not undefined, mean a delete. */
  isDelete(value: V): boolean
  readonly cachingEnabled: boolean
}

/**
 * The outermost layer of a key-value store, the one that users hold: turns keys and values into the form of the layers below
 * and guards them (closed stores, missing keys, serdes that do not fit). Below it: cache, changelog, rows.
 */
export class MeteredKeyValueStore<K, V, R> extends MeteredStore<K, RowStorage<R>> implements KeyValueStore<K, V>, CachedStateStore<K, V> {
  /** Interactive queries ask this, to show values alone. */
  readonly keepsTimestamps: boolean
  readonly #settings: KeyValueStoreSettings<K, V, R>
  readonly #closed: Rows<R>
  #codec!: RowCodec<V, R>
  #forget: ((row: R) => R) | undefined
  #restoredBytes: RestoredBytes | undefined
  /** The uppermost layer that reads need. */
  #reads: Rows<R>
  /** The uppermost layer below the cache. */
  #below: Rows<R>
  #writes: Rows<R>
  #caching: CachingRows<R> | undefined
  /** Without a changelog or a cache below, nothing else looks at values when they are put. */
  #checksValues = false

  constructor(settings: KeyValueStoreSettings<K, V, R>) {
    super(settings)
    this.keepsTimestamps = settings.keepsTimestamps
    this.#settings = settings
    this.#closed = closedRows(() => this.refuse())
    this.#reads = this.#closed
    this.#below = this.#closed
    this.#writes = this.#closed
  }

  protected open(context: InternalStoreContext, topic: string, changelog: ChangelogAppender | undefined): RowStorage<R> | Promise<RowStorage<R>> {
    const { rowFormat } = this.#settings.supplier
    this.#codec = this.#settings.makeCodec(context, topic)
    this.#forget = rowFormat === undefined ? undefined : this.#codec.forgetting?.(rowFormat)
    this.#restoredBytes = this.#codec.restoredBytes?.(rowFormat)
    // As in Java, rows that an LRU store drops leave the changelog too only if they are values alone.
    return openStorage(this.#settings.supplier, this.#codec, context, this.keepsTimestamps ? undefined : changelog)
  }

  protected restore(storage: RowStorage<R>, buffer: Buffer, keyStart: number, keyEnd: number, value: Buffer | undefined, timestamp: number, headers: Headers): void {
    const key = buffer.latin1Slice(keyStart, keyEnd)
    this.#caching?.restored(key)
    if (this.#restoredBytes !== undefined && storage.restoreBytes !== undefined) return storage.restoreBytes(key, value, timestamp, this.#restoredBytes)
    const row = value === undefined ? undefined : this.#codec.restored(value, timestamp, headers)
    storage.restore(key, row === undefined || this.#forget === undefined ? row : this.#forget(row))
  }

  protected build(storage: RowStorage<R>, context: InternalStoreContext, changelog: ChangelogAppender | undefined): void {
    const codec = this.#codec
    const rows = this.#forget === undefined ? storage.rows : new ForgettingRows(storage.rows, this.#forget)
    this.#reads = rows
    this.#below = rows
    const isLru = this.#settings.supplier.engine === 'lru'
    this.#writes = changelog === undefined ? rows : new ChangeLoggingRows(rows, codec, changelog, context, isLru)
    this.#checksValues = changelog === undefined
    // As in Java, with a cache of 0 bytes there is no caching layer: deletes of missing rows then go downstream too.
    if (this.#settings.cachingEnabled && context.cache !== undefined && context.cache.maxBytes > 0) {
      const belowForgets = isLru || this.#forget !== undefined
      this.#caching = new CachingRows(this.#writes, codec, context, context.cache, `${context.taskId.toString()}-${this.name}`, belowForgets)
      this.#reads = this.#caching
      this.#writes = this.#caching
    }
  }

  protected dismantle(): void {
    this.#reads = this.#closed
    this.#below = this.#closed
    this.#writes = this.#closed
    this.#caching?.close()
    this.#caching = undefined
  }

  setFlushListener(listener: FlushListener<K, V>, sendOldValues: boolean): boolean {
    if (this.#caching === undefined) return false
    const value = (row: R | undefined): V | undefined => (row === undefined ? undefined : this.#codec.toValue(row))
    this.#caching.setFlushListener(
      (key, newRow, oldRow, timestamp) => listener(this.decodeKey(key), value(newRow), value(oldRow), timestamp),
      sendOldValues,
    )
    return true
  }

  flushCache(): void {
    this.#caching?.flush()
  }

  /** True when values carry headers beside their timestamp. */
  get keepsHeaders(): boolean {
    return this.#codec.logsHeaders === true
  }

  /** The value below the cache: what is not written yet is not seen. */
  getUncached(key: K): V | undefined {
    const row = this.#below.get(this.storeKey(key))
    return row === undefined ? undefined : this.#codec.toValue(row)
  }

  get(key: K): V | undefined {
    const row = this.#reads.get(this.storeKey(key))
    if (row === undefined) return undefined
    return this.#codec.toValue(row)
  }

  put(key: K, value: V | undefined): void {
    const storeKey = this.storeKey(key)
    if (value == null || this.#settings.isDelete(value)) {
      this.#writes.delete(storeKey)
      return
    }
    try {
      const row = this.#codec.toRow(value)
      if (this.#checksValues) this.#codec.check(row)
      this.#writes.put(storeKey, row)
    } catch (error) {
      throw this.named(error)
    }
  }

  putIfAbsent(key: K, value: V): V | undefined {
    const before = this.get(key)
    if (before === undefined) this.put(key, value)
    return before
  }

  putAll(entries: Iterable<readonly [K, V | undefined]>): void {
    const writes = this.#writes
    if (!(writes instanceof ChangeLoggingRows)) {
      for (const [key, value] of entries) this.put(key, value)
      return
    }
    try {
      writes.putAll([...entries].map(([key, value]) => [this.storeKey(key), this.#rowOf(value)]))
    } catch (error) {
      throw this.named(error)
    }
  }

  #rowOf(value: V | undefined): R | undefined {
    return value == null || this.#settings.isDelete(value) ? undefined : this.#codec.toRow(value)
  }

  delete(key: K): V | undefined {
    const before = this.get(key)
    this.put(key, undefined)
    return before
  }

  range(from: K | undefined, to: K | undefined): KeyValueIterator<K, V> {
    return this.#between(from, to, false)
  }

  reverseRange(from: K | undefined, to: K | undefined): KeyValueIterator<K, V> {
    return this.#between(from, to, true)
  }

  all(): KeyValueIterator<K, V> {
    return this.#iterate('', undefined, false)
  }

  reverseAll(): KeyValueIterator<K, V> {
    return this.#iterate('', undefined, true)
  }

  prefixScan<P>(prefix: P, prefixSerializer: Serializer<P>): KeyValueIterator<K, V> {
    const bytes = prefixSerializer.serialize(this.name, prefix)
    if (bytes == null) throw new StreamsError('MILLRACE_STORE_NULL_KEY', 'prefix cannot be null')
    const start = asBuffer(bytes).latin1Slice()
    const end = afterPrefix(start)
    // Java's in-memory store computes the end of the range so, too, and fails where there is none.
    if (end === undefined && this.#settings.supplier.engine === 'memory') {
      throw new StreamsError('MILLRACE_STORE_PREFIX', `Store ${this.name}: an in-memory store cannot scan the empty prefix; use all()`)
    }
    return this.#iterate(start, end, false)
  }

  approximateNumEntries(): number {
    return this.#reads.approximateCount()
  }

  #between(from: K | undefined, to: K | undefined, reverse: boolean): KeyValueIterator<K, V> {
    const low = from == null ? '' : this.storeKey(from)
    const end = to == null ? undefined : after(this.storeKey(to))
    // Also when that range is empty, as Java has it: the lower key comes first even for reverse ranges.
    return this.#iterate(low, end !== undefined && end < low ? low : end, reverse)
  }

  #iterate(from: string, end: string | undefined, reverse: boolean): KeyValueIterator<K, V> {
    const cursor = this.#reads.range(from, end, reverse)
    return new StoreIterator<K, V, R>(cursor, this.decodeKey, (row) => this.#codec.toValue(row))
  }
}
