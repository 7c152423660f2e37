import { MemoryTimedRows } from '../../engines/memory-timed.ts'
import type { CacheEntry, NamedCache } from '../named-cache.ts'
import type { RowBytes } from '../row-codec.ts'
import { DELETED } from '../rows.ts'
import type { Deleted } from '../rows.ts'
import type { InternalStoreContext } from '../store-context.ts'
import type { ThreadCache } from '../thread-cache.ts'
import { GatheredCursor, MergedTimedCursor } from './timed-cursors.ts'
import type { TimedEntry } from './timed-cursors.ts'
import type { TimedKeys } from './timed-key.ts'
import type { TimedOrder } from './timed-order.ts'
import type { TimedCursor, TimedRows } from './timed-rows.ts'

/** In Java's cache such keys have the number of their segment in front. */
const SEGMENT_BYTES = 8

/** Hears of each change that leaves the cache. */
export type TimedFlushListener<R> = (
  key: string, time: number, minor: number, newRow: R | undefined, oldRow: R | undefined, timestamp: number,
) => void

/**
 * Holds changes of a windowed store back in the thread's cache; see CachingRows. As in Java, rows stay readable in the cache
 * after they were written, also when the store below drops them as too old.
 */
export class CachingTimedRows<R> implements TimedRows<R> {
  readonly #below: TimedRows<R>
  readonly #codec: RowBytes<R>
  readonly #keys: TimedKeys
  readonly #order: TimedOrder
  readonly #context: InternalStoreContext
  readonly #cache: NamedCache<R>
  readonly #forget: () => void
  #listener: TimedFlushListener<R> | undefined
  #sendOldValues = false
  /** Where cached rows stand, so that ranges find them; some may have left the cache meanwhile. */
  #index: MemoryTimedRows<true>
  readonly #bucketMs: number

  constructor(
    below: TimedRows<R>, codec: RowBytes<R>, keys: TimedKeys, order: TimedOrder, bucketMs: number,
    context: InternalStoreContext, caches: ThreadCache, cacheName: string,
  ) {
    this.#below = below
    this.#codec = codec
    this.#keys = keys
    this.#order = order
    this.#context = context
    this.#bucketMs = bucketMs
    this.#index = new MemoryTimedRows(order, bucketMs)
    this.#cache = caches.named(cacheName)
    this.#cache.onFlush((entries) => this.#write(entries))
    this.#forget = () => caches.remove(cacheName)
  }

  setFlushListener(listener: TimedFlushListener<R>, sendOldValues: boolean): void {
    this.#listener = listener
    this.#sendOldValues = sendOldValues
  }

  get(key: string, time: number, minor: number): R | undefined {
    const entry = this.#cache.get(this.#keys.compose(key, time, minor))
    return entry === undefined ? this.#below.get(key, time, minor) : entry.row
  }

  put(key: string, time: number, minor: number, row: R): void {
    this.#codec.check(row)
    this.#change(key, time, minor, row, this.#codec.sizeOf(row))
  }

  delete(key: string, time: number, minor: number): void {
    this.#change(key, time, minor, undefined, 0)
  }

  #change(key: string, time: number, minor: number, row: R | undefined, bytes: number): void {
    this.#index.put(key, time, minor, true)
    this.#cache.putDirty(this.#keys.compose(key, time, minor), row, this.#context.saveRecordContext?.(), SEGMENT_BYTES + bytes)
    if (this.#index.size > 1000 && this.#index.size > 2 * this.#cache.size) this.#reindex()
  }

  #reindex(): void {
    this.#index = new MemoryTimedRows(this.#order, this.#bucketMs)
    for (const { key } of this.#cache.entries()) this.#index.put(this.#keys.keyOf(key), this.#keys.timeOf(key), this.#keys.minorOf(key), true)
  }

  fetch(key: string, from: number, to: number, reverse: boolean): TimedCursor<R> {
    return this.#merged(this.#index.fetch(key, from, to, reverse), this.#below.fetch(key, from, to, reverse), reverse)
  }

  fetchRange(keyFrom: string | undefined, keyTo: string | undefined, from: number, to: number, reverse: boolean): TimedCursor<R> {
    const indexed = this.#index.fetchRange(keyFrom, keyTo, from, to, reverse)
    return this.#merged(indexed, this.#below.fetchRange(keyFrom, keyTo, from, to, reverse), reverse)
  }

  #merged(indexed: TimedCursor<true>, below: TimedCursor<R>, reverse: boolean): TimedCursor<R> {
    const cached: TimedEntry<R | Deleted>[] = []
    while (indexed.next()) {
      const { key, time, minor } = indexed
      // To be seen in a range is use too, as in Java.
      const entry = this.#cache.get(this.#keys.compose(key, time, minor))
      if (entry !== undefined) cached.push({ key, time, minor, row: entry.row ?? DELETED })
    }
    return cached.length === 0 ? below : new MergedTimedCursor<R>([new GatheredCursor(cached), below], this.#order, reverse)
  }

  /** A row below was replaced by the changelog; `composed` is its key there. */
  restored(composed: string): void {
    this.#cache.forget(composed)
  }

  flush(): void {
    this.#cache.flush()
  }

  close(): void {
    this.#forget()
  }

  #write(entries: readonly CacheEntry<R>[]): void {
    const context = this.#context
    const current = context.saveRecordContext?.()
    try {
      for (const { key, row, context: changed } of entries) {
        context.restoreRecordContext?.(changed)
        this.#pass(this.#keys.keyOf(key), this.#keys.timeOf(key), this.#keys.minorOf(key), row)
      }
    } finally {
      context.restoreRecordContext?.(current)
    }
  }

  #pass(key: string, time: number, minor: number, row: R | undefined): void {
    const listener = this.#listener
    const needsOld = listener !== undefined && (row === undefined || this.#sendOldValues)
    const old = needsOld ? this.#below.get(key, time, minor) : undefined
    // A row that came and went within the cache was never seen by anybody.
    if (listener !== undefined && row === undefined && old === undefined) return
    if (row === undefined) this.#below.delete(key, time, minor)
    else this.#below.put(key, time, minor, row)
    listener?.(key, time, minor, row, this.#sendOldValues ? old : undefined, this.#context.currentTimestamp)
  }
}
