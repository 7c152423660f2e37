import { SerializationError, StreamsError } from '../../../lib/core/errors.ts'
import { partitionKey } from '../../../lib/core/topic-partition.ts'
import type { TopicPartition } from '../../../lib/core/topic-partition.ts'
import { byteStringDecoder, byteStringEncoder } from '../../../lib/serdes/fast-paths.ts'
import type { Serde } from '../../../lib/serdes/serde.ts'
import type { KeyValueIterator, StateStore, StateStoreContext } from '../../../topology/api.ts'
import type { WindowedStoreSupplier } from '../../store-suppliers.ts'
import type { Windowed } from '../../windowed.ts'
import { closedRows } from '../closed-rows.ts'
import type { RowCodec } from '../row-codec.ts'
import type { BufferedStateStore, CachedStateStore, FlushListener, InternalStoreContext } from '../store-context.ts'
import { CachingTimedRows } from './caching-timed-rows.ts'
import { ChangeLoggingTimedRows } from './change-logging-timed-rows.ts'
import { TimedKeys } from './timed-key.ts'
import type { MinorBytes } from './timed-key.ts'
import type { TimedCursor, TimedPosition, TimedRows } from './timed-rows.ts'
import { openTimedStorage } from './timed-storage.ts'
import type { TimedStorage } from './timed-storage.ts'

export interface TimedStoreSettings<K, V, R> {
  readonly supplier: WindowedStoreSupplier
  readonly keySerde: Serde<K> | undefined
  /** True when values are a value and its timestamp. */
  readonly keepsTimestamps: boolean
  makeCodec(context: StateStoreContext, topic: string): RowCodec<V, R>
  /** True for values that, though not undefined, mean a delete. */
  isDelete(value: V): boolean
  readonly loggingEnabled: boolean
  readonly cachingEnabled: boolean
}

/** How a kind of windowed store reads its rows. */
export interface TimedStoreKind {
  readonly minorBytes: MinorBytes
  readonly laterMinorFirst: boolean
}

/** What window and session stores have in common as the outermost layer of a store; see MeteredKeyValueStore. */
export abstract class MeteredTimedStore<K, V, R> implements StateStore, CachedStateStore<Windowed<K>, V>, BufferedStateStore {
  readonly name: string
  readonly persistent: boolean
  /** Interactive queries ask this, to show values alone. */
  readonly keepsTimestamps: boolean
  readonly #settings: TimedStoreSettings<K, V, R>
  readonly #laterMinorFirst: boolean
  protected readonly keys: TimedKeys
  protected codec!: RowCodec<V, R>
  #encodeKey!: (key: K) => string
  #decodeKey!: (key: string) => K
  #isKeyImmutable = false
  #lastKey: K | undefined
  #lastStoreKey = ''
  #reads: TimedRows<R> | undefined
  #writes: TimedRows<R> | undefined
  #caching: CachingTimedRows<R> | undefined
  #checksValues = false
  #storage: TimedStorage<R> | undefined

  constructor(settings: TimedStoreSettings<K, V, R>, kind: TimedStoreKind) {
    this.name = settings.supplier.name
    this.persistent = settings.supplier.engine !== 'memory'
    this.keepsTimestamps = settings.keepsTimestamps
    this.#settings = settings
    this.#laterMinorFirst = kind.laterMinorFirst
    this.keys = new TimedKeys(kind.minorBytes)
  }

  get isOpen(): boolean {
    return this.#storage !== undefined
  }

  init(context: StateStoreContext, root: StateStore): void | Promise<void> {
    const internal = context as InternalStoreContext
    const topic = `${context.applicationId}-${this.name}-changelog`
    const keySerde = this.#settings.keySerde ?? (context.keySerde as Serde<K>)
    this.#encodeKey = byteStringEncoder(keySerde, topic)
    this.#decodeKey = byteStringDecoder(keySerde, topic)
    this.#isKeyImmutable = keySerde.immutable === true
    this.#lastKey = undefined
    const codec = this.#settings.makeCodec(context, topic)
    this.codec = codec
    const changelog = this.#settings.loggingEnabled ? internal.changelog(this.name) : undefined
    const opened = openTimedStorage(this.#settings.supplier, this.keys, this.#laterMinorFirst, codec, internal)
    context.register(root, (key, value, timestamp, headers) => {
      const composed = key.latin1Slice()
      const position = { key: this.keys.keyOf(composed), time: this.keys.timeOf(composed), minor: this.keys.minorOf(composed) }
      this.restored(position)
      const row = value === undefined ? undefined : codec.restored(value, timestamp, headers)
      this.#storage!.restore(position.key, position.time, position.minor, row)
    })
    const build = (storage: TimedStorage<R>): void => this.#build(storage, internal, changelog)
    return opened instanceof Promise ? opened.then(build) : build(opened)
  }

  #build(storage: TimedStorage<R>, context: InternalStoreContext, changelog: ReturnType<InternalStoreContext['changelog']>): void {
    this.#reads = storage.rows
    this.#writes = changelog === undefined
      ? storage.rows
      : new ChangeLoggingTimedRows(storage.rows, this.codec, this.keys, changelog, context)
    this.#checksValues = changelog === undefined
    if (this.#settings.cachingEnabled && context.cache !== undefined && context.cache.maxBytes > 0) {
      const cacheName = `${context.taskId.toString()}-${this.name}`
      this.#caching = new CachingTimedRows(
        this.#writes, this.codec, this.keys, storage.order, storage.bucketMs, context, context.cache, cacheName,
      )
      this.#reads = this.#caching
      this.#writes = this.#caching
    }
    this.#storage = storage
  }

  /** Hears of each row of the changelog. */
  protected restored(_position: TimedPosition): void {}

  /** The window of a row. */
  protected abstract windowOf(time: number, minor: number): Windowed<K>['window']

  setFlushListener(listener: FlushListener<Windowed<K>, V>, sendOldValues: boolean): boolean {
    if (this.#caching === undefined) return false
    const value = (row: R | undefined): V | undefined => (row === undefined ? undefined : this.codec.toValue(row))
    this.#caching.setFlushListener((key, time, minor, newRow, oldRow, timestamp) => {
      listener({ key: this.#decodeKey(key), window: this.windowOf(time, minor) }, value(newRow), value(oldRow), timestamp)
    }, sendOldValues)
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
    this.#caching?.close()
    const storage = this.#storage
    this.#caching = undefined
    this.#reads = undefined
    this.#writes = undefined
    this.#storage = undefined
    return storage?.close()
  }

  protected get reads(): TimedRows<R> {
    return this.#reads ?? this.#refuse()
  }

  #refuse(): never {
    return closedRows(this.name).get('')!
  }

  protected putRow(key: string, time: number, minor: number, value: V | undefined): void {
    const writes = this.#writes ?? this.#refuse()
    if (!(time >= 0)) {
      throw new StreamsError('MILLRACE_STORE_NEGATIVE_TIME', `Store ${this.name}: times of windows are ms since the epoch, but got ${time}`)
    }
    if (value == null || this.#settings.isDelete(value)) {
      writes.delete(key, time, minor)
      return
    }
    try {
      const row = this.codec.toRow(value)
      if (this.#checksValues) this.codec.check(row)
      writes.put(key, time, minor, row)
    } catch (error) {
      throw this.#named(error)
    }
  }

  protected getRow(key: string, time: number, minor: number): V | undefined {
    const row = this.reads.get(key, time, minor)
    return row === undefined ? undefined : this.codec.toValue(row)
  }

  protected storeKey(key: K): string {
    if (key === this.#lastKey && key !== undefined) return this.#lastStoreKey
    if (key == null) throw new StreamsError('MILLRACE_STORE_NULL_KEY', `Store ${this.name}: key cannot be null`)
    if (this.#storage === undefined) this.#refuse()
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

  protected optionalStoreKey(key: K | undefined): string | undefined {
    return key == null ? undefined : this.storeKey(key)
  }

  /** The rows of a cursor with their keys and windows, without those that `keeps` refuses. */
  protected windowed(cursor: TimedCursor<R>, keeps?: (position: TimedPosition) => boolean): KeyValueIterator<Windowed<K>, V> {
    return new TimedIterator(cursor, (row) => ({ key: this.#decodeKey(row.key), window: this.windowOf(row.time, row.minor) }), this.codec, keeps)
  }

  #named(error: unknown): unknown {
    if (!(error instanceof SerializationError)) return error
    return new SerializationError(`Store ${this.name}: ${error.message}`, { cause: error })
  }
}

/** A cursor as users see it. */
export class TimedIterator<K, V, R> implements KeyValueIterator<K, V> {
  readonly #cursor: TimedCursor<R>
  readonly #toKey: (position: TimedPosition) => K
  readonly #codec: RowCodec<V, R>
  readonly #keeps: ((position: TimedPosition) => boolean) | undefined
  #done = false

  constructor(
    cursor: TimedCursor<R>, toKey: (position: TimedPosition) => K, codec: RowCodec<V, R>, keeps?: (position: TimedPosition) => boolean,
  ) {
    this.#cursor = cursor
    this.#toKey = toKey
    this.#codec = codec
    this.#keeps = keeps
  }

  next(): IteratorResult<[K, V], undefined> {
    while (!this.#done && this.#cursor.next()) {
      if (this.#keeps !== undefined && !this.#keeps(this.#cursor)) continue
      return { done: false, value: [this.#toKey(this.#cursor), this.#codec.toValue(this.#cursor.row())] }
    }
    return this.return()
  }

  return(): IteratorResult<[K, V], undefined> {
    this.close()
    return { done: true, value: undefined }
  }

  close(): void {
    if (this.#done) return
    this.#done = true
    this.#cursor.close()
  }

  [Symbol.iterator](): this {
    return this
  }
}
