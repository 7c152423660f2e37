import type { TimedOrder } from './timed-order.ts'
import type { TimedCursor, TimedPosition } from './timed-rows.ts'

/** What a cache had at one place when it was asked. */
export interface CachedRow<R> extends TimedPosition {
  /** Undefined: deleted. */
  readonly row: R | undefined
}

/** Rows of a cache, as they are now, above the rows below, both in the same order. */
export class CachedTimedCursor<R> implements TimedCursor<R> {
  key = ''
  time = 0
  minor = 0
  readonly #cached: readonly CachedRow<R>[]
  readonly #below: TimedCursor<R>
  readonly #order: TimedOrder
  readonly #sign: 1 | -1
  #at = 0
  #isBelow: boolean
  #row: R | undefined

  constructor(cached: readonly CachedRow<R>[], below: TimedCursor<R>, order: TimedOrder, reverse: boolean) {
    this.#cached = cached
    this.#below = below
    this.#order = order
    this.#sign = reverse ? -1 : 1
    this.#isBelow = below.next()
  }

  next(): boolean {
    const below = this.#below
    for (;;) {
      const cached = this.#cached[this.#at]
      const difference = cached === undefined ? 1 : this.#isBelow ? this.#compare(cached, below) : -1
      if (cached === undefined || difference > 0) {
        if (!this.#isBelow) return false
        this.#stand(below, below.row())
        this.#isBelow = below.next()
        return true
      }
      this.#at++
      if (difference === 0) this.#isBelow = below.next()
      if (cached.row === undefined) continue
      this.#stand(cached, cached.row)
      return true
    }
  }

  #compare(cached: CachedRow<R>, below: TimedCursor<R>): number {
    if (cached.time === below.time && cached.minor === below.minor && cached.key === below.key) return 0
    return this.#sign * this.#order(cached, below)
  }

  #stand({ key, time, minor }: TimedPosition, row: R): void {
    this.key = key
    this.time = time
    this.minor = minor
    this.#row = row
  }

  row(): R {
    return this.#row as R
  }

  close(): void {
    this.#below.close()
    this.#isBelow = false
    this.#at = this.#cached.length
    this.#row = undefined
  }
}
