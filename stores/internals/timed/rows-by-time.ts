import { GatheredCursor } from './timed-cursors.ts'
import type { TimedEntry } from './timed-cursors.ts'
import type { TimedKeys } from './timed-key.ts'
import type { TimedOrder } from './timed-order.ts'
import type { TimedCursor, TimedRows } from './timed-rows.ts'

/** Rows whose times are in one of these spans are kept together, ms. */
const BUCKET_MS = 1000

const bucketOf = (time: number): number => Math.floor(time / BUCKET_MS)

/**
 * Finds rows of all keys by time, for stores that give them when they close. The rows below are sorted by key, so those that
 * have not been given yet are kept here by time too. Nothing is kept before the first question, which reads all rows from
 * its time on; the next ones are expected to begin where the last one ended.
 */
export class RowsByTime<R> implements TimedRows<R> {
  readonly #below: TimedRows<R>
  readonly #keys: TimedKeys
  readonly #order: TimedOrder
  readonly #mostBuckets: number
  readonly #buckets = new Map<number, Map<string, TimedEntry<R>>>()
  /** All rows from that time on are here. */
  #from = Infinity

  /** `keptMs`: rows below are never older than the newest by more than that. */
  constructor(below: TimedRows<R>, keys: TimedKeys, order: TimedOrder, keptMs: number) {
    this.#below = below
    this.#keys = keys
    this.#order = order
    this.#mostBuckets = bucketOf(keptMs) + 2
  }

  get(key: string, time: number, minor: number): R | undefined {
    return this.#below.get(key, time, minor)
  }

  put(key: string, time: number, minor: number, row: R): void {
    this.#below.put(key, time, minor, row)
    if (time >= this.#from) this.#add({ key, time, minor, row })
  }

  delete(key: string, time: number, minor: number): void {
    this.#below.delete(key, time, minor)
    if (time >= this.#from) this.#buckets.get(bucketOf(time))?.delete(this.#keys.compose(key, time, minor))
  }

  #add(entry: TimedEntry<R>): void {
    const number = bucketOf(entry.time)
    let bucket = this.#buckets.get(number)
    if (bucket === undefined) {
      // Nobody has asked for so long that the rows are better read again.
      if (this.#buckets.size > this.#mostBuckets) this.#forget()
      bucket = new Map()
      this.#buckets.set(number, bucket)
    }
    bucket.set(this.#keys.compose(entry.key, entry.time, entry.minor), entry)
  }

  #forget(): void {
    this.#buckets.clear()
    this.#from = Infinity
  }

  fetch(key: string, from: number, to: number, reverse: boolean): TimedCursor<R> {
    return this.#below.fetch(key, from, to, reverse)
  }

  fetchRange(keyFrom: string | undefined, keyTo: string | undefined, from: number, to: number, reverse: boolean): TimedCursor<R> {
    return this.#below.fetchRange(keyFrom, keyTo, from, to, reverse)
  }

  fetchByTime(from: number, to: number): TimedCursor<R> {
    if (from < this.#from) this.#readAll(from)
    const found: TimedEntry<R>[] = []
    for (const [number, bucket] of this.#buckets) {
      if (number < bucketOf(from)) this.#buckets.delete(number)
      else if (number <= bucketOf(to)) for (const entry of bucket.values()) if (entry.time >= from && entry.time <= to) found.push(entry)
    }
    this.#from = Math.max(this.#from, bucketOf(from) * BUCKET_MS)
    return new GatheredCursor(found.sort(this.#order))
  }

  #readAll(from: number): void {
    this.#forget()
    const cursor = this.#below.fetchRange(undefined, undefined, from, Number.MAX_SAFE_INTEGER, false)
    while (cursor.next()) this.#add({ key: cursor.key, time: cursor.time, minor: cursor.minor, row: cursor.row() })
    cursor.close()
    this.#from = from
  }
}
