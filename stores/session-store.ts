import type { KeyValueIterator, StateStore } from '../topology/api.ts'
import type { Windowed } from './windowed.ts'

/** What may be read of a session store. All times in ms since the epoch, both ends of sessions included. */
export interface ReadOnlySessionStore<K, V> {
  /** The value of exactly that session. */
  fetchSession(key: K, start: number, end: number): V | undefined
  /** All sessions of a key, by their end. */
  fetch(key: K): KeyValueIterator<Windowed<K>, V>
  /** The same, the last first. */
  backwardFetch(key: K): KeyValueIterator<Windowed<K>, V>
  /** All sessions of the keys from `keyFrom` to `keyTo`, both included; undefined means open. */
  fetchRange(keyFrom: K | undefined, keyTo: K | undefined): KeyValueIterator<Windowed<K>, V>
  /** The same, the last first. */
  backwardFetchRange(keyFrom: K | undefined, keyTo: K | undefined): KeyValueIterator<Windowed<K>, V>
  /** All sessions within the retention. */
  all(): KeyValueIterator<Windowed<K>, V>
  /** The sessions of a key that end at `earliestEnd` or later and start at `latestStart` or earlier. */
  findSessions(key: K, earliestEnd: number, latestStart: number): KeyValueIterator<Windowed<K>, V>
  /** The sessions of all keys that end from `earliestEnd` to `latestEnd`, both included; of stores in memory by their ends. */
  findSessions(earliestEnd: number, latestEnd: number): KeyValueIterator<Windowed<K>, V>
  /** As the first form, the last first. */
  backwardFindSessions(key: K, earliestEnd: number, latestStart: number): KeyValueIterator<Windowed<K>, V>
  /** The same for the keys from `keyFrom` to `keyTo`. */
  findSessionsRange(
    keyFrom: K | undefined, keyTo: K | undefined, earliestEnd: number, latestStart: number,
  ): KeyValueIterator<Windowed<K>, V>
  /** The same, the last first. */
  backwardFindSessionsRange(
    keyFrom: K | undefined, keyTo: K | undefined, earliestEnd: number, latestStart: number,
  ): KeyValueIterator<Windowed<K>, V>
}

/** Values by key and session. Sessions that ended longer ago than the retention, counted from the latest end the store has seen, are gone. */
export interface SessionStore<K, V> extends StateStore, ReadOnlySessionStore<K, V> {
  /** `undefined` removes. A session that is too old already is dropped (and logged, as in Java). */
  put(session: Windowed<K>, value: V | undefined): void
  /** Removes exactly that session, if it is there. */
  remove(session: Windowed<K>): void
}
