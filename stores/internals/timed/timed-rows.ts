/**
 * The rows of window and session stores inside Millrace: a key (as in Rows), a time in ms and a minor number, which are
 * start and sequence number of a window, or end and start of a session. All layers of such a store speak this.
 */
export interface TimedRows<R> {
  get(key: string, time: number, minor: number): R | undefined
  put(key: string, time: number, minor: number, row: R): void
  /**
   * `isRemoval`: the session was asked to go, and was not put without a value. Java's stores do not count such a delete when it
   * comes too late, and those in memory do not take it for a sign of time passing.
   */
  delete(key: string, time: number, minor: number, isRemoval?: boolean): void
  /** Rows of one key with a time from `from` to `to`, both included. */
  fetch(key: string, from: number, to: number, reverse: boolean): TimedCursor<R>
  /** Rows of the keys from `keyFrom` to `keyTo` (both included; undefined: open), in the store's order. */
  fetchRange(keyFrom: string | undefined, keyTo: string | undefined, from: number, to: number, reverse: boolean): TimedCursor<R>
  /** Rows of all keys, in order of time, for stores whose rows are sent when they close. */
  fetchByTime?(from: number, to: number): TimedCursor<R>
}

/** A store as the DSL's own processors read it: rows of one key, without an object for each that is passed. */
export interface RowsByKey<K, V> {
  /** Rows with a time from `from` to `to`, both included. */
  rowsOf(key: K, from: number, to: number, reverse: boolean): TimedCursor<unknown>
  /** The value of a row of such a cursor. */
  toValue(row: unknown): V
}

/** Where a row stands. */
export interface TimedPosition {
  readonly key: string
  readonly time: number
  readonly minor: number
}

/** A position before, on and behind rows, as RowCursor. */
export interface TimedCursor<R> extends TimedPosition {
  next(): boolean
  row(): R
  close(): void
}
