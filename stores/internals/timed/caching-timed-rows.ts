import { PlainColumns } from '../../engines/row-columns.ts'
import { NONE } from '../cache-columns.ts'
import type { RowBytes } from '../row-codec.ts'
import type { InternalStoreContext } from '../store-context.ts'
import type { ThreadCache } from '../thread-cache.ts'
import type { CachedRow } from './cached-timed-cursor.ts'
import { CachedTimedCursor } from './cached-timed-cursor.ts'
import { TimedCache } from './timed-cache.ts'
import { noRows } from './timed-cursors.ts'
import type { TimedKeys } from './timed-key.ts'
import type { TimedOrder } from './timed-order.ts'
import type { TimedStorage } from './timed-storage.ts'
import type { TimedCursor, TimedPosition, TimedRows } from './timed-rows.ts'

/** Hears of each change that leaves the cache. */
export type TimedFlushListener<R> = (
  key: string, time: number, minor: number, newRow: R | undefined, oldRow: R | undefined, timestamp: number,
) => void

/** True for rows of one key and different times, which come sorted. */
const isSorted = (nodes: readonly TimedPosition[]): boolean => {
  for (let i = 1; i < nodes.length; i++) if (nodes[i]!.key !== nodes[i - 1]!.key || nodes[i]!.time === nodes[i - 1]!.time) return false
  return true
}

/**
 * Holds changes of a windowed store back in the thread's cache; see CachingRows. As in Java, rows stay readable in the cache
 * after they were written, also when the store below drops them as too old.
 */
export class CachingTimedRows<R> implements TimedRows<R> {
  readonly #below: TimedRows<R>
  readonly #codec: RowBytes<R>
  readonly #order: TimedOrder
  readonly #context: InternalStoreContext
  readonly #cache: TimedCache<R>
  readonly #forget: () => void
  #listener: TimedFlushListener<R> | undefined
  #sendOldValues = false
  /** No row below is of a later time: mostly it is asked for new windows, of which there is nothing below. */
  #newestBelow: number

  constructor(
    below: TimedRows<R>, codec: RowBytes<R>, keys: TimedKeys, { order, newestTime }: Pick<TimedStorage<R>, 'order' | 'newestTime'>,
    context: InternalStoreContext, caches: ThreadCache, cacheName: string,
  ) {
    this.#below = below
    this.#codec = codec
    this.#order = order
    this.#newestBelow = newestTime
    this.#context = context
    const parts = { space: caches.space, context, rows: codec.columns?.() ?? new PlainColumns<R>(), write: (row: number) => this.#pass(row) }
    this.#cache = caches.add(cacheName, new TimedCache<R>(parts, keys))
    this.#forget = () => caches.remove(cacheName)
  }

  setFlushListener(listener: TimedFlushListener<R>, sendOldValues: boolean): void {
    this.#listener = listener
    this.#sendOldValues = sendOldValues
  }

  get(key: string, time: number, minor: number): R | undefined {
    const cached = this.#cache.get(key, time, minor)
    if (cached !== NONE) return this.#cache.rowOf(cached)
    return time > this.#newestBelow ? undefined : this.#below.get(key, time, minor)
  }

  put(key: string, time: number, minor: number, row: R): void {
    this.#codec.check(row)
    this.#cache.put(key, time, minor, row, this.#codec.sizeOf(row))
  }

  delete(key: string, time: number, minor: number): void {
    this.#cache.put(key, time, minor, undefined, 0)
  }

  fetch(key: string, from: number, to: number, reverse: boolean): TimedCursor<R> {
    const below = from > this.#newestBelow ? noRows : this.#below.fetch(key, from, to, reverse)
    return this.#merged(this.#cache.between(key, from, to), below, reverse)
  }

  fetchRange(keyFrom: string | undefined, keyTo: string | undefined, from: number, to: number, reverse: boolean): TimedCursor<R> {
    const cached = this.#cache.betweenKeys(keyFrom, keyTo, from, to)
    return this.#merged(cached, this.#below.fetchRange(keyFrom, keyTo, from, to, reverse), reverse)
  }

  /** Visits what is cached from that time on, which counts as no use. */
  forEachSince(from: number, visit: (key: string, time: number) => void): void {
    const cache = this.#cache
    for (const row of cache.betweenKeys(undefined, undefined, from, Number.MAX_SAFE_INTEGER)) visit(cache.keyOf(row), cache.timeOf(row))
  }

  #merged(found: readonly number[], below: TimedCursor<R>, reverse: boolean): TimedCursor<R> {
    if (found.length === 0) return below
    const cached = found.map((row) => this.#cachedRow(row))
    if (!isSorted(cached)) cached.sort(this.#order)
    if (reverse) cached.reverse()
    // To be seen in a range is use too, as in Java.
    for (let i = 0; i < cached.length; i++) this.#cache.use(cached[i]!.number)
    return new CachedTimedCursor(cached, below, this.#order, reverse)
  }

  #cachedRow(number: number): CachedRow<R> & { readonly number: number } {
    const cache = this.#cache
    return { number, key: cache.keyOf(number), time: cache.timeOf(number), minor: cache.minorOf(number), row: cache.rowOf(number) }
  }

  /** A row below was replaced by the changelog. */
  restored({ key, time, minor }: TimedPosition): void {
    if (time > this.#newestBelow) this.#newestBelow = time
    this.#cache.forget(key, time, minor)
  }

  flush(): void {
    this.#cache.flush()
  }

  close(): void {
    this.#forget()
  }

  #pass(number: number): void {
    const cache = this.#cache
    const key = cache.keyOf(number)
    const time = cache.timeOf(number)
    const minor = cache.minorOf(number)
    const row = cache.rowOf(number)
    const listener = this.#listener
    const needsOld = listener !== undefined && (row === undefined || this.#sendOldValues)
    const old = needsOld ? this.#below.get(key, time, minor) : undefined
    // A row that came and went within the cache was never seen by anybody.
    if (listener !== undefined && row === undefined && old === undefined) return
    if (time > this.#newestBelow) this.#newestBelow = time
    if (row === undefined) this.#below.delete(key, time, minor)
    else this.#below.put(key, time, minor, row)
    listener?.(key, time, minor, row, this.#sendOldValues ? old : undefined, this.#context.currentTimestamp)
  }
}
