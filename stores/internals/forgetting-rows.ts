import type { RowCursor, Rows } from './rows.ts'

/** Rows that come back with less than what was put: see RowFormat. */
export class ForgettingRows<R> implements Rows<R> {
  readonly #below: Rows<R>
  readonly #forget: (row: R) => R

  constructor(below: Rows<R>, forget: (row: R) => R) {
    this.#below = below
    this.#forget = forget
  }

  get(key: string): R | undefined {
    return this.#below.get(key)
  }

  put(key: string, row: R): void {
    this.#below.put(key, this.#forget(row))
  }

  delete(key: string): void {
    this.#below.delete(key)
  }

  range(from: string, end: string | undefined, reverse: boolean): RowCursor<R> {
    return this.#below.range(from, end, reverse)
  }

  approximateCount(): number {
    return this.#below.approximateCount()
  }
}
