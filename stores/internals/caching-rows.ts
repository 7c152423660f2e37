import { MemoryRows } from '../engines/memory.ts'
import { PlainColumns } from '../engines/row-columns.ts'
import { NONE } from './cache-columns.ts'
import { KeyedCache } from './keyed-cache.ts'
import { MergedCursor } from './merged-cursor.ts'
import type { RowBytes } from './row-codec.ts'
import { DELETED } from './rows.ts'
import type { Deleted, RowCursor, Rows } from './rows.ts'
import type { InternalStoreContext } from './store-context.ts'
import type { ThreadCache } from './thread-cache.ts'

/** Hears of each change that leaves the cache. `oldRow` is there when asked for, or when the change is a delete. */
export type RowFlushListener<R> = (key: string, newRow: R | undefined, oldRow: R | undefined, timestamp: number) => void

/**
 * Holds changes back in the thread's cache, so that several changes of one key cost one write, one changelog record and one
 * record downstream.
 */
export class CachingRows<R> implements Rows<R> {
  readonly #below: Rows<R>
  readonly #codec: RowBytes<R>
  readonly #context: InternalStoreContext
  readonly #cache: KeyedCache<R>
  readonly #forget: () => void
  readonly #belowForgets: boolean
  #listener: RowFlushListener<R> | undefined
  #sendOldValues = false
  /** The dirty rows in order: made by the first range after a flush, kept up to date until the next flush. */
  #ordered: MemoryRows<R | Deleted> | undefined

  /** `belowForgets`: the store below drops rows of its own accord (LRU), and some of them are still to be seen here. */
  constructor(below: Rows<R>, codec: RowBytes<R>, context: InternalStoreContext, caches: ThreadCache, cacheName: string, belowForgets = false) {
    this.#below = below
    this.#codec = codec
    this.#context = context
    const parts = { space: caches.space, context, rows: codec.columns?.() ?? new PlainColumns<R>(), write: (row: number) => this.#pass(row) }
    this.#cache = caches.add(cacheName, new KeyedCache<R>(parts))
    this.#belowForgets = belowForgets
    this.#forget = () => caches.remove(cacheName)
  }

  setFlushListener(listener: RowFlushListener<R>, sendOldValues: boolean): void {
    this.#listener = listener
    this.#sendOldValues = sendOldValues
  }

  get(key: string): R | undefined {
    const cached = this.#cache.get(key)
    if (cached !== NONE) return this.#cache.rowOf(cached)
    const row = this.#below.get(key)
    if (row !== undefined) this.#cache.putRead(key, row, this.#codec.sizeOf(row))
    return row
  }

  put(key: string, row: R): void {
    this.#codec.check(row)
    this.#ordered?.put(key, row)
    this.#cache.put(key, row, this.#codec.sizeOf(row))
  }

  delete(key: string): void {
    this.#ordered?.put(key, DELETED)
    this.#cache.put(key, undefined, 0)
  }

  range(from: string, end: string | undefined, reverse: boolean): RowCursor<R> {
    const below = this.#below.range(from, end, reverse)
    if (this.#ordered === undefined || this.#belowForgets) {
      this.#ordered = new MemoryRows()
      const cache = this.#cache
      for (const row of this.#belowForgets ? cache.rows() : cache.dirtyRows()) this.#ordered.put(cache.keyOf(row), cache.rowOf(row) ?? DELETED)
    }
    return new MergedCursor<R>([this.#ordered.range(from, end, reverse), below], reverse)
  }

  approximateCount(): number {
    return this.#below.approximateCount()
  }

  /** A row below was replaced by the changelog. */
  restored(key: string): void {
    this.#cache.forget(key)
  }

  flush(): void {
    this.#cache.flush()
  }

  /** What is dirty is forgotten: it was not committed. */
  close(): void {
    this.#forget()
  }

  /** The row into the store below and on to the listener, under the context of the record that made it. */
  #pass(number: number): void {
    const key = this.#cache.keyOf(number)
    const row = this.#cache.rowOf(number)
    // What is dirty now is no more what it was.
    this.#ordered = undefined
    const listener = this.#listener
    if (listener === undefined) {
      this.#replace(key, row)
      return
    }
    const old = row === undefined || this.#sendOldValues ? this.#below.get(key) : undefined
    // A row that came and went within the cache was never seen by anybody.
    if (row === undefined && old === undefined) return
    this.#replace(key, row)
    listener(key, row, this.#sendOldValues ? old : undefined, this.#context.currentTimestamp)
  }

  #replace(key: string, row: R | undefined): void {
    if (row === undefined) this.#below.delete(key)
    else this.#below.put(key, row)
  }
}
