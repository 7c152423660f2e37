import type { TimedCursor, TimedRows } from './timed-rows.ts'

/** Rows that come back with less than what was put: see RowFormat. */
export class ForgettingTimedRows<R> implements TimedRows<R> {
  readonly #below: TimedRows<R>
  readonly #forget: (row: R) => R

  constructor(below: TimedRows<R>, forget: (row: R) => R) {
    this.#below = below
    this.#forget = forget
  }

  get(key: string, time: number, minor: number): R | undefined {
    return this.#below.get(key, time, minor)
  }

  put(key: string, time: number, minor: number, row: R): void {
    this.#below.put(key, time, minor, this.#forget(row))
  }

  delete(key: string, time: number, minor: number): void {
    this.#below.delete(key, time, minor)
  }

  fetch(key: string, from: number, to: number, reverse: boolean): TimedCursor<R> {
    return this.#below.fetch(key, from, to, reverse)
  }

  fetchRange(keyFrom: string | undefined, keyTo: string | undefined, from: number, to: number, reverse: boolean): TimedCursor<R> {
    return this.#below.fetchRange(keyFrom, keyTo, from, to, reverse)
  }
}
