import type { Windowed } from '../../../stores/windowed.ts'
import type { Processor, ProcessorContext, Record } from '../../../topology/api.ts'
import type { Change } from './change.ts'
import type { DslContext } from './context.ts'
import { dslContext } from './context.ts'
import { WindowEmission } from './window-emission.ts'
import type { WindowUpdates } from './window-table-store.ts'

/** The store of a windowed table, as far as closed windows are sent from it. */
interface ClosedRows<K> {
  sendAll(from: number, to: number, cause: Record<K, unknown>): void
}

/** What aggregations in windows and sessions have in common: their store, stream time, and how what has closed is sent. */
export abstract class WindowedAggregateProcessor<K, V, VA, S extends ClosedRows<K>> implements Processor<K, V, Windowed<K>, Change<VA>> {
  readonly #updates: WindowUpdates
  readonly #openStore: (context: ProcessorContext, updates: WindowUpdates) => S
  #emission: WindowEmission | undefined
  protected context!: DslContext
  protected store!: S
  #streamTime = -1

  constructor(updates: WindowUpdates, openStore: (context: ProcessorContext, updates: WindowUpdates) => S) {
    this.#updates = updates
    this.#openStore = openStore
  }

  init(context: ProcessorContext): void {
    this.context = dslContext(context)
    this.store = this.#openStore(context, this.#updates)
    if (this.#updates.emits === 'on-window-close') this.#emission = new WindowEmission(context, this.#updates.storeName)
  }

  abstract process(record: Record<K, V>): void

  /** The time of which the last row that is closed stands in the store; below 0 when none can be. */
  protected abstract lastClosed(closeTime: number): number

  /** The time from which rows up to `last` were not sent yet, after a round with that closing time; larger than `last` for none. */
  protected abstract firstClosed(closedUntil: number | undefined, last: number): number

  /** The stream time of this operator, with a record of that time. */
  protected streamTimeAt(timestamp: number): number {
    if (timestamp > this.#streamTime) this.#streamTime = timestamp
    return this.#streamTime
  }

  /** Sends what has closed, where that is when results are sent and a round of it is due. */
  protected sendClosed(closeTime: number, cause: Record<K, V>): void {
    const emission = this.#emission
    if (emission === undefined || !emission.isDue(closeTime)) return
    const last = this.lastClosed(closeTime)
    if (last < 0) return
    const first = this.firstClosed(emission.closedUntil, last)
    if (first > last) return
    this.store.sendAll(first, last, cause)
    emission.sent(closeTime)
  }
}
