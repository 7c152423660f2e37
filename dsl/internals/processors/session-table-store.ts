import { Headers } from '../../../lib/core/headers.ts'
import type { AggregationWithHeaders } from '../../../stores/internals/header-rows.ts'
import type { CachedStateStore } from '../../../stores/internals/store-context.ts'
import type { RowsByKey, TimedCursor } from '../../../stores/internals/timed/timed-rows.ts'
import type { SessionStore } from '../../../stores/session-store.ts'
import type { Windowed } from '../../../stores/windowed.ts'
import { Record } from '../../../topology/api.ts'
import type { ProcessingContext, ProcessorContext, ValueAndTimestamp } from '../../../topology/api.ts'
import { Change } from './change.ts'
import type { DslContext } from './context.ts'
import { dslContext } from './context.ts'
import type { ValueGetter, ValueGetterSupplier } from './table.ts'
import type { WindowUpdates } from './window-table-store.ts'

/** Session stores with a form for headers hold the aggregate in an object; the DSL writes no headers into it. */
type Stored<V> = V | AggregationWithHeaders<V>

type SessionRowStore<K, V> = SessionStore<K, Stored<V>> & RowsByKey<K, Stored<V>>
  & Partial<CachedStateStore<Windowed<K>, Stored<V>>> & { readonly keepsHeaders?: boolean }

/** The aggregate of a row of such a store. */
const aggregateOf = <V>(store: SessionRowStore<never, V>, stored: Stored<V>): V =>
  store.keepsHeaders === true ? (stored as AggregationWithHeaders<V>).value : (stored as V)

/**
 * The store of a table of sessions in the hands of the processor that fills it. Updates go downstream at once, or, when the
 * store is cached, as they leave the cache; sessions that are sent when they close by {@link SessionTableStore.sendAll}.
 * Updates have the time of the session's end.
 */
export class SessionTableStore<K, V> {
  readonly #store: SessionRowStore<K, V>
  readonly #context: DslContext
  readonly #sendOldValues: boolean
  readonly #forwardsUpdates: boolean

  constructor(context: ProcessorContext, { storeName, emits, sendOldValues }: WindowUpdates) {
    this.#context = dslContext(context)
    this.#store = context.getStateStore<SessionRowStore<K, V>>(storeName)
    this.#sendOldValues = sendOldValues
    const isCached = emits === 'on-window-update' && (this.#store.setFlushListener?.(this.#flushed, sendOldValues) ?? false)
    this.#forwardsUpdates = emits === 'on-window-update' && !isCached
  }

  /** Rows with headers of their own, which are none, lose those of the record. */
  readonly #flushed = (session: Windowed<K>, newRow: Stored<V> | undefined, oldRow: Stored<V> | undefined): void => {
    const headers = this.#store.keepsHeaders === true ? Headers.empty : this.#context.currentHeaders
    const change = new Change(newRow === undefined ? undefined : this.aggregateOf(newRow), oldRow === undefined ? undefined : this.aggregateOf(oldRow), true)
    this.#context.forward(new Record(session, change, session.window.end, headers))
  }

  /** The sessions of a key that end at `earliestEnd` or later, by their ends; the minor number is the start. */
  find(key: K, earliestEnd: number): TimedCursor<unknown> {
    return this.#store.rowsOf(key, earliestEnd, Infinity, false)
  }

  /** The aggregate of a row of such a cursor. */
  aggregateOfRow(row: unknown): V {
    return this.aggregateOf(this.#store.toValue(row))
  }

  aggregateOf(stored: Stored<V>): V {
    return aggregateOf(this.#store as SessionRowStore<never, V>, stored)
  }

  /** Takes a session out, because it became part of another one. */
  remove(session: Windowed<K>, aggregate: V): void {
    this.#store.remove(session)
    if (this.#forwardsUpdates) this.#forward(session, undefined, this.#sendOldValues ? aggregate : undefined)
  }

  /** Stores the aggregate of a session; undefined deletes it. */
  put(session: Windowed<K>, aggregate: V | undefined): void {
    const row = aggregate === undefined || this.#store.keepsHeaders !== true ? aggregate : { value: aggregate }
    this.#store.put(session, row)
    if (this.#forwardsUpdates) this.#forward(session, aggregate, undefined)
  }

  /** As in Java, without the headers of the record that caused it. */
  #forward(session: Windowed<K>, newValue: V | undefined, oldValue: V | undefined): void {
    this.#context.forward(new Record(session, new Change(newValue, oldValue, true), session.window.end))
  }

  /** Sends all sessions that end from `from` to `to`, as consequences of `cause`. Returns how many there were. */
  sendAll(from: number, to: number, cause: Record<K, unknown>): number {
    let count = 0
    for (const [session, row] of this.#store.findSessions(from, to)) {
      this.#context.forward(new Record(session, new Change(this.aggregateOf(row), undefined, true), session.window.end, cause.headers))
      count++
    }
    return count
  }
}

class SessionValueGetter<K, V> implements ValueGetter<Windowed<K>, V> {
  readonly #storeName: string
  #store!: SessionRowStore<K, V>

  constructor(storeName: string) {
    this.#storeName = storeName
  }

  init(context: ProcessingContext): void {
    this.#store = context.getStateStore<SessionRowStore<K, V>>(this.#storeName)
  }

  get({ key, window }: Windowed<K>): ValueAndTimestamp<V> | undefined {
    const stored = this.#store.fetchSession(key, window.start, window.end)
    return stored === undefined ? undefined : { value: aggregateOf(this.#store as SessionRowStore<never, V>, stored), timestamp: window.end }
  }
}

/** Looks rows up in a store of sessions. */
export const sessionStoreView = <K, V>(storeName: string): ValueGetterSupplier<Windowed<K>, V> => ({
  get: () => new SessionValueGetter<K, V>(storeName),
  storeNames: [storeName],
})
