import { MemoryRows } from '../../engines/memory.ts'
import { NONE } from '../cache-columns.ts'
import { CacheIndex } from '../cache-index.ts'
import { NamedCache } from '../named-cache.ts'
import type { CacheParts } from '../named-cache.ts'
import { after } from '../rows.ts'
import type { TimedKeys } from './timed-key.ts'

/** In Java's cache such keys have the number of their segment in front. */
const SEGMENT_BYTES = 8

/** The cached rows of one key by number, in the order of time and minor number. The oldest leave first: their places stay empty for a while. */
interface Timeline {
  readonly rows: number[]
  first: number
}

/**
 * The cache of a window or session store. As long as nobody asks for ranges an index leads to each row; from the first range on there is a
 * short list by time for each key instead, as ranges of one key are what such processors ask for.
 */
export class TimedCache<R> extends NamedCache<R> {
  readonly #suffixBytes: number
  /** Undefined once there are timelines. */
  #index: CacheIndex<R> | undefined = new CacheIndex(this.columns)
  readonly #timelines = new MemoryRows<Timeline>()
  /** By row. */
  readonly #homes: (Timeline | undefined)[] = []
  #lastKey: string | undefined
  #lastTimeline: Timeline | undefined
  /** What was found or put last, if it is of the last key. */
  #lastRow = NONE

  constructor(parts: CacheParts<R>, keys: TimedKeys) {
    super(parts)
    this.#suffixBytes = keys.suffixLength + SEGMENT_BYTES
  }

  #timelineOf(key: string): Timeline | undefined {
    if (key === this.#lastKey) return this.#lastTimeline
    this.#lastKey = key
    this.#lastRow = NONE
    return (this.#lastTimeline = this.#timelines.get(key))
  }

  #isBefore(row: number, time: number, minor: number): boolean {
    const own = this.columns.time(row)
    return own < time || (own === time && this.columns.minor(row) < minor)
  }

  /** The place of the first row that is not before (time, minor). */
  #placeOf({ rows, first }: Timeline, time: number, minor: number): number {
    let high = rows.length
    let low = first
    // Nearly always it is about the newest ones.
    if (high === low || this.#isBefore(rows[high - 1]!, time, minor)) return high
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#isBefore(rows[middle]!, time, minor)) low = middle + 1
      else high = middle
    }
    return low
  }

  protected insert(row: number): void {
    if (this.#index === undefined) this.#intoTimeline(row)
    else {
      this.#index.add(row)
      this.#lastKey = this.columns.key(row)
    }
    this.#lastRow = row
  }

  #intoTimeline(row: number): void {
    const key = this.columns.key(row)
    let timeline = this.#timelineOf(key)
    if (timeline === undefined) {
      timeline = { rows: [row], first: 0 }
      this.#timelines.put(key, timeline)
      this.#lastTimeline = timeline
    } else {
      const { rows } = timeline
      const at = this.#placeOf(timeline, this.columns.time(row), this.columns.minor(row))
      if (at === rows.length) rows.push(row)
      else if (at === timeline.first && at > 0) rows[--timeline.first] = row
      else rows.splice(at, 0, row)
    }
    this.#homes[row] = timeline
  }

  protected remove(row: number): void {
    if (this.#index === undefined) this.#outOfTimeline(row)
    else this.#index.remove(row)
    if (row === this.#lastRow) this.#lastRow = NONE
  }

  #outOfTimeline(row: number): void {
    const timeline = this.#homes[row]!
    const { rows } = timeline
    this.#homes[row] = undefined
    if (rows[timeline.first] === row) rows[timeline.first++] = NONE
    else rows.splice(this.#placeOf(timeline, this.columns.time(row), this.columns.minor(row)), 1)
    if (timeline.first === rows.length) {
      const key = this.columns.key(row)
      this.#timelines.delete(key)
      if (key === this.#lastKey) this.#lastTimeline = undefined
    } else if (timeline.first > rows.length >> 1) {
      rows.splice(0, timeline.first)
      timeline.first = 0
    }
  }

  #find(key: string, time: number, minor: number): number {
    const { columns } = this
    if (key === this.#lastKey && this.#lastRow !== NONE && columns.isAt(this.#lastRow, time, minor)) return this.#lastRow
    if (this.#index !== undefined) {
      this.#lastKey = key
      return (this.#lastRow = this.#index.find(key, time, minor))
    }
    const timeline = this.#timelineOf(key)
    if (timeline === undefined) return NONE
    const at = this.#placeOf(timeline, time, minor)
    if (at === timeline.rows.length) return NONE
    const row = timeline.rows[at]!
    return columns.isAt(row, time, minor) ? (this.#lastRow = row) : NONE
  }

  #makeTimelines(): void {
    if (this.#index === undefined) return
    this.#index = undefined
    this.#lastKey = undefined
    for (const row of this.rows()) this.#intoTimeline(row)
  }

  /** The row of that place, which thereby becomes the most recently used. Good until the next call. */
  get(key: string, time: number, minor: number): number {
    const row = this.#find(key, time, minor)
    if (row !== NONE) this.use(row)
    return row
  }

  /** A change; undefined deletes. `rowBytes` is the approximate size of the row. */
  put(key: string, time: number, minor: number, row: R | undefined, rowBytes: number): void {
    this.change(this.#find(key, time, minor), key, time, minor, row, key.length + this.#suffixBytes + rowBytes)
  }

  forget(key: string, time: number, minor: number): void {
    this.forgetRow(this.#find(key, time, minor))
  }

  /** The rows of one key with a time from `from` to `to`, both included, in the order of time. */
  between(key: string, from: number, to: number): number[] {
    const found: number[] = []
    if (this.sizeBytes === 0) return found
    this.#makeTimelines()
    const timeline = this.#timelineOf(key)
    if (timeline !== undefined) this.#gather(timeline, from, to, found)
    return found
  }

  /** The same of the keys from `keyFrom` to `keyTo` (both included; undefined: open), key by key. */
  betweenKeys(keyFrom: string | undefined, keyTo: string | undefined, from: number, to: number): number[] {
    const found: number[] = []
    if (this.sizeBytes === 0) return found
    this.#makeTimelines()
    const timelines = this.#timelines.range(keyFrom ?? '', keyTo === undefined ? undefined : after(keyTo), false)
    while (timelines.next()) this.#gather(timelines.row(), from, to, found)
    return found
  }

  #gather(timeline: Timeline, from: number, to: number, into: number[]): void {
    const { rows } = timeline
    for (let i = this.#placeOf(timeline, from, -1); i < rows.length; i++) {
      if (this.columns.time(rows[i]!) > to) return
      into.push(rows[i]!)
    }
  }
}
