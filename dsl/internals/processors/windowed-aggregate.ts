import type { Windowed } from '../../../stores/windowed.ts'
import type { Processor, ProcessorContext, Record } from '../../../topology/api.ts'
import type { Change } from './change.ts'
import type { DslContext, NodeMetric, NodeSensor } from './context.ts'
import { dslContext } from './context.ts'
import { WindowEmission } from './window-emission.ts'
import type { WindowUpdates } from './window-table-store.ts'

const EMIT_LATENCY: readonly NodeMetric[] = [
  ['window-aggregate-final-emit-latency-avg', 'avg', 'The average latency of calls to emit final in milliseconds'],
  ['window-aggregate-final-emit-latency-max', 'max', 'The maximum latency of calls to emit final in milliseconds'],
]
const EMITTED: readonly NodeMetric[] = [
  ['window-aggregate-final-emit-rate', 'rate', 'The average number of emit final records per second'],
  ['window-aggregate-final-emit-total', 'total', 'The total number of emit final records'],
]

/** The store of a windowed table, as far as closed windows are sent from it. */
interface ClosedRows<K> {
  /** Returns how many rows there were. */
  sendAll(from: number, to: number, cause: Record<K, unknown>): number
}

/** What aggregations in windows and sessions have in common: their store, stream time, and how what has closed is sent. */
export abstract class WindowedAggregateProcessor<K, V, VA, S extends ClosedRows<K>> implements Processor<K, V, Windowed<K>, Change<VA>> {
  readonly #updates: WindowUpdates
  readonly #openStore: (context: ProcessorContext, updates: WindowUpdates) => S
  #emission: WindowEmission | undefined
  #emitted!: NodeSensor
  #emitLatency!: NodeSensor
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
    this.#emitLatency = this.context.nodeSensor(EMIT_LATENCY)
    this.#emitted = this.context.nodeSensor(EMITTED)
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
    const begunAt = performance.now()
    const count = this.store.sendAll(first, last, cause)
    this.#emitLatency.record(performance.now() - begunAt)
    this.#emitted.record(count)
    emission.sent(closeTime)
  }
}
