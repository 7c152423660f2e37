import type { Windowed } from '../../../stores/windowed.ts'
import type { Processor, ProcessorContext, Record } from '../../../topology/api.ts'
import type { Merger } from '../../functions.ts'
import type { SessionWindows } from '../../windows.ts'
import type { Change } from './change.ts'
import type { DslContext } from './context.ts'
import { dslContext } from './context.ts'
import { SessionTableStore } from './session-table-store.ts'
import type { Aggregating } from './window-aggregate.ts'
import { WindowEmission } from './window-emission.ts'
import type { WindowUpdates } from './window-table-store.ts'

/** How values become the aggregate of a session, and aggregates of sessions become one. */
export interface SessionAggregating<K, V, VA> extends Aggregating<K, V, VA> {
  readonly merger: Merger<K, VA | undefined>
}

/** A session that a record is part of. */
interface Met<K, VA> {
  readonly session: Windowed<K>
  readonly aggregate: VA
}

/**
 * Aggregates records in sessions: those within the gap of a record become one with it, and are removed. Records without a key
 * are dropped; those without a value are aggregated, as in Java.
 */
export class SessionAggregateProcessor<K, V, VA> implements Processor<K, V, Windowed<K>, Change<VA>> {
  readonly #gap: number
  /** A session that ended longer ago is closed, ms. */
  readonly #openFor: number
  readonly #how: SessionAggregating<K, V, VA>
  readonly #updates: WindowUpdates
  #context!: DslContext
  #store!: SessionTableStore<K, VA>
  #emission: WindowEmission | undefined
  #streamTime = -1
  /** Of the record at hand; one list for all of them. */
  readonly #met: Met<K, VA>[] = []

  constructor({ inactivityGap, gracePeriodMs }: SessionWindows, updates: WindowUpdates, how: SessionAggregating<K, V, VA>) {
    this.#gap = inactivityGap
    this.#openFor = inactivityGap + gracePeriodMs
    this.#how = how
    this.#updates = updates
  }

  init(context: ProcessorContext): void {
    this.#context = dslContext(context)
    this.#store = new SessionTableStore(context, this.#updates)
    if (this.#updates.emits === 'on-window-close') this.#emission = new WindowEmission(context, this.#updates.storeName)
  }

  process(record: Record<K, V>): void {
    const { key, timestamp } = record
    if (key === undefined) {
      this.#context.recordDropped('null key')
      return
    }
    if (timestamp > this.#streamTime) this.#streamTime = timestamp
    const closeTime = this.#streamTime - this.#openFor
    this.#aggregate(record, closeTime)
    if (this.#emission !== undefined) this.#sendClosed(this.#emission, closeTime, record)
  }

  #aggregate(record: Record<K, V>, closeTime: number): void {
    const { key, timestamp } = record
    const { initializer, aggregator, merger } = this.#how
    const met = this.#met
    met.length = 0
    let aggregate = initializer() ?? undefined
    let start = timestamp
    let end = timestamp
    const store = this.#store
    const sessions = store.find(key, timestamp - this.#gap)
    try {
      while (sessions.next()) {
        const window = { start: sessions.minor, end: sessions.time }
        if (window.start > timestamp + this.#gap) continue
        const merged = store.aggregateOfRow(sessions.row())
        met.push({ session: { key, window }, aggregate: merged })
        aggregate = merger(key, aggregate, merged) ?? undefined
        if (window.start < start) start = window.start
        if (window.end > end) end = window.end
      }
    } finally {
      sessions.close()
    }
    if (end < closeTime) {
      this.#context.recordDropped('expired session')
      return
    }
    // A session of this very instant is updated in place.
    if (start !== end) for (const each of met) store.remove(each.session, each.aggregate)
    store.put({ key, window: { start, end } }, aggregator(key, record.value, aggregate) ?? undefined)
  }

  #sendClosed(emission: WindowEmission, closeTime: number, record: Record<K, V>): void {
    if (!emission.isDue(closeTime)) return
    // The end of a session belongs to it.
    const to = closeTime - 1
    const from = Math.max(0, emission.closedUntil ?? 0)
    if (from > to) return
    this.#store.sendAll(from, to, record)
    emission.sent(closeTime)
  }
}
