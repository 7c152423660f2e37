import type { KeyValueIterator } from '../../../topology/api.ts'
import type { SessionStore } from '../../session-store.ts'
import type { Window, Windowed } from '../../windowed.ts'
import { MeteredTimedStore } from './metered-timed-store.ts'
import type { TimedStoreSettings } from './metered-timed-store.ts'
import type { RowsByKey, TimedCursor } from './timed-rows.ts'

/** The outermost layer of a session store: the time of a row is the end of its session, the minor number the start. */
export class MeteredSessionStore<K, V, R> extends MeteredTimedStore<K, V, R> implements SessionStore<K, V>, RowsByKey<K, V> {
  constructor(settings: TimedStoreSettings<K, V, R>) {
    super(settings, { minorBytes: 8, laterMinorFirst: true })
  }

  /** True when values are an aggregation and headers, not the aggregation alone. */
  get keepsHeaders(): boolean {
    return this.codec.logsHeaders === true
  }

  protected windowOf(end: number, start: number): Window {
    return { start, end }
  }

  put({ key, window }: Windowed<K>, value: V | undefined): void {
    this.putRow(this.storeKey(key), window.end, window.start, value)
  }

  remove({ key, window }: Windowed<K>): void {
    this.removeRow(this.storeKey(key), window.end, window.start)
  }

  fetchSession(key: K, start: number, end: number): V | undefined {
    return this.getRow(this.storeKey(key), end, start)
  }

  fetch(key: K): KeyValueIterator<Windowed<K>, V> {
    return this.findSessions(key, 0, Infinity)
  }

  backwardFetch(key: K): KeyValueIterator<Windowed<K>, V> {
    return this.backwardFindSessions(key, 0, Infinity)
  }

  fetchRange(keyFrom: K | undefined, keyTo: K | undefined): KeyValueIterator<Windowed<K>, V> {
    return this.findSessionsRange(keyFrom, keyTo, 0, Infinity)
  }

  backwardFetchRange(keyFrom: K | undefined, keyTo: K | undefined): KeyValueIterator<Windowed<K>, V> {
    return this.backwardFindSessionsRange(keyFrom, keyTo, 0, Infinity)
  }

  all(): KeyValueIterator<Windowed<K>, V> {
    return this.fetchRange(undefined, undefined)
  }

  findSessions(key: K, earliestEnd: number, latestStart: number): KeyValueIterator<Windowed<K>, V>
  findSessions(earliestEnd: number, latestEnd: number): KeyValueIterator<Windowed<K>, V>
  findSessions(keyOrEarliest: K | number, earliestOrLatest: number, latestStart?: number): KeyValueIterator<Windowed<K>, V> {
    if (latestStart !== undefined) return this.#find(keyOrEarliest as K, earliestOrLatest, latestStart, false)
    const [{ reads }, from, to] = [this, Math.max(0, keyOrEarliest as number), earliestOrLatest]
    return this.windowed(reads.fetchByTime?.(from, to) ?? reads.fetchRange(undefined, undefined, from, to, false))
  }

  backwardFindSessions(key: K, earliestEnd: number, latestStart: number): KeyValueIterator<Windowed<K>, V> {
    return this.#find(key, earliestEnd, latestStart, true)
  }

  findSessionsRange(
    keyFrom: K | undefined, keyTo: K | undefined, earliestEnd: number, latestStart: number,
  ): KeyValueIterator<Windowed<K>, V> {
    return this.#findRange(keyFrom, keyTo, earliestEnd, latestStart, false)
  }

  backwardFindSessionsRange(
    keyFrom: K | undefined, keyTo: K | undefined, earliestEnd: number, latestStart: number,
  ): KeyValueIterator<Windowed<K>, V> {
    return this.#findRange(keyFrom, keyTo, earliestEnd, latestStart, true)
  }

  #find(key: K, earliestEnd: number, latestStart: number, reverse: boolean): KeyValueIterator<Windowed<K>, V> {
    const cursor = this.rowsOf(key, earliestEnd, Infinity, reverse)
    return this.windowed(cursor, ({ minor }) => minor <= latestStart)
  }

  /** See RowsByKey: sessions by their ends. */
  rowsOf(key: K, from: number, to: number, reverse: boolean): TimedCursor<R> {
    return this.reads.fetch(this.storeKey(key), Math.max(0, from), Math.min(to, Number.MAX_SAFE_INTEGER), reverse)
  }

  #findRange(
    keyFrom: K | undefined, keyTo: K | undefined, earliestEnd: number, latestStart: number, reverse: boolean,
  ): KeyValueIterator<Windowed<K>, V> {
    const [low, high] = [this.optionalStoreKey(keyFrom), this.optionalStoreKey(keyTo)]
    const cursor = this.reads.fetchRange(low, high, Math.max(0, earliestEnd), Number.MAX_SAFE_INTEGER, reverse)
    return this.windowed(cursor, ({ minor }) => minor <= latestStart)
  }
}
