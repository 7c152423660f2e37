import type { Processor, ProcessorContext, Record } from '../../../topology/api.ts'
import type { Windowed } from '../../../stores/windowed.ts'
import type { Aggregator, Initializer } from '../../functions.ts'
import type { Windows } from '../../windows.ts'
import { TimeWindows } from '../../windows.ts'
import type { Change } from './change.ts'
import type { DslContext } from './context.ts'
import { dslContext } from './context.ts'
import { WindowEmission } from './window-emission.ts'
import { firstWindowStart, lastWindowStart } from './window-starts.ts'
import type { WindowUpdates } from './window-table-store.ts'
import { WindowTableStore } from './window-table-store.ts'

/** How values become an aggregate. Of `reduce` the first value is the aggregate: its initializer gives undefined. */
export interface Aggregating<K, V, VA> {
  readonly initializer: Initializer<VA | undefined>
  readonly aggregator: Aggregator<K, V, VA | undefined>
}

/** Aggregates records in windows of fixed size. Records without a key are dropped; those without a value are aggregated, as in Java. */
export class WindowAggregateProcessor<K, V, VA> implements Processor<K, V, Windowed<K>, Change<VA>> {
  readonly #windows: Windows
  /** The windows when their starts can be computed, without a map for each record. */
  readonly #regular: TimeWindows | undefined
  readonly #initializer: Initializer<VA | undefined>
  readonly #aggregator: Aggregator<K, V, VA | undefined>
  readonly #updates: WindowUpdates
  #context!: DslContext
  #store!: WindowTableStore<K, VA>
  #emission: WindowEmission | undefined
  #streamTime = -1

  constructor(windows: Windows, updates: WindowUpdates, { initializer, aggregator }: Aggregating<K, V, VA>) {
    this.#windows = windows
    this.#regular = windows instanceof TimeWindows ? windows : undefined
    this.#initializer = initializer
    this.#aggregator = aggregator
    this.#updates = updates
  }

  init(context: ProcessorContext): void {
    this.#context = dslContext(context)
    this.#store = new WindowTableStore(context, this.#updates)
    if (this.#updates.emits === 'on-window-close') this.#emission = new WindowEmission(context, this.#updates.storeName)
  }

  process(record: Record<K, V>): void {
    const { key, timestamp } = record
    if (key === undefined) {
      this.#context.recordDropped('null key')
      return
    }
    if (timestamp > this.#streamTime) this.#streamTime = timestamp
    const closeTime = this.#streamTime - this.#windows.gracePeriodMs
    const regular = this.#regular
    if (regular === undefined) {
      for (const [start, { end }] of this.#windows.windowsFor(timestamp)) this.#update(record, start, end, closeTime)
      return
    }
    const { size, advanceMs } = regular
    for (let start = firstWindowStart(timestamp, size, advanceMs); start <= timestamp; start += advanceMs) {
      this.#update(record, start, start + size, closeTime)
    }
    if (this.#emission !== undefined) this.#sendClosed(regular, this.#emission, closeTime, record)
  }

  #update(record: Record<K, V>, start: number, end: number, closeTime: number): void {
    if (end <= closeTime) {
      this.#context.recordDropped('expired window')
      return
    }
    const { key, value, timestamp } = record
    const row = this.#store.get(key, start)
    // As in Java, what the initializer gives counts as the old value of a new window.
    const before = row === undefined ? (this.#initializer() ?? undefined) : row.value
    const after = this.#aggregator(key, value, before) ?? undefined
    this.#store.update(record, start, end, after, before, row === undefined ? timestamp : Math.max(timestamp, row.timestamp))
  }

  #sendClosed({ size, advanceMs }: TimeWindows, emission: WindowEmission, closeTime: number, record: Record<K, V>): void {
    if (!emission.isDue(closeTime)) return
    // The last window that is closed starts here: ends are exclusive.
    const to = closeTime - size
    if (to < 0) return
    const { closedUntil } = emission
    let from = 0
    if (closedUntil !== undefined) {
      const sentTo = Math.max(0, closedUntil - size)
      const isSameFirst = firstWindowStart(sentTo, size, advanceMs) === firstWindowStart(to, size, advanceMs)
      if (isSameFirst && lastWindowStart(sentTo, advanceMs) === lastWindowStart(to, advanceMs)) return
      from = sentTo + 1
    }
    this.#store.sendAll(from, to, record)
    emission.sent(closeTime)
  }
}
