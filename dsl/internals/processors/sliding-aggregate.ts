import { TopologyError } from '../../../lib/core/errors.ts'
import type { Record, ValueAndTimestamp } from '../../../topology/api.ts'
import type { Aggregator, Initializer } from '../../functions.ts'
import type { SlidingWindows } from '../../windows.ts'
import type { Aggregating } from './window-aggregate.ts'
import type { WindowUpdates } from './window-table-store.ts'
import { WindowTableStore } from './window-table-store.ts'
import { WindowedAggregateProcessor } from './windowed-aggregate.ts'

/**
 * Aggregates records in sliding windows. A record at time t is in its left window, which ends at t, and in every window that
 * covers t; windows exist only where their set of records differs from their neighbours': one ends at each record, and one
 * starts just after each record that has others behind it (its right window).
 *
 * A new window takes its aggregate from one that has the same records already, so each record costs one walk over the windows
 * of its key that are near.
 */
export class SlidingAggregateProcessor<K, V, VA> extends WindowedAggregateProcessor<K, V, VA, WindowTableStore<K, VA>> {
  readonly #difference: number
  readonly #gracePeriodMs: number
  readonly #initializer: Initializer<VA | undefined>
  readonly #aggregator: Aggregator<K, V, VA | undefined>
  /** Starts of the windows that the walk has met, at the beginning; one array for all records, which is not emptied. */
  readonly #starts: number[] = []
  #met = 0

  constructor(windows: SlidingWindows, updates: WindowUpdates, { initializer, aggregator }: Aggregating<K, V, VA>) {
    super(updates, (context, how) => new WindowTableStore(context, how))
    this.#difference = windows.timeDifferenceMs
    this.#gracePeriodMs = windows.gracePeriodMs
    this.#initializer = initializer
    this.#aggregator = aggregator
  }

  override process(record: Record<K, V>): void {
    const { timestamp } = record
    if (record.key === undefined || record.value === undefined) {
      this.context.recordDropped('null key or value')
      return
    }
    const closeTime = this.streamTimeAt(timestamp) - this.#gracePeriodMs
    if (timestamp + this.#difference < closeTime) {
      this.context.recordDropped('expired window')
      return
    }
    if (timestamp < this.#difference) {
      // As in Java, closed windows are not sent at such records.
      this.#processEarly(record, closeTime)
      return
    }
    this.#processUsual(record, closeTime)
    this.sendClosed(closeTime, record)
  }

  /** Walks from the right window of the record back to the last window before its left one. */
  #processUsual(record: Record<K, V>, closeTime: number): void {
    const { key, timestamp } = record
    this.#met = 0
    let right: ValueAndTimestamp<VA> | undefined
    let left: ValueAndTimestamp<VA> | undefined
    let hasRight = false
    let hasLeft = false
    let previous: number | undefined
    const windows = this.store.fetch(key, timestamp - 2 * this.#difference, timestamp + 1, true)
    try {
      while (windows.next()) {
        const start = windows.time
        const row = this.store.toRow(windows.row())
        this.#starts[this.#met++] = start
        const end = start + this.#difference
        if (start === timestamp + 1) {
          hasRight = true
        } else if (end > timestamp) {
          right ??= row
          this.#update(record, start, row.value, row.timestamp, closeTime)
        } else if (end === timestamp) {
          hasLeft = true
          this.#update(record, start, row.value, row.timestamp, closeTime)
          // A record of the same time was here before: all windows there are to be exist.
          if (row.timestamp >= timestamp) return
          previous = row.timestamp
        } else {
          left = row
          previous = row.timestamp
          break
        }
      }
    } finally {
      windows.close()
    }
    if (previous !== undefined && previous + 1 + this.#difference >= timestamp && !this.#hasMet(previous + 1)) {
      this.#update(record, previous + 1, this.#initial(), timestamp, closeTime)
    }
    if (!hasLeft) this.#createLeft(record, left, previous, closeTime)
    if (!hasRight && right !== undefined) this.#createRight(record, right)
  }

  #createLeft(record: Record<K, V>, before: ValueAndTimestamp<VA> | undefined, previous: number | undefined, closeTime: number): void {
    if (this.#difference === 0) throw new TopologyError('Window endMs must be greater than window startMs. Sliding windows need a time difference of 1 ms')
    const start = record.timestamp - this.#difference
    const isShared = before !== undefined && previous !== undefined && previous >= start
    this.#update(record, start, isShared ? before.value : this.#initial(), record.timestamp, closeTime)
  }

  /** Windows that would start before 0 are one: that from 0 to the time difference holds all records of that time. */
  #processEarly(record: Record<K, V>, closeTime: number): void {
    const { key, timestamp } = record
    this.#met = 0
    let combined: ValueAndTimestamp<VA> | undefined
    let right: ValueAndTimestamp<VA> | undefined
    let hasRight = false
    const windows = this.store.fetch(key, 0, timestamp + 1, false)
    try {
      while (windows.next()) {
        const start = windows.time
        const row = this.store.toRow(windows.row())
        this.#starts[this.#met++] = start
        if (start === 0) {
          combined = row
        } else if (start <= timestamp) {
          right = row
          this.#update(record, start, row.value, row.timestamp, closeTime)
        } else {
          hasRight = true
        }
      }
    } finally {
      windows.close()
    }
    if (right === undefined && combined !== undefined && combined.timestamp > timestamp) right = combined
    if (!hasRight && right !== undefined) this.#createRight(record, right)
    if (combined === undefined) {
      this.#update(record, 0, this.#initial(), timestamp, closeTime)
      return
    }
    const previous = combined.timestamp
    if (previous < timestamp && !this.#hasMet(previous + 1)) this.#update(record, previous + 1, this.#initial(), timestamp, closeTime)
    this.#update(record, 0, combined.value, combined.timestamp, closeTime)
  }

  /** The window behind the record, with those of `others` that are there; none, when nothing is. */
  #createRight(record: Record<K, V>, others: ValueAndTimestamp<VA>): void {
    if (others.timestamp <= record.timestamp) return
    const start = record.timestamp + 1
    this.store.update(record, start, start + this.#difference, others.value, undefined, others.timestamp)
  }

  #hasMet(start: number): boolean {
    for (let i = 0; i < this.#met; i++) if (this.#starts[i] === start) return true
    return false
  }

  #initial(): VA | undefined {
    return this.#initializer() ?? undefined
  }

  #update(record: Record<K, V>, start: number, before: VA | undefined, beforeTimestamp: number, closeTime: number): void {
    const end = start + this.#difference
    if (end < closeTime) {
      this.context.recordDropped('expired window')
      return
    }
    const { key, value, timestamp } = record
    const after = this.#aggregator(key, value, before) ?? undefined
    this.store.update(record, start, end, after, before, before === undefined ? timestamp : Math.max(timestamp, beforeTimestamp))
  }

  /** The last window that is closed starts there: ends are inclusive. */
  protected override lastClosed(closeTime: number): number {
    return closeTime - this.#difference - 1
  }

  protected override firstClosed(closedUntil: number | undefined): number {
    return closedUntil === undefined ? 0 : Math.max(0, closedUntil - this.#difference)
  }
}
