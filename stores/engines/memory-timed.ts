import { GatheredCursor, noRows } from '../internals/timed/timed-cursors.ts'
import type { TimedEntry } from '../internals/timed/timed-cursors.ts'
import type { TimedOrder } from '../internals/timed/timed-order.ts'
import type { TimedCursor, TimedRows } from '../internals/timed/timed-rows.ts'
import { PlainColumns } from './row-columns.ts'
import type { RowColumns } from './row-columns.ts'
import { TimedBucket } from './timed-bucket.ts'

/**
 * Rows of window and session stores in memory, in buckets of time: what is too old leaves with its bucket, at no cost. The
 * latest rows of all keys stand in few places that follow each other in memory.
 */
export class MemoryTimedRows<R> implements TimedRows<R> {
  readonly #order: TimedOrder
  readonly #bucketMs: number
  readonly #columns: () => RowColumns<R>
  /** The latest first. */
  readonly #buckets: TimedBucket<R>[] = []
  /** The one that was used last; at first an empty one. */
  #bucket: TimedBucket<R>
  #firstKept = -Infinity

  /** `bucketMs`: so much older than asked for rows may become. Reads of one key look into each bucket of their range. */
  constructor(order: TimedOrder, bucketMs: number, columns: () => RowColumns<R> = () => new PlainColumns<R>()) {
    this.#order = order
    this.#bucketMs = bucketMs
    this.#columns = columns
    this.#bucket = new TimedBucket<R>(NaN, columns())
  }

  get(key: string, time: number, minor: number): R | undefined {
    return this.#find(this.#numberOf(time))?.get(key, time, minor)
  }

  put(key: string, time: number, minor: number, row: R): void {
    const number = this.#numberOf(time)
    const bucket = this.#find(number) ?? this.#add(number)
    bucket.put(key, time, minor, row)
  }

  delete(key: string, time: number, minor: number): void {
    this.#find(this.#numberOf(time))?.delete(key, time, minor)
  }

  fetch(key: string, from: number, to: number, reverse: boolean): TimedCursor<R> {
    const found: TimedEntry<R>[] = []
    const [first, last] = [this.#numberOf(from), this.#numberOf(to)]
    for (const bucket of this.#buckets) {
      if (bucket.number < first) break
      if (bucket.number <= last) bucket.gather(key, from, to, found)
    }
    if (found.length === 0) return noRows
    if (found.length > 1) found.sort(this.#order)
    return new GatheredCursor(reverse ? found.reverse() : found)
  }

  fetchRange(keyFrom: string | undefined, keyTo: string | undefined, from: number, to: number, reverse: boolean): TimedCursor<R> {
    const found: TimedEntry<R>[] = []
    const [first, last] = [this.#numberOf(from), this.#numberOf(to)]
    for (const bucket of this.#buckets) {
      if (bucket.number >= first && bucket.number <= last) bucket.gatherAll(keyFrom, keyTo, from, to, found)
    }
    if (found.length === 0) return noRows
    found.sort(this.#order)
    return new GatheredCursor(reverse ? found.reverse() : found)
  }

  /** Rows before that time are not asked for any more. */
  expireBefore(oldest: number): void {
    const firstKept = this.#numberOf(oldest)
    if (firstKept <= this.#firstKept) return
    this.#firstKept = firstKept
    const buckets = this.#buckets
    while (buckets.length > 0 && buckets[buckets.length - 1]!.number < firstKept) buckets.pop()
    if (this.#bucket.number < firstKept) this.#bucket = buckets[0] ?? new TimedBucket<R>(NaN, this.#columns())
  }

  #numberOf(time: number): number {
    return Math.floor(time / this.#bucketMs)
  }

  #find(number: number): TimedBucket<R> | undefined {
    if (this.#bucket.number === number) return this.#bucket
    const found = this.#buckets.find((bucket) => bucket.number === number)
    if (found !== undefined) this.#bucket = found
    return found
  }

  #add(number: number): TimedBucket<R> {
    const bucket = new TimedBucket<R>(number, this.#columns())
    const earlier = this.#buckets.findIndex((other) => other.number < number)
    this.#buckets.splice(earlier < 0 ? this.#buckets.length : earlier, 0, bucket)
    this.#bucket = bucket
    return bucket
  }
}
