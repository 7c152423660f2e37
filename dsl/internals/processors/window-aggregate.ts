import type { Record } from '../../../topology/api.ts'
import type { Aggregator, Initializer } from '../../functions.ts'
import type { Windows } from '../../windows.ts'
import { TimeWindows } from '../../windows.ts'
import { firstWindowStart, lastWindowStart } from './window-starts.ts'
import type { WindowUpdates } from './window-table-store.ts'
import { WindowTableStore } from './window-table-store.ts'
import { WindowedAggregateProcessor } from './windowed-aggregate.ts'

/** How values become an aggregate. Of `reduce` the first value is the aggregate: its initializer gives undefined. */
export interface Aggregating<K, V, VA> {
  readonly initializer: Initializer<VA | undefined>
  readonly aggregator: Aggregator<K, V, VA | undefined>
}

/** Aggregates records in windows of fixed size. Records without a key are dropped; those without a value are aggregated, as in Java. */
export class WindowAggregateProcessor<K, V, VA> extends WindowedAggregateProcessor<K, V, VA, WindowTableStore<K, VA>> {
  readonly #windows: Windows
  /** The windows when their starts can be computed, without a map for each record. */
  readonly #regular: TimeWindows | undefined
  readonly #initializer: Initializer<VA | undefined>
  readonly #aggregator: Aggregator<K, V, VA | undefined>

  constructor(windows: Windows, updates: WindowUpdates, { initializer, aggregator }: Aggregating<K, V, VA>) {
    super(updates, (context, how) => new WindowTableStore(context, how))
    this.#windows = windows
    this.#regular = windows instanceof TimeWindows ? windows : undefined
    this.#initializer = initializer
    this.#aggregator = aggregator
  }

  override process(record: Record<K, V>): void {
    const { key, timestamp } = record
    if (key === undefined) {
      this.context.recordDropped('null key')
      return
    }
    const closeTime = this.streamTimeAt(timestamp) - this.#windows.gracePeriodMs
    const regular = this.#regular
    if (regular === undefined) {
      for (const [start, { end }] of this.#windows.windowsFor(timestamp)) this.#update(record, start, end, closeTime)
      return
    }
    const { size, advanceMs } = regular
    for (let start = firstWindowStart(timestamp, size, advanceMs); start <= timestamp; start += advanceMs) {
      this.#update(record, start, start + size, closeTime)
    }
    this.sendClosed(closeTime, record)
  }

  #update(record: Record<K, V>, start: number, end: number, closeTime: number): void {
    if (end <= closeTime) {
      this.context.recordDropped('expired window')
      return
    }
    const { key, value, timestamp } = record
    const row = this.store.get(key, start)
    // As in Java, what the initializer gives counts as the old value of a new window.
    const before = row === undefined ? (this.#initializer() ?? undefined) : row.value
    const after = this.#aggregator(key, value, before) ?? undefined
    this.store.update(record, start, end, after, before, row === undefined ? timestamp : Math.max(timestamp, row.timestamp))
  }

  /** The last window that is closed starts there: ends are exclusive. */
  protected override lastClosed(closeTime: number): number {
    return closeTime - this.#regular!.size
  }

  protected override firstClosed(closedUntil: number | undefined, last: number): number {
    if (closedUntil === undefined) return 0
    const { size, advanceMs } = this.#regular!
    const sentTo = Math.max(0, closedUntil - size)
    const isSameFirst = firstWindowStart(sentTo, size, advanceMs) === firstWindowStart(last, size, advanceMs)
    return isSameFirst && lastWindowStart(sentTo, advanceMs) === lastWindowStart(last, advanceMs) ? Infinity : sentTo + 1
  }
}
