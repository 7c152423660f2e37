import type { StateStore } from '../../../topology/api.ts'
import type { Windowed } from '../../../stores/windowed.ts'
import { CompositeSessionStore } from '../composite-session-store.ts'
import type { LocalSessionStore } from '../composite-session-store.ts'
import { CompositeWindowStore } from '../composite-window-store.ts'
import type { LocalWindowStore } from '../composite-window-store.ts'
import type { Query } from '../query.ts'
import type { QueryIterator } from '../query-iterator.ts'
import { plainValue } from '../shown-values.ts'

export const isWindowStore = (store: StateStore): store is LocalWindowStore => 'fetchAll' in store && 'backwardFetchAll' in store

export const isSessionStore = (store: StateStore): store is LocalSessionStore => 'findSessions' in store && 'fetchSession' in store

const windowsOf = <K, V>(store: () => StateStore): CompositeWindowStore<K, V> =>
  new CompositeWindowStore<K, V>(() => [store() as LocalWindowStore], plainValue)

/** The windows of one key that start in a span of time, both ends included. */
export class WindowKeyQuery<K, V> implements Query<QueryIterator<number, V>> {
  readonly name = 'WindowKeyQuery'
  readonly key: K
  /** ms */
  readonly timeFrom: number
  /** ms */
  readonly timeTo: number

  private constructor(key: K, timeFrom: number, timeTo: number) {
    this.key = key
    this.timeFrom = timeFrom
    this.timeTo = timeTo
  }

  static withKeyAndWindowStartRange<K, V>(key: K, timeFrom: number, timeTo: number): WindowKeyQuery<K, V> {
    return new WindowKeyQuery<K, V>(key, timeFrom, timeTo)
  }

  accepts(store: StateStore): boolean {
    return isWindowStore(store)
  }

  execute(store: () => StateStore, signal: AbortSignal | undefined): QueryIterator<number, V> {
    return windowsOf<K, V>(store).fetchWindows(this.key, this.timeFrom, this.timeTo, { signal })
  }
}

/** All sessions of a key, of a session store; or all windows that start in a span of time, of a window store. */
export class WindowRangeQuery<K, V> implements Query<QueryIterator<Windowed<K>, V>> {
  readonly name = 'WindowRangeQuery'
  readonly key: K | undefined
  readonly timeFrom: number | undefined
  readonly timeTo: number | undefined

  private constructor(key: K | undefined, timeFrom: number | undefined, timeTo: number | undefined) {
    this.key = key
    this.timeFrom = timeFrom
    this.timeTo = timeTo
  }

  static withKey<K, V>(key: K): WindowRangeQuery<K, V> {
    return new WindowRangeQuery<K, V>(key, undefined, undefined)
  }

  static withWindowStartRange<K, V>(timeFrom: number, timeTo: number): WindowRangeQuery<K, V> {
    return new WindowRangeQuery<K, V>(undefined, timeFrom, timeTo)
  }

  accepts(store: StateStore): boolean {
    return this.key === undefined ? isWindowStore(store) : isSessionStore(store)
  }

  execute(store: () => StateStore, signal: AbortSignal | undefined): QueryIterator<Windowed<K>, V> {
    if (this.key !== undefined) return new CompositeSessionStore<K, V>(() => [store() as LocalSessionStore], plainValue).fetch(this.key, { signal })
    return windowsOf<K, V>(store).fetchAll(this.timeFrom ?? 0, this.timeTo ?? Number.MAX_SAFE_INTEGER, { signal })
  }
}
