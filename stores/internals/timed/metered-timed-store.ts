import { StreamsError } from '../../../lib/core/errors.ts'
import type { Headers } from '../../../lib/core/headers.ts'
import type { KeyValueIterator, StateStoreContext } from '../../../topology/api.ts'
import type { WindowedStoreSupplier } from '../../store-suppliers.ts'
import type { Windowed } from '../../windowed.ts'
import { MeteredStore } from '../metered-store.ts'
import type { MeteredSettings } from '../metered-store.ts'
import type { RowCodec } from '../row-codec.ts'
import type { CachedStateStore, ChangelogAppender, FlushListener, InternalStoreContext } from '../store-context.ts'
import { CachingTimedRows } from './caching-timed-rows.ts'
import { ChangeLoggingTimedRows } from './change-logging-timed-rows.ts'
import { ForgettingTimedRows } from './forgetting-timed-rows.ts'
import { GatheredCursor } from './timed-cursors.ts'
import type { TimedEntry } from './timed-cursors.ts'
import { TimedKeys } from './timed-key.ts'
import type { MinorBytes } from './timed-key.ts'
import { orderByTime } from './timed-order.ts'
import type { TimedCursor, TimedPosition, TimedRows } from './timed-rows.ts'
import { openTimedStorage } from './timed-storage.ts'
import type { TimedStorage } from './timed-storage.ts'

export interface TimedStoreSettings<K, V, R> extends MeteredSettings<K> {
  readonly supplier: WindowedStoreSupplier
  /** True when values are a value and its timestamp. */
  readonly keepsTimestamps: boolean
  makeCodec(context: StateStoreContext, topic: string): RowCodec<V, R>
  /** True for values that, though not undefined, mean a delete. */
  isDelete(value: V): boolean
  readonly cachingEnabled: boolean
}

/** How a kind of windowed store reads its rows. */
export interface TimedStoreKind {
  readonly minorBytes: MinorBytes
  readonly laterMinorFirst: boolean
}

/** What window and session stores have in common as the outermost layer of a store; see MeteredKeyValueStore. */
export abstract class MeteredTimedStore<K, V, R> extends MeteredStore<K, TimedStorage<R>> implements CachedStateStore<Windowed<K>, V> {
  /** Interactive queries ask this, to show values alone. */
  readonly keepsTimestamps: boolean
  readonly #settings: TimedStoreSettings<K, V, R>
  readonly #laterMinorFirst: boolean
  protected readonly keys: TimedKeys
  protected codec!: RowCodec<V, R>
  #forget: ((row: R) => R) | undefined
  /** The rows below the cache. */
  #stored: TimedRows<R> | undefined
  #reads: TimedRows<R> | undefined
  #writes: TimedRows<R> | undefined
  #caching: CachingTimedRows<R> | undefined
  #checksValues = false

  constructor(settings: TimedStoreSettings<K, V, R>, kind: TimedStoreKind) {
    super(settings)
    this.keepsTimestamps = settings.keepsTimestamps
    this.#settings = settings
    this.#laterMinorFirst = kind.laterMinorFirst
    this.keys = new TimedKeys(kind.minorBytes)
  }

  protected open(context: InternalStoreContext, topic: string): TimedStorage<R> | Promise<TimedStorage<R>> {
    const { rowFormat } = this.#settings.supplier
    this.codec = this.#settings.makeCodec(context, topic)
    this.#forget = rowFormat === undefined ? undefined : this.codec.forgetting?.(rowFormat)
    return openTimedStorage(this.#settings.supplier, this.keys, this.#laterMinorFirst, this.codec, context)
  }

  protected restore(
    storage: TimedStorage<R>, buffer: Buffer, keyStart: number, keyEnd: number, value: Buffer | undefined, timestamp: number, headers: Headers,
  ): void {
    const position = this.keys.positionIn(buffer, keyStart, keyEnd)
    this.restored(position)
    if (this.#caching !== undefined) this.#caching.restored(position)
    const row = value === undefined ? undefined : this.codec.restored(value, timestamp, headers)
    storage.restore(position.key, position.time, position.minor, row === undefined || this.#forget === undefined ? row : this.#forget(row))
  }

  protected build(storage: TimedStorage<R>, context: InternalStoreContext, changelog: ChangelogAppender | undefined): void {
    const rows = this.#forget === undefined ? storage.rows : new ForgettingTimedRows(storage.rows, this.#forget)
    this.#stored = rows
    this.#reads = rows
    this.#writes = changelog === undefined
      ? rows
      : new ChangeLoggingTimedRows(rows, this.codec, this.keys.minorBytes, changelog, context)
    this.#checksValues = changelog === undefined
    if (this.#settings.cachingEnabled && context.cache !== undefined && context.cache.maxBytes > 0) {
      const cacheName = `${context.taskId.toString()}-${this.name}`
      this.#caching = new CachingTimedRows(
        this.#writes, this.codec, this.keys, storage, context, context.cache, cacheName,
      )
      this.#reads = this.#caching
      this.#writes = this.#caching
    }
  }

  protected dismantle(): void {
    this.#caching?.close()
    this.#caching = undefined
    this.#stored = undefined
    this.#reads = undefined
    this.#writes = undefined
  }

  /** Hears of each row of the changelog. */
  protected restored(_position: TimedPosition): void {}

  /** The window of a row. */
  protected abstract windowOf(time: number, minor: number): Windowed<K>['window']

  setFlushListener(listener: FlushListener<Windowed<K>, V>, sendOldValues: boolean): boolean {
    if (this.#caching === undefined) return false
    const value = (row: R | undefined): V | undefined => (row === undefined ? undefined : this.codec.toValue(row))
    this.#caching.setFlushListener((key, time, minor, newRow, oldRow, timestamp) => {
      listener({ key: this.decodeKey(key), window: this.windowOf(time, minor) }, value(newRow), value(oldRow), timestamp)
    }, sendOldValues)
    return true
  }

  flushCache(): void {
    this.#caching?.flush()
  }

  protected get reads(): TimedRows<R> {
    return this.#reads ?? this.refuse()
  }

  /** The rows of all keys from `from` to `to`, by time. */
  protected byTime(from: number, to: number): TimedCursor<R> {
    const found: TimedEntry<R>[] = []
    const cursor = this.reads.fetchRange(undefined, undefined, from, to, false)
    while (cursor.next()) found.push({ key: cursor.key, time: cursor.time, minor: cursor.minor, row: cursor.row() })
    return new GatheredCursor(found.sort(orderByTime(this.#laterMinorFirst)))
  }

  /** Visits where rows of that time and later stand, some of them twice, in no useful order. */
  protected forEachSince(from: number, visit: (key: string, time: number) => void): void {
    const cursor = this.#stored!.fetchRange(undefined, undefined, from, Number.MAX_SAFE_INTEGER, false)
    while (cursor.next()) visit(cursor.key, cursor.time)
    cursor.close()
    this.#caching?.forEachSince(from, visit)
  }

  protected putRow(key: string, time: number, minor: number, value: V | undefined): void {
    const writes = this.#writes ?? this.refuse()
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
      throw this.named(error)
    }
  }

  protected removeRow(key: string, time: number, minor: number): void {
    const writes = this.#writes ?? this.refuse()
    writes.delete(key, time, minor, true)
  }

  protected getRow(key: string, time: number, minor: number): V | undefined {
    const row = this.reads.get(key, time, minor)
    return row === undefined ? undefined : this.codec.toValue(row)
  }

  /** The value of a row that a cursor of this store stands on. */
  toValue(row: unknown): V {
    return this.codec.toValue(row as R)
  }

  protected optionalStoreKey(key: K | undefined): string | undefined {
    return key == null ? undefined : this.storeKey(key)
  }

  /** The rows of a cursor with their keys and windows, without those that `keeps` refuses. */
  protected windowed(cursor: TimedCursor<R>, keeps?: (position: TimedPosition) => boolean): KeyValueIterator<Windowed<K>, V> {
    return new TimedIterator(cursor, (row) => ({ key: this.decodeKey(row.key), window: this.windowOf(row.time, row.minor) }), this.codec, keeps)
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
