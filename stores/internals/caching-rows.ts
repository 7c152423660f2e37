import type { RecordContext } from '../../topology/api.ts'
import { MemoryRows } from '../engines/memory.ts'
import { MergedCursor } from './merged-cursor.ts'
import type { CacheEntry, NamedCache } from './named-cache.ts'
import type { RowBytes } from './row-codec.ts'
import { DELETED } from './rows.ts'
import type { Deleted, RowCursor, Rows } from './rows.ts'
import type { InternalStoreContext } from './store-context.ts'

/** Hears of each change that leaves the cache. `oldRow` is there when asked for, or when the change is a delete. */
export type RowFlushListener<R> = (key: string, newRow: R | undefined, oldRow: R | undefined, timestamp: number) => void

/**
 * Holds changes back in the thread's cache, so that several changes of one key cost one write, one changelog record and one
 * record downstream. Without a cache, or with one of 0 bytes, each change passes at once, in the same way.
 */
export class CachingRows<R> implements Rows<R> {
  readonly #below: Rows<R>
  readonly #codec: RowBytes<R>
  readonly #context: InternalStoreContext
  readonly #cache: NamedCache<R> | undefined
  #listener: RowFlushListener<R> | undefined
  #sendOldValues = false
  /** The dirty rows in order: made by the first range after a flush, kept up to date until the next flush. */
  #ordered: MemoryRows<R | Deleted> | undefined

  constructor(below: Rows<R>, codec: RowBytes<R>, context: InternalStoreContext, cacheName: string) {
    this.#below = below
    this.#codec = codec
    this.#context = context
    const cache = context.cache
    if (cache === undefined || cache.maxBytes === 0) return
    this.#cache = cache.named(cacheName)
    this.#cache.onFlush((entries) => this.#write(entries))
  }

  setFlushListener(listener: RowFlushListener<R>, sendOldValues: boolean): void {
    this.#listener = listener
    this.#sendOldValues = sendOldValues
  }

  get(key: string): R | undefined {
    const cache = this.#cache
    if (cache === undefined) return this.#below.get(key)
    const entry = cache.get(key)
    if (entry !== undefined) return entry.row
    const row = this.#below.get(key)
    if (row !== undefined) cache.putClean(key, row, this.#codec.sizeOf(row))
    return row
  }

  put(key: string, row: R): void {
    if (this.#cache === undefined) return this.#pass(key, row)
    this.#codec.check(row)
    this.#ordered?.put(key, row)
    this.#cache.putDirty(key, row, this.#context.saveRecordContext?.(), this.#codec.sizeOf(row))
  }

  delete(key: string): void {
    if (this.#cache === undefined) return this.#pass(key, undefined)
    this.#ordered?.put(key, DELETED)
    this.#cache.putDirty(key, undefined, this.#context.saveRecordContext?.(), 0)
  }

  range(from: string, end: string | undefined, reverse: boolean): RowCursor<R> {
    const below = this.#below.range(from, end, reverse)
    if (this.#cache === undefined) return below
    if (this.#ordered === undefined) {
      this.#ordered = new MemoryRows()
      for (const entry of this.#cache.dirtyEntries()) this.#ordered.put(entry.key, entry.row ?? DELETED)
    }
    return new MergedCursor<R>([this.#ordered.range(from, end, reverse), below], reverse)
  }

  approximateCount(): number {
    return this.#below.approximateCount()
  }

  flush(): void {
    this.#cache?.flush()
  }

  close(): void {
    this.#cache?.clear()
  }

  #write(entries: readonly CacheEntry<R>[]): void {
    this.#ordered = undefined
    const context = this.#context
    const current = context.saveRecordContext?.()
    try {
      for (const entry of entries) this.#writeEntry(entry.key, entry.row, entry.context)
    } finally {
      context.restoreRecordContext?.(current)
    }
  }

  #writeEntry(key: string, row: R | undefined, entryContext: RecordContext | undefined): void {
    this.#context.restoreRecordContext?.(entryContext)
    this.#pass(key, row)
  }

  /** The row into the store below and on to the listener, under the context of the current record. */
  #pass(key: string, row: R | undefined): void {
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
