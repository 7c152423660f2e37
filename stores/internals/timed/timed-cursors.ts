import { DELETED } from '../rows.ts'
import type { Deleted } from '../rows.ts'
import type { TimedOrder } from './timed-order.ts'
import type { TimedCursor, TimedPosition } from './timed-rows.ts'

export interface TimedEntry<R> extends TimedPosition {
  readonly row: R
}

class NoRows implements TimedCursor<never> {
  readonly key = ''
  readonly time = 0
  readonly minor = 0

  next(): boolean {
    return false
  }

  row(): never {
    throw new Error('a cursor behind the last row has none')
  }

  close(): void {}
}

/** The cursor of a range without rows. */
export const noRows: TimedCursor<never> = new NoRows()

/** A cursor over rows that were gathered before, in that order. */
export class GatheredCursor<R> implements TimedCursor<R> {
  #entries: readonly TimedEntry<R>[]
  #position = -1

  constructor(entries: readonly TimedEntry<R>[]) {
    this.#entries = entries
  }

  next(): boolean {
    return ++this.#position < this.#entries.length
  }

  get key(): string {
    return this.#entries[this.#position]!.key
  }

  get time(): number {
    return this.#entries[this.#position]!.time
  }

  get minor(): number {
    return this.#entries[this.#position]!.minor
  }

  row(): R {
    return this.#entries[this.#position]!.row
  }

  close(): void {
    this.#entries = []
  }
}

/** One view of layers of changes over rows below, newest layer first, all in the same order; see MergedCursor. */
export class MergedTimedCursor<R> implements TimedCursor<R> {
  key = ''
  time = 0
  minor = 0
  readonly #cursors: (TimedCursor<R | Deleted> | undefined)[]
  readonly #order: TimedOrder
  readonly #sign: 1 | -1
  #row: R | undefined

  constructor(cursors: readonly TimedCursor<R | Deleted>[], order: TimedOrder, reverse: boolean) {
    this.#cursors = cursors.map((cursor) => (cursor.next() ? cursor : undefined))
    this.#order = order
    this.#sign = reverse ? -1 : 1
  }

  next(): boolean {
    for (;;) {
      let nearest: TimedCursor<R | Deleted> | undefined
      for (const cursor of this.#cursors) {
        if (cursor !== undefined && (nearest === undefined || this.#sign * this.#order(cursor, nearest) < 0)) nearest = cursor
      }
      if (nearest === undefined) return false
      const row = nearest.row()
      this.key = nearest.key
      this.time = nearest.time
      this.minor = nearest.minor
      this.#passBy()
      if (row === DELETED) continue
      this.#row = row
      return true
    }
  }

  /** Moves every layer that stands on the current position. */
  #passBy(): void {
    const cursors = this.#cursors
    for (let i = 0; i < cursors.length; i++) {
      const cursor = cursors[i]
      if (cursor === undefined || cursor.time !== this.time || cursor.minor !== this.minor || cursor.key !== this.key) continue
      if (!cursor.next()) cursors[i] = undefined
    }
  }

  row(): R {
    return this.#row as R
  }

  close(): void {
    for (const cursor of this.#cursors) cursor?.close()
    this.#cursors.length = 0
    this.#row = undefined
  }
}
