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
  /** When the oldest bucket may go. */
  #firstEnd = Infinity
  /** Mostly nothing is found, and then one cursor serves the next range, too. */
  #spare: KeyCursor<R> | undefined

  /** `bucketMs`: so much older than asked for rows may become. Reads of one key look into each bucket of their range. */
  constructor(order: TimedOrder, bucketMs: number, columns: () => RowColumns<R> = () => new PlainColumns<R>()) {
    this.#order = order
    this.#bucketMs = bucketMs
    this.#columns = columns
    this.#bucket = this.#none()
  }

  get(key: string, time: number, minor: number): R | undefined {
    return this.#at(time)?.get(key, time, minor)
  }

  put(key: string, time: number, minor: number, row: R): void {
    const bucket = this.#at(time) ?? this.#add(time)
    bucket.put(key, time, minor, row)
  }

  delete(key: string, time: number, minor: number): void {
    this.#at(time)?.delete(key, time, minor)
  }

  fetch(key: string, from: number, to: number, reverse: boolean): TimedCursor<R> {
    const found = this.#spare?.reverse === reverse ? this.#spare : new KeyCursor<R>(reverse)
    const buckets = this.#buckets
    for (let i = 0; i < buckets.length && buckets[i]!.end > from; i++) {
      if (buckets[i]!.from <= to) buckets[i]!.gather(key, from, to, found)
    }
    this.#spare = found.isEmpty ? found : undefined
    if (found.isEmpty) return noRows
    return found.hasTies ? this.#sorted(found.entries(), reverse) : found
  }

  fetchRange(keyFrom: string | undefined, keyTo: string | undefined, from: number, to: number, reverse: boolean): TimedCursor<R> {
    const found = new FoundEntries<R>()
    for (const bucket of this.#buckets) {
      if (bucket.end > from && bucket.from <= to) bucket.gatherAll(keyFrom, keyTo, from, to, found)
    }
    return found.entries.length === 0 ? noRows : this.#sorted(found.entries, reverse)
  }

  #sorted(entries: TimedEntry<R>[], reverse: boolean): TimedCursor<R> {
    entries.sort(this.#order)
    return new GatheredCursor(reverse ? entries.reverse() : entries)
  }

  /** Rows before that time are not asked for any more. */
  expireBefore(oldest: number): void {
    if (oldest < this.#firstEnd) return
    const buckets = this.#buckets
    while (buckets.length > 0 && buckets[buckets.length - 1]!.end <= oldest) buckets.pop()
    this.#firstEnd = buckets[buckets.length - 1]?.end ?? Infinity
    if (this.#bucket.end <= oldest) this.#bucket = buckets[0] ?? this.#none()
  }

  #none(): TimedBucket<R> {
    return new TimedBucket<R>(NaN, NaN, this.#columns())
  }

  #at(time: number): TimedBucket<R> | undefined {
    const last = this.#bucket
    if (time >= last.from && time < last.end) return last
    const found = this.#buckets.find(({ from, end }) => time >= from && time < end)
    if (found !== undefined) this.#bucket = found
    return found
  }

  #add(time: number): TimedBucket<R> {
    const from = time - (time % this.#bucketMs)
    const end = from + this.#bucketMs
    const bucket = new TimedBucket<R>(from, end, this.#columns())
    if (end < this.#firstEnd) this.#firstEnd = end
    const earlier = this.#buckets.findIndex((other) => other.end < end)
    this.#buckets.splice(earlier < 0 ? this.#buckets.length : earlier, 0, bucket)
    this.#bucket = bucket
    return bucket
  }
}
