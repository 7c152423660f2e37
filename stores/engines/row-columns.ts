import type { ValueAndTimestamp } from '../../topology/api.ts'

/**
 * Rows in memory by number, in a form that suits them: where a row is taken apart into columns an update leaves no object behind
 * that has to be moved out of the young generation. What `get` gives nobody sees change in his hands.
 */
export interface RowColumns<R> {
  get(place: number): R
  /** Places are taken one after the other, and some of them again. */
  set(place: number, row: R): void
  clear(place: number): void
}

/** Rows as they are: values that do not change. */
export class PlainColumns<R> implements RowColumns<R> {
  readonly #rows: (R | undefined)[] = []

  get(place: number): R {
    return this.#rows[place] as R
  }

  set(place: number, row: R): void {
    this.#rows[place] = row
  }

  clear(place: number): void {
    this.#rows[place] = undefined
  }
}

const FIRST_ROWS = 64

/** Rows of a value and a timestamp: a list of values, and one of timestamps. */
export class TimestampedColumns<S> implements RowColumns<ValueAndTimestamp<S>> {
  readonly #values: (S | undefined)[] = []
  #timestamps = new Float64Array(FIRST_ROWS)

  get(place: number): ValueAndTimestamp<S> {
    return { value: this.#values[place] as S, timestamp: this.#timestamps[place]! }
  }

  set(place: number, { value, timestamp }: ValueAndTimestamp<S>): void {
    this.#values[place] = value
    if (place >= this.#timestamps.length) this.#grow(place + 1)
    this.#timestamps[place] = timestamp
  }

  clear(place: number): void {
    this.#values[place] = undefined
  }

  #grow(rows: number): void {
    const grown = new Float64Array(Math.max(rows, this.#timestamps.length * 2))
    grown.set(this.#timestamps)
    this.#timestamps = grown
  }
}
