import type { Windowed } from '../../../stores/windowed.ts'
import type { Record } from '../../../topology/api.ts'
import type { Merger } from '../../functions.ts'
import type { SessionWindows } from '../../windows.ts'
import { SessionTableStore } from './session-table-store.ts'
import type { Aggregating } from './window-aggregate.ts'
import type { WindowUpdates } from './window-table-store.ts'
import { WindowedAggregateProcessor } from './windowed-aggregate.ts'

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
export class SessionAggregateProcessor<K, V, VA> extends WindowedAggregateProcessor<K, V, VA, SessionTableStore<K, VA>> {
  readonly #gap: number
  /** A session that ended longer ago is closed, ms. */
  readonly #openFor: number
  readonly #how: SessionAggregating<K, V, VA>
  /** Of the record at hand, at the beginning; one list for all of them, which is not emptied. */
  readonly #met: Met<K, VA>[] = []

  constructor({ inactivityGap, gracePeriodMs }: SessionWindows, updates: WindowUpdates, how: SessionAggregating<K, V, VA>) {
    super(updates, (context, settings) => new SessionTableStore(context, settings))
    this.#gap = inactivityGap
    this.#openFor = inactivityGap + gracePeriodMs
    this.#how = how
  }

  override process(record: Record<K, V>): void {
    const { key, timestamp } = record
    if (key === undefined) {
      this.context.recordDropped('null key')
      return
    }
    const closeTime = this.streamTimeAt(timestamp) - this.#openFor
    this.#aggregate(record, closeTime)
    this.sendClosed(closeTime, record)
  }

  #aggregate(record: Record<K, V>, closeTime: number): void {
    const { key, timestamp } = record
    const { initializer, aggregator, merger } = this.#how
    const met = this.#met
    let count = 0
    let aggregate = initializer() ?? undefined
    let start = timestamp
    let end = timestamp
    const store = this.store
    const sessions = store.find(key, timestamp - this.#gap)
    try {
      while (sessions.next()) {
        const window = { start: sessions.minor, end: sessions.time }
        if (window.start > timestamp + this.#gap) continue
        const merged = store.aggregateOfRow(sessions.row())
        met[count++] = { session: { key, window }, aggregate: merged }
        aggregate = merger(key, aggregate, merged) ?? undefined
        if (window.start < start) start = window.start
        if (window.end > end) end = window.end
      }
    } finally {
      sessions.close()
    }
    if (end < closeTime) {
      this.context.recordDropped('expired session')
      return
    }
    // A session of this very instant is updated in place.
    if (start !== end) for (let i = 0; i < count; i++) store.remove(met[i]!.session, met[i]!.aggregate)
    store.put({ key, window: { start, end } }, aggregator(key, record.value, aggregate) ?? undefined)
  }

  /** The end of a session belongs to it. */
  protected override lastClosed(closeTime: number): number {
    return closeTime - 1
  }

  protected override firstClosed(closedUntil: number | undefined): number {
    return Math.max(0, closedUntil ?? 0)
  }
}
