import type { TimedCursor } from './timed-rows.ts'

/** Windows that start in one of these spans are kept together, ms. */
const BUCKET_MS = 1000

const bucketOf = (start: number): number => Math.floor(start / BUCKET_MS)

/** The keys that have a window of one start: sliding windows rarely share theirs. */
type Keys = string | Set<string>

/** Windows of one start. */
export interface ClosedWindows {
  readonly start: number
  /** In order. */
  readonly keys: readonly string[]
}

/**
 * Remembers which windows of a store in files were not sent yet, since the rows there are sorted by key and not by time.
 * Nothing is kept before the first question, which reads where all rows stand; from then on windows are added as they are put,
 * and leave when they were asked for.
 */
export class OpenWindows {
  readonly #mostBuckets: number
  /** By number of bucket, then by start. */
  readonly #buckets = new Map<number, Map<number, Keys>>()
  /** All windows that start at that time or later are here. */
  #from = Infinity

  /** `keptMs`: rows of the store are never older than the newest by more than that. */
  constructor(keptMs: number) {
    this.#mostBuckets = bucketOf(keptMs) + 2
  }

  /** A row was put. */
  add(key: string, start: number): void {
    if (start < this.#from) return
    // Nobody has asked for so long that the rows are better read again.
    if (this.#buckets.size > this.#mostBuckets) this.forget()
    else this.#insert(key, start)
  }

  #insert(key: string, start: number): void {
    const number = bucketOf(start)
    let bucket = this.#buckets.get(number)
    if (bucket === undefined) {
      bucket = new Map()
      this.#buckets.set(number, bucket)
    }
    const keys = bucket.get(start)
    if (keys === undefined) bucket.set(start, key)
    else if (typeof keys !== 'string') keys.add(key)
    else if (keys !== key) bucket.set(start, new Set([keys, key]))
  }

  /** The store got rows from elsewhere. */
  forget(): void {
    if (this.#from === Infinity) return
    this.#buckets.clear()
    this.#from = Infinity
  }

  /**
   * The windows that start from `from` to `to`, in order; they leave, with all earlier ones. Some of their rows may be deleted
   * by now. `readAll` visits all rows of the store that start at `from` or later.
   */
  take(from: number, to: number, readAll: (from: number, visit: (key: string, start: number) => void) => void): ClosedWindows[] {
    if (from < this.#from) {
      this.forget()
      this.#from = from
      readAll(from, (key, start) => this.#insert(key, start))
    }
    const taken: ClosedWindows[] = []
    for (const [number, bucket] of this.#buckets) {
      if (number > bucketOf(to)) continue
      for (const [start, keys] of bucket) {
        if (start > to) continue
        if (start >= from) taken.push({ start, keys: typeof keys === 'string' ? [keys] : [...keys].sort() })
        bucket.delete(start)
      }
      if (bucket.size === 0) this.#buckets.delete(number)
    }
    this.#from = Math.max(this.#from, to + 1)
    return taken.sort((a, b) => a.start - b.start)
  }
}

/** The rows of closed windows that are still there, looked up as they are reached. */
export class ClosedWindowsCursor<R> implements TimedCursor<R> {
  key = ''
  time = 0
  readonly minor = 0
  #closed: readonly ClosedWindows[]
  readonly #get: (key: string, start: number) => R | undefined
  #at = 0
  #keyAt = 0
  #row: R | undefined

  constructor(closed: readonly ClosedWindows[], get: (key: string, start: number) => R | undefined) {
    this.#closed = closed
    this.#get = get
  }

  next(): boolean {
    for (;;) {
      const windows = this.#closed[this.#at]
      if (windows === undefined) return false
      const key = windows.keys[this.#keyAt++]
      if (key === undefined) {
        this.#at++
        this.#keyAt = 0
        continue
      }
      const row = this.#get(key, windows.start)
      if (row === undefined) continue
      this.key = key
      this.time = windows.start
      this.#row = row
      return true
    }
  }

  row(): R {
    return this.#row as R
  }

  close(): void {
    this.#closed = []
    this.#row = undefined
  }
}
