import type { EngineTable } from '../../../engines/engine.ts'
import type { RowBytes } from '../../row-codec.ts'
import { DELETED } from '../../rows.ts'
import type { Deleted } from '../../rows.ts'
import type { MinorBytes } from '../timed-key.ts'
import type { TimedCursor } from '../timed-rows.ts'
import { pageKey } from './run-keys.ts'
import { RunPage } from './run-page.ts'
import type { Run } from './run.ts'

/** Which rows a cursor is to find. */
export interface RowRange {
  /** Undefined: open. */
  readonly keyFrom: string | undefined
  readonly keyTo: string | undefined
  readonly from: number
  readonly to: number
  /** Composed keys: no row of the range is before `low`, or on `end` or behind it. */
  readonly low: string
  readonly end: string | undefined
  readonly reverse: boolean
}

/** The page in which a composed key is, if it is anywhere; -1 before the first one. */
export const pageOf = ({ firsts }: Run, composed: string): number => {
  let low = 0
  let high = firsts.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (firsts[middle]! <= composed) low = middle + 1
    else high = middle
  }
  return low - 1
}

/** Walks over the rows of one run, also deleted ones. Pages that are gone meanwhile, as they have expired, end it. */
export class RunCursor<R> implements TimedCursor<R | Deleted> {
  key = ''
  time = 0
  minor = 0
  readonly #run: Run
  readonly #table: EngineTable
  readonly #codec: Pick<RowBytes<R>, 'read'>
  readonly #range: RowRange
  readonly #page: RunPage
  #pageNumber: number
  #index = 0
  #done = false

  constructor(run: Run, table: EngineTable, codec: Pick<RowBytes<R>, 'read'>, minorBytes: MinorBytes, range: RowRange) {
    this.#run = run
    this.#table = table
    this.#codec = codec
    this.#range = range
    this.#page = new RunPage(minorBytes)
    const { low, end, reverse } = range
    if (reverse) this.#pageNumber = end === undefined ? run.firsts.length - 1 : pageOf(run, end)
    else this.#pageNumber = Math.max(0, pageOf(run, low))
    if (!this.#openPage()) return
    if (!reverse) this.#index = this.#page.lowerBound(low) - 1
    else if (end !== undefined) this.#index = this.#page.lowerBound(end)
  }

  /** Stands before the first row of the page, or behind the last one. */
  #openPage(): boolean {
    const isThere = this.#pageNumber >= 0 && this.#pageNumber < this.#run.firsts.length
    const bytes = isThere ? this.#table.get(pageKey(this.#run, this.#pageNumber)) : undefined
    if (bytes === undefined) {
      this.#done = true
      return false
    }
    this.#page.openCopy(bytes)
    this.#index = this.#range.reverse ? this.#page.count : -1
    return true
  }

  next(): boolean {
    const { reverse, low, end, from, to, keyFrom, keyTo } = this.#range
    const page = this.#page
    const step = reverse ? -1 : 1
    while (!this.#done) {
      this.#index += step
      if (this.#index < 0 || this.#index >= page.count) {
        this.#pageNumber += step
        this.#openPage()
        continue
      }
      page.moveTo(this.#index)
      if (reverse ? page.compareTo(low) < 0 : end !== undefined && page.compareTo(end) >= 0) break
      const { time } = page
      if (time < from || time > to) continue
      // Among the bytes of one key's rows there may be those of others, longer or shorter ones.
      const { key } = page
      if ((keyFrom !== undefined && key < keyFrom) || (keyTo !== undefined && key > keyTo)) continue
      this.key = key
      this.time = time
      this.minor = page.minor
      return true
    }
    this.#done = true
    return false
  }

  row(): R | Deleted {
    const { isDeleted, bytes, valueStart, valueEnd } = this.#page
    return isDeleted ? DELETED : this.#codec.read(bytes, valueStart, valueEnd)
  }

  close(): void {
    this.#done = true
  }
}
