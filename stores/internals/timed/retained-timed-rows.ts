import { noRows } from './timed-cursors.ts'
import type { Retention } from './retention.ts'
import type { TimedCursor, TimedRows } from './timed-rows.ts'

/** Hides rows that are older than the retention, and drops late ones. */
export class RetainedTimedRows<R> implements TimedRows<R> {
  readonly #below: TimedRows<R>
  readonly #retention: Retention
  readonly #onMoved: (oldest: number) => void
  readonly #onDropped: () => void
  readonly #ignoresDeletes: boolean
  #oldest = -Infinity

  /**
   * `onMoved` hears when older rows may go, `onDropped` of each change that came too late. With `ignoresDeletes` they do not even
   * move the limit: so do Java's stores in files that retain duplicates, where a delete can hit nothing.
   */
  constructor(
    below: TimedRows<R>, retention: Retention, onMoved: (oldest: number) => void, onDropped: () => void, ignoresDeletes = false,
  ) {
    this.#below = below
    this.#retention = retention
    this.#onMoved = onMoved
    this.#onDropped = onDropped
    this.#ignoresDeletes = ignoresDeletes
  }

  get(key: string, time: number, minor: number): R | undefined {
    return time < this.#oldest ? undefined : this.#below.get(key, time, minor)
  }

  put(key: string, time: number, minor: number, row: R): void {
    if (!this.admits(time)) {
      this.#onDropped()
      return
    }
    this.#below.put(key, time, minor, row)
  }

  /**
   * Takes a change over from the changelog; what that holds beyond the retention is normal, and not counted as dropped. After a
   * crash it may be ahead of the offsets that were committed, and records come again: they are to find what they found before.
   * So rows that are later than `streamTime`, up to which records are known to be done with, make no others old.
   */
  restore(key: string, time: number, minor: number, row: R | undefined, streamTime: number): void {
    if (!this.admits(time, streamTime)) return
    if (row !== undefined) this.#below.put(key, time, minor, row)
    else if (!this.#ignoresDeletes) this.#below.delete(key, time, minor)
  }

  /** False when a row of that time is too old. */
  admits(time: number, latest?: number): boolean {
    const isAdmitted = this.#retention.admits(time, latest)
    const { oldest } = this.#retention
    if (oldest > this.#oldest) {
      this.#oldest = oldest
      this.#onMoved(this.#retention.oldestKept)
    }
    return isAdmitted
  }

  delete(key: string, time: number, minor: number, isRemoval = false): void {
    if (this.#ignoresDeletes) return
    if (isRemoval && !this.#retention.keepsSegments) this.#below.delete(key, time, minor)
    else if (this.admits(time)) this.#below.delete(key, time, minor)
    else if (!isRemoval) this.#onDropped()
  }

  fetch(key: string, from: number, to: number, reverse: boolean): TimedCursor<R> {
    const oldest = Math.max(from, this.#oldest)
    return to < oldest ? noRows : this.#below.fetch(key, oldest, to, reverse)
  }

  /** Also what reads of keys do not find any more, as long as it is there: so Java's stores send sessions that close late. */
  fetchByTime(from: number, to: number): TimedCursor<R> {
    const oldest = Math.max(from, this.#retention.oldestKept)
    if (to < oldest) return noRows
    return this.#below.fetchByTime?.(oldest, to) ?? this.#below.fetchRange(undefined, undefined, oldest, to, false)
  }

  fetchRange(keyFrom: string | undefined, keyTo: string | undefined, from: number, to: number, reverse: boolean): TimedCursor<R> {
    const oldest = Math.max(from, this.#oldest)
    return to < oldest ? noRows : this.#below.fetchRange(keyFrom, keyTo, oldest, to, reverse)
  }
}
