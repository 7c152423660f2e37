import type { TopicPartition } from '../../../lib/core/topic-partition.ts'
import type { KeyValueIterator } from '../../../topology/api.ts'
import type { WindowStoreSupplier } from '../../store-suppliers.ts'
import type { WindowStore, WindowStoreIterator } from '../../window-store.ts'
import type { Window, Windowed } from '../../windowed.ts'
import { MeteredTimedStore, TimedIterator } from './metered-timed-store.ts'
import type { TimedStoreSettings } from './metered-timed-store.ts'
import { ClosedWindowsCursor, OpenWindows } from './open-windows.ts'
import { segmentMsFor } from './timed-order.ts'
import type { RowsByKey, TimedCursor, TimedPosition } from './timed-rows.ts'

const timeOf = ({ time }: TimedPosition): number => time

const latest = (time: number): number => Math.min(time, Number.MAX_SAFE_INTEGER)

/** The outermost layer of a window store: the time of a row is the start of its window, the minor number tells duplicates apart. */
export class MeteredWindowStore<K, V, R> extends MeteredTimedStore<K, V, R> implements WindowStore<K, V>, RowsByKey<K, V> {
  readonly #windowSizeMs: number
  readonly #retainDuplicates: boolean
  readonly #timeOrdered: boolean
  /** Of stores in files whose windows are sent when they close. */
  readonly #openWindows: OpenWindows | undefined
  #sequence = 0

  constructor(settings: TimedStoreSettings<K, V, R> & { readonly supplier: WindowStoreSupplier }) {
    super(settings, { minorBytes: 4, laterMinorFirst: false })
    this.#windowSizeMs = settings.supplier.windowSizeMs
    this.#retainDuplicates = settings.supplier.retainDuplicates ?? false
    const { timeOrdered, engine, retentionMs } = settings.supplier
    this.#timeOrdered = timeOrdered === true && engine !== 'memory'
    this.#openWindows = this.#timeOrdered && !this.#retainDuplicates ? new OpenWindows(retentionMs + segmentMsFor(retentionMs)) : undefined
  }

  /** True when values carry headers beside their timestamp. */
  get keepsHeaders(): boolean {
    return this.codec.logsHeaders === true && this.keepsTimestamps
  }

  /** Sequence numbers go on behind those that are there already. */
  protected override restored({ minor }: TimedPosition): void {
    this.#openWindows?.forget()
    if (this.#retainDuplicates && minor > this.#sequence) this.#sequence = minor
  }

  /** The same for rows that were kept in files: each of them has a record in the changelog. */
  override committedOffset(partition: TopicPartition): number | undefined {
    const offset = super.committedOffset(partition)
    if (this.#retainDuplicates && offset !== undefined) this.#sequence = Math.max(this.#sequence, offset & 0x7fffffff)
    return offset
  }

  protected windowOf(start: number): Window {
    return { start, end: latest(start + this.#windowSizeMs) }
  }

  put(key: K, value: V | undefined, windowStart: number): void {
    const storeKey = this.storeKey(key)
    if (this.#retainDuplicates) this.#sequence = (this.#sequence + 1) & 0x7fffffff
    this.putRow(storeKey, windowStart, this.#sequence, value)
    this.#openWindows?.add(storeKey, windowStart)
  }

  fetch(key: K, windowStart: number): V | undefined
  fetch(key: K, from: number, to: number): WindowStoreIterator<V>
  fetch(key: K, from: number, to?: number): V | undefined | WindowStoreIterator<V> {
    if (to === undefined) return this.getRow(this.storeKey(key), from, this.#sequence)
    return this.#starts(key, from, to, false)
  }

  backwardFetch(key: K, from: number, to: number): WindowStoreIterator<V> {
    return this.#starts(key, from, to, true)
  }

  #starts(key: K, from: number, to: number, reverse: boolean): WindowStoreIterator<V> {
    return new TimedIterator<number, V, R>(this.rowsOf(key, from, to, reverse), timeOf, this.codec)
  }

  /** See RowsByKey. */
  rowsOf(key: K, from: number, to: number, reverse: boolean): TimedCursor<R> {
    return this.reads.fetch(this.storeKey(key), Math.max(0, from), latest(to), reverse)
  }

  fetchAll(from: number, to: number): KeyValueIterator<Windowed<K>, V> {
    if (this.#timeOrdered) return this.windowed(this.byTime(Math.max(0, from), latest(to)))
    return this.fetchRange(undefined, undefined, from, to)
  }

  /** The same in order of time, for windows that are sent when they close: each of them is asked for once, and the earlier ones first. */
  fetchClosed(from: number, to: number): KeyValueIterator<Windowed<K>, V> {
    if (this.#openWindows === undefined) return this.fetchAll(from, to)
    const { reads } = this
    const closed = this.#openWindows.take(Math.max(0, from), latest(to), (since, visit) => this.forEachSince(since, visit))
    return this.windowed(new ClosedWindowsCursor(closed, (key, start) => reads.get(key, start, 0)))
  }

  backwardFetchAll(from: number, to: number): KeyValueIterator<Windowed<K>, V> {
    return this.backwardFetchRange(undefined, undefined, from, to)
  }

  all(): KeyValueIterator<Windowed<K>, V> {
    return this.fetchAll(0, Infinity)
  }

  backwardAll(): KeyValueIterator<Windowed<K>, V> {
    return this.backwardFetchAll(0, Infinity)
  }

  fetchRange(keyFrom: K | undefined, keyTo: K | undefined, from: number, to: number): KeyValueIterator<Windowed<K>, V> {
    return this.#range(keyFrom, keyTo, from, to, false)
  }

  backwardFetchRange(keyFrom: K | undefined, keyTo: K | undefined, from: number, to: number): KeyValueIterator<Windowed<K>, V> {
    return this.#range(keyFrom, keyTo, from, to, true)
  }

  #range(keyFrom: K | undefined, keyTo: K | undefined, from: number, to: number, reverse: boolean): KeyValueIterator<Windowed<K>, V> {
    const [low, high] = [this.optionalStoreKey(keyFrom), this.optionalStoreKey(keyTo)]
    return this.windowed(this.reads.fetchRange(low, high, Math.max(0, from), latest(to), reverse))
  }
}
