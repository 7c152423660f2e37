import { GatheredCursor, noRows } from '../internals/timed/timed-cursors.ts'
import type { TimedEntry } from '../internals/timed/timed-cursors.ts'
import type { TimedOrder } from '../internals/timed/timed-order.ts'
import type { TimedCursor, TimedRows } from '../internals/timed/timed-rows.ts'
import { KeyCursor } from './key-cursor.ts'
import type { FoundRows } from './key-cursor.ts'
import { PlainColumns } from './row-columns.ts'
import type { RowColumns } from './row-columns.ts'
import { TimedBucket } from './timed-bucket.ts'

class FoundEntries<R> implements FoundRows<R> {
  readonly entries: TimedEntry<R>[] = []

  add(key: string, time: number, minor: number, row: R): void {
    this.entries.push({ key, time, minor, row })
  }
}

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
  /** Mostly nothing is found, and then one cursor serves the next range, too. */
  #spare: KeyCursor<R> | undefined

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
    const found = this.#spare?.reverse === reverse ? this.#spare : new KeyCursor<R>(reverse)
    const first = this.#numberOf(from)
    const last = this.#numberOf(to)
    const buckets = this.#buckets
    for (let i = 0; i < buckets.length && buckets[i]!.number >= first; i++) {
      if (buckets[i]!.number <= last) buckets[i]!.gather(key, from, to, found)
    }
    this.#spare = found.isEmpty ? found : undefined
    if (found.isEmpty) return noRows
    return found.hasTies ? this.#sorted(found.entries(), reverse) : found
  }

  fetchRange(keyFrom: string | undefined, keyTo: string | undefined, from: number, to: number, reverse: boolean): TimedCursor<R> {
    const found = new FoundEntries<R>()
    const [first, last] = [this.#numberOf(from), this.#numberOf(to)]
    for (const bucket of this.#buckets) {
      if (bucket.number >= first && bucket.number <= last) bucket.gatherAll(keyFrom, keyTo, from, to, found)
    }
    return found.entries.length === 0 ? noRows : this.#sorted(found.entries, reverse)
  }

  #sorted(entries: TimedEntry<R>[], reverse: boolean): TimedCursor<R> {
    entries.sort(this.#order)
    return new GatheredCursor(reverse ? entries.reverse() : entries)
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
