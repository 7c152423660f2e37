import type { TimedEntry } from '../internals/timed/timed-cursors.ts'
import type { TimedCursor } from '../internals/timed/timed-rows.ts'

/** Takes rows as they are found. */
export interface FoundRows<R> {
  add(key: string, time: number, minor: number, row: R): void
}

interface FoundRow<R> {
  readonly time: number
  readonly minor: number
  readonly row: R
  next: FoundRow<R> | undefined
}

/**
 * A cursor over rows of one key, as they were when they were found. Processors open one for each record and find a row or two:
 * so these are chained, which takes less memory than any list.
 */
export class KeyCursor<R> implements TimedCursor<R>, FoundRows<R> {
  readonly reverse: boolean
  #key = ''
  #first: FoundRow<R> | undefined
  #last: FoundRow<R> | undefined
  #at: FoundRow<R> | undefined
  /** There are rows of one time, whose order depends on the store. */
  hasTies = false

  /** Rows are found from the newest to the oldest, and given back in that order when `reverse` is true. */
  constructor(reverse: boolean) {
    this.reverse = reverse
  }

  get isEmpty(): boolean {
    return this.#first === undefined
  }

  add(key: string, time: number, minor: number, row: R): void {
    const first = this.#first
    const last = this.#last
    this.#key = key
    const found: FoundRow<R> = { time, minor, row, next: undefined }
    if (first === undefined || last === undefined) {
      this.#first = found
      this.#last = found
    } else if (this.reverse) {
      if (last.time === time) this.hasTies = true
      last.next = found
      this.#last = found
    } else {
      if (first.time === time) this.hasTies = true
      found.next = first
      this.#first = found
    }
  }

  /** All rows, in the order of their times. */
  entries(): TimedEntry<R>[] {
    const entries: TimedEntry<R>[] = []
    for (let row = this.#first; row !== undefined; row = row.next) entries.push({ key: this.#key, time: row.time, minor: row.minor, row: row.row })
    return entries
  }

  get key(): string {
    return this.#key
  }

  get time(): number {
    return this.#at!.time
  }

  get minor(): number {
    return this.#at!.minor
  }

  next(): boolean {
    const next = this.#first
    this.#at = next
    if (next === undefined) return false
    this.#first = next.next
    return true
  }

  row(): R {
    return this.#at!.row
  }

  close(): void {
    this.#first = undefined
    this.#at = undefined
  }
}
