import { Record } from '../../../topology/api.ts'
import type { KeyValueIterator, ProcessingContext, ProcessorContext, StateStore, ValueAndTimestamp } from '../../../topology/api.ts'
import type { CachedStateStore } from '../../../stores/internals/store-context.ts'
import type { RowsByKey, TimedCursor } from '../../../stores/internals/timed/timed-rows.ts'
import type { TimestampedWindowStore } from '../../../stores/window-store.ts'
import type { Window, Windowed } from '../../../stores/windowed.ts'
import type { EmitStrategyType } from '../../windows.ts'
import { Change } from './change.ts'
import type { DslContext } from './context.ts'
import { dslContext } from './context.ts'
import { flushListener } from './flush-listener.ts'
import type { ValueGetter, ValueGetterSupplier } from './table.ts'

type WindowRowStore<K, V> = TimestampedWindowStore<K, V> & RowsByKey<K, ValueAndTimestamp<V>> & StateStore & Partial<CachedStateStore<Windowed<K>, ValueAndTimestamp<V>>> & {
  /** Millrace's own stores find closed windows at less cost. */
  fetchClosed?(from: number, to: number): KeyValueIterator<Windowed<K>, ValueAndTimestamp<V>>
}

/** How a windowed aggregation sends what it stores. */
export interface WindowUpdates {
  readonly storeName: string
  readonly emits: EmitStrategyType
  readonly sendOldValues: boolean
}

/**
 * The store of a windowed table in the hands of the processor that fills it. Updates go downstream at once, or, when the store
 * is cached, as they leave the cache; of windows that are sent when they close, {@link WindowTableStore.sendAll} sends the rows.
 */
export class WindowTableStore<K, V> {
  readonly #store: WindowRowStore<K, V>
  readonly #context: DslContext
  readonly #sendOldValues: boolean
  readonly #forwardsUpdates: boolean
  #window: Window = { start: NaN, end: NaN }

  constructor(context: ProcessorContext, { storeName, emits, sendOldValues }: WindowUpdates) {
    this.#context = dslContext(context)
    this.#store = context.getStateStore<WindowRowStore<K, V>>(storeName)
    this.#sendOldValues = sendOldValues
    // What leaves the cache before its window closes is nobody's business downstream.
    const isCached = emits === 'on-window-update' && (this.#store.setFlushListener?.(flushListener<Windowed<K>, V>(this.#context), sendOldValues) ?? false)
    this.#forwardsUpdates = emits === 'on-window-update' && !isCached
  }

  get(key: K, windowStart: number): ValueAndTimestamp<V> | undefined {
    return this.#store.fetch(key, windowStart)
  }

  /** The windows of a key that start from `from` to `to`. */
  fetch(key: K, from: number, to: number, reverse: boolean): TimedCursor<unknown> {
    return this.#store.rowsOf(key, from, to, reverse)
  }

  /** A row of such a cursor. */
  toRow(row: unknown): ValueAndTimestamp<V> {
    return this.#store.toValue(row)
  }

  /** Stores the row of a window (undefined deletes it) and lets those downstream know. */
  update(record: Record<K, unknown>, start: number, end: number, value: V | undefined, oldValue: V | undefined, timestamp: number): void {
    this.#store.put(record.key, value === undefined ? undefined : { value, timestamp }, start)
    if (!this.#forwardsUpdates) return
    const change = new Change(value, this.#sendOldValues ? oldValue : undefined, true)
    this.#context.forward(new Record({ key: record.key, window: this.#windowOf(start, end) }, change, timestamp, record.headers))
  }

  /** Keys that follow each other are mostly in the same window. */
  #windowOf(start: number, end: number): Window {
    if (this.#window.start !== start) this.#window = { start, end }
    return this.#window
  }

  /** Sends the rows of all windows that start from `from` to `to`, as consequences of `cause`. Returns how many there were. */
  sendAll(from: number, to: number, cause: Record<K, unknown>): number {
    let count = 0
    for (const [key, row] of this.#store.fetchClosed?.(from, to) ?? this.#store.fetchAll(from, to)) {
      this.#context.forward(new Record(key, new Change(row.value, undefined, true), row.timestamp, cause.headers))
      count++
    }
    return count
  }
}

class WindowValueGetter<K, V> implements ValueGetter<Windowed<K>, V> {
  readonly #storeName: string
  #store!: WindowRowStore<K, V>

  constructor(storeName: string) {
    this.#storeName = storeName
  }

  init(context: ProcessingContext): void {
    this.#store = context.getStateStore<WindowRowStore<K, V>>(this.#storeName)
  }

  get({ key, window }: Windowed<K>): ValueAndTimestamp<V> | undefined {
    return this.#store.fetch(key, window.start)
  }
}

/** Looks rows up in a store of windows. */
export const windowStoreView = <K, V>(storeName: string): ValueGetterSupplier<Windowed<K>, V> => ({
  get: () => new WindowValueGetter<K, V>(storeName),
  storeNames: [storeName],
})
