import { SerializationError, StreamsError } from '../../lib/core/errors.ts'
import { partitionKey } from '../../lib/core/topic-partition.ts'
import type { TopicPartition } from '../../lib/core/topic-partition.ts'
import { byteStringDecoder, byteStringEncoder } from '../../lib/serdes/fast-paths.ts'
import { asBuffer } from '../../lib/serdes/make-serde.ts'
import type { Serde, Serializer } from '../../lib/serdes/serde.ts'
import type { KeyValueIterator, KeyValueStore, StateStore, StateStoreContext } from '../../topology/api.ts'
import type { KeyValueStoreSupplier } from '../store-suppliers.ts'
import { CachingRows } from './caching-rows.ts'
import { ChangeLoggingRows } from './change-logging-rows.ts'
import { closedRows } from './closed-rows.ts'
import type { RowCodec } from './row-codec.ts'
import type { RowStorage } from './row-storage.ts'
import { openStorage } from './row-storage.ts'
import { after, afterPrefix } from './rows.ts'
import type { Rows } from './rows.ts'
import type { BufferedStateStore, CachedStateStore, FlushListener, InternalStoreContext } from './store-context.ts'
import { StoreIterator } from './store-iterator.ts'

export interface KeyValueStoreSettings<K, V, R> {
  /** True when values are a value and its timestamp. */
  readonly keepsTimestamps: boolean
  readonly supplier: KeyValueStoreSupplier
  readonly keySerde: Serde<K> | undefined
  /** Where `keySerde` is undefined and the configured serde is only a part of it. */
  keySerdeOf?(context: StateStoreContext, topic: string): Serde<K>
  makeCodec(context: StateStoreContext, topic: string): RowCodec<V, R>
  /** True for values that, though not undefined, mean a delete. */
  isDelete(value: V): boolean
  readonly loggingEnabled: boolean
  readonly cachingEnabled: boolean
}

/**
 * The outermost layer of a key-value store, the one that users hold: turns keys and values into the form of the layers below
 * and guards them (closed stores, missing keys, serdes that do not fit). Below it: cache, changelog, rows.
 */
export class MeteredKeyValueStore<K, V, R> implements KeyValueStore<K, V>, CachedStateStore<K, V>, BufferedStateStore {
  readonly name: string
  /** Interactive queries ask this, to show values alone. */
  readonly keepsTimestamps: boolean
  readonly persistent: boolean
  readonly #settings: KeyValueStoreSettings<K, V, R>
  readonly #closed: Rows<R>
  #codec!: RowCodec<V, R>
  #encodeKey!: (key: K) => string
  #decodeKey!: (key: string) => K
  #isKeyImmutable = false
  /** Get and put of one key follow each other: its bytes are made once. */
  #lastKey: K | undefined
  #lastStoreKey = ''
  /** The uppermost layer that reads need. */
  #reads: Rows<R>
  #writes: Rows<R>
  #caching: CachingRows<R> | undefined
  /** Without a changelog or a cache below, nothing else looks at values when they are put. */
  #checksValues = false
  #storage: RowStorage<R> | undefined
  #isOpen = false

  constructor(settings: KeyValueStoreSettings<K, V, R>) {
    this.name = settings.supplier.name
    this.keepsTimestamps = settings.keepsTimestamps
    this.persistent = settings.supplier.engine === 'leveldb' || settings.supplier.engine === 'lmdb'
    this.#settings = settings
    this.#closed = closedRows(this.name)
    this.#reads = this.#closed
    this.#writes = this.#closed
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  init(context: StateStoreContext, root: StateStore): void | Promise<void> {
    const internal = context as InternalStoreContext
    const topic = `${context.applicationId}-${this.name}-changelog`
    const keySerde = this.#settings.keySerde ?? this.#settings.keySerdeOf?.(context, topic) ?? (context.keySerde as Serde<K>)
    this.#encodeKey = byteStringEncoder(keySerde, topic)
    this.#decodeKey = byteStringDecoder(keySerde, topic)
    this.#isKeyImmutable = keySerde.immutable === true
    this.#lastKey = undefined
    const codec = this.#settings.makeCodec(context, topic)
    this.#codec = codec
    const changelog = this.#settings.loggingEnabled ? internal.changelog(this.name) : undefined
    const opened = openStorage(this.#settings.supplier, codec, context, changelog)
    context.register(root, (key, value, timestamp, headers) => {
      const storage = this.#storage!
      storage.restore(key.latin1Slice(), value === undefined ? undefined : codec.restored(value, timestamp, headers))
    })
    const build = (storage: RowStorage<R>): void => this.#build(storage, codec, internal, changelog)
    return opened instanceof Promise ? opened.then(build) : build(opened)
  }

  #build(
    storage: RowStorage<R>, codec: RowCodec<V, R>, context: InternalStoreContext,
    changelog: ReturnType<InternalStoreContext['changelog']>,
  ): void {
    this.#storage = storage
    this.#reads = storage.rows
    const isLru = this.#settings.supplier.engine === 'lru'
    this.#writes = changelog === undefined ? storage.rows : new ChangeLoggingRows(storage.rows, codec, changelog, context, isLru)
    this.#checksValues = changelog === undefined
    // As in Java, with a cache of 0 bytes there is no caching layer: deletes of missing rows then go downstream too.
    if (this.#settings.cachingEnabled && context.cache !== undefined && context.cache.maxBytes > 0) {
      this.#caching = new CachingRows(this.#writes, codec, context, context.cache, `${context.taskId.toString()}-${this.name}`, isLru)
      this.#reads = this.#caching
      this.#writes = this.#caching
    }
    this.#isOpen = true
  }

  setFlushListener(listener: FlushListener<K, V>, sendOldValues: boolean): boolean {
    if (this.#caching === undefined) return false
    const value = (row: R | undefined): V | undefined => (row === undefined ? undefined : this.#codec.toValue(row))
    this.#caching.setFlushListener(
      (key, newRow, oldRow, timestamp) => listener(this.#decodeKey(key), value(newRow), value(oldRow), timestamp),
      sendOldValues,
    )
    return true
  }

  flushCache(): void {
    this.#caching?.flush()
  }

  get wantsCommit(): boolean {
    return this.#storage?.wantsCommit ?? false
  }

  commit(changelogOffsets: ReadonlyMap<string, number>): void | Promise<void> {
    return this.#storage?.commit(changelogOffsets)
  }

  committedOffset(partition: TopicPartition): number | undefined {
    return this.#storage?.committedOffset(partitionKey(partition.topic, partition.partition))
  }

  close(): void | Promise<void> {
    this.#isOpen = false
    this.#reads = this.#closed
    this.#writes = this.#closed
    this.#caching?.close()
    this.#caching = undefined
    const storage = this.#storage
    this.#storage = undefined
    return storage?.close()
  }

  get(key: K): V | undefined {
    const row = this.#reads.get(this.#storeKey(key))
    if (row === undefined) return undefined
    return this.#codec.toValue(row)
  }

  put(key: K, value: V | undefined): void {
    const storeKey = this.#storeKey(key)
    if (value == null || this.#settings.isDelete(value)) {
      this.#writes.delete(storeKey)
      return
    }
    try {
      const row = this.#codec.toRow(value)
      if (this.#checksValues) this.#codec.check(row)
      this.#writes.put(storeKey, row)
    } catch (error) {
      throw this.#named(error)
    }
  }

  putIfAbsent(key: K, value: V): V | undefined {
    const before = this.get(key)
    if (before === undefined) this.put(key, value)
    return before
  }

  putAll(entries: Iterable<readonly [K, V | undefined]>): void {
    for (const [key, value] of entries) this.put(key, value)
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
    if (bytes == null) throw new StreamsError('MILLRACE_STORE_NULL_KEY', `Store ${this.name}: prefix cannot be null`)
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
    const low = from == null ? '' : this.#storeKey(from)
    const end = to == null ? undefined : after(this.#storeKey(to))
    // Also when that range is empty, as Java has it: the lower key comes first even for reverse ranges.
    return this.#iterate(low, end !== undefined && end < low ? low : end, reverse)
  }

  #iterate(from: string, end: string | undefined, reverse: boolean): KeyValueIterator<K, V> {
    const cursor = this.#reads.range(from, end, reverse)
    return new StoreIterator<K, V, R>(cursor, this.#decodeKey, (row) => this.#codec.toValue(row))
  }

  #storeKey(key: K): string {
    if (key === this.#lastKey && key !== undefined) return this.#lastStoreKey
    if (key == null) throw new StreamsError('MILLRACE_STORE_NULL_KEY', `Store ${this.name}: key cannot be null`)
    if (!this.#isOpen) this.#closed.get('')
    let storeKey: string
    try {
      storeKey = this.#encodeKey(key)
    } catch (error) {
      throw this.#named(error)
    }
    if (this.#isKeyImmutable) {
      this.#lastKey = key
      this.#lastStoreKey = storeKey
    }
    return storeKey
  }

  #named(error: unknown): unknown {
    if (!(error instanceof SerializationError)) return error
    return new SerializationError(`Store ${this.name}: ${error.message}`, { cause: error })
  }
}
