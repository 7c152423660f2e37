import { GatheredCursor, noRows } from '../internals/timed/timed-cursors.ts'
import type { TimedEntry } from '../internals/timed/timed-cursors.ts'
import type { TimedOrder } from '../internals/timed/timed-order.ts'
import type { TimedCursor, TimedPosition, TimedRows } from '../internals/timed/timed-rows.ts'

interface Entry<R> extends TimedPosition {
  row: R
}

/** The rows of one key. It stays, without entries, when they are deleted: sessions come and go with every record. */
interface Timeline<R> {
  /** By time and minor number. */
  readonly entries: Entry<R>[]
  /** The bucket that was last told of the key. */
  bucket: number
}

/** Keys looked at per put to remove what is expired: an expired bucket of many keys costs no pause. */
const KEYS_PER_SWEEP = 8

/** The index of the first entry that is not before (time, minor). */
const positionOf = (timeline: readonly TimedPosition[], time: number, minor: number): number => {
  let low = 0
  let high = timeline.length
  // Nearly always the newest one is meant.
  const last = timeline[high - 1]
  if (last !== undefined && (last.time < time || (last.time === time && last.minor < minor))) return high
  while (low < high) {
    const middle = (low + high) >> 1
    const entry = timeline[middle]!
    if (entry.time < time || (entry.time === time && entry.minor < minor)) low = middle + 1
    else high = middle
  }
  return low
}

const gather = <R>(entries: readonly Entry<R>[], from: number, to: number, into: TimedEntry<R>[]): void => {
  for (let i = positionOf(entries, from, -1); i < entries.length; i++) {
    const { key, time, minor, row } = entries[i]!
    if (time > to) return
    into.push({ key, time, minor, row })
  }
}

/**
 * Rows of window and session stores in memory: for each key a short list by time, since both point access and ranges of one
 * key are what processors do. Buckets of time remember which keys have rows in them, for expiry and for ranges over all keys.
 */
export class MemoryTimedRows<R> implements TimedRows<R> {
  readonly #timelines = new Map<string, Timeline<R>>()
  readonly #order: TimedOrder
  readonly #bucketMs: number
  /** By number of bucket: keys with rows in it, some of them several times. */
  readonly #buckets = new Map<number, string[]>()
  #expiring: string[] = []
  #oldest = -Infinity
  #oldestBucket = Infinity
  #size = 0
  /** Get and put of one key follow each other. */
  #lastKey: string | undefined
  #lastTimeline: Timeline<R> | undefined

  constructor(order: TimedOrder, bucketMs: number) {
    this.#order = order
    this.#bucketMs = bucketMs
  }

  get size(): number {
    return this.#size
  }

  get(key: string, time: number, minor: number): R | undefined {
    const entries = this.#timelineOf(key)?.entries
    if (entries === undefined) return undefined
    const last = entries[entries.length - 1]
    if (last !== undefined && last.time === time && last.minor === minor) return last.row
    const entry = entries[positionOf(entries, time, minor)]
    return entry !== undefined && entry.time === time && entry.minor === minor ? entry.row : undefined
  }

  put(key: string, time: number, minor: number, row: R): void {
    const entries = this.#timelineOf(key)?.entries
    const present = entries?.[positionOf(entries, time, minor)]
    if (present !== undefined && present.time === time && present.minor === minor) present.row = row
    else this.putEntry({ key, time, minor, row })
  }

  /** The same with an entry that the caller may keep, too: it is replaced by the next one. Not to be mixed with `put`, which changes entries. */
  putEntry(entry: TimedEntry<R>): void {
    if (this.#expiring.length > 0) this.#sweep(KEYS_PER_SWEEP)
    const { key, time, minor } = entry
    let timeline = this.#timelineOf(key)
    if (timeline === undefined) {
      // Not pushed into an empty list, for which V8 would take the memory of 17 entries: most lists in a write buffer stay this short.
      timeline = { entries: [entry], bucket: NaN }
      this.#timelines.set(key, timeline)
      this.#lastKey = key
      this.#lastTimeline = timeline
    } else {
      const { entries } = timeline
      const at = positionOf(entries, time, minor)
      const present = entries[at]
      if (present !== undefined && present.time === time && present.minor === minor) {
        entries[at] = entry
        return
      }
      if (at === entries.length) entries.push(entry)
      else entries.splice(at, 0, entry)
    }
    this.#size++
    const bucket = Math.floor(time / this.#bucketMs)
    if (bucket !== timeline.bucket) this.#tell(bucket, key, timeline)
  }

  delete(key: string, time: number, minor: number): void {
    const entries = this.#timelineOf(key)?.entries
    if (entries === undefined) return
    const at = positionOf(entries, time, minor)
    const entry = entries[at]
    if (entry === undefined || entry.time !== time || entry.minor !== minor) return
    entries.splice(at, 1)
    this.#size--
  }

  fetch(key: string, from: number, to: number, reverse: boolean): TimedCursor<R> {
    const entries = this.#timelines.get(key)?.entries
    if (entries === undefined) return noRows
    const first = entries[positionOf(entries, from, -1)]
    if (first === undefined || first.time > to) return noRows
    const found: TimedEntry<R>[] = []
    gather(entries, from, to, found)
    return this.#sorted(found, reverse)
  }

  fetchRange(keyFrom: string | undefined, keyTo: string | undefined, from: number, to: number, reverse: boolean): TimedCursor<R> {
    const found: TimedEntry<R>[] = []
    for (const key of this.#keysWithin(from, to)) {
      const entries = this.#timelines.get(key)?.entries
      if (entries === undefined || (keyFrom !== undefined && key < keyFrom) || (keyTo !== undefined && key > keyTo)) continue
      gather(entries, from, to, found)
    }
    return this.#sorted(found, reverse)
  }

  #sorted(found: TimedEntry<R>[], reverse: boolean): TimedCursor<R> {
    if (found.length === 0) return noRows
    if (found.length > 1) found.sort(this.#order)
    return new GatheredCursor(reverse ? found.reverse() : found)
  }

  /** All rows, in no useful order; not to be changed meanwhile. */
  forEach(visit: (key: string, time: number, minor: number, row: R) => void): void {
    for (const { entries } of this.#timelines.values()) for (const { key, time, minor, row } of entries) visit(key, time, minor, row)
  }

  /** Rows before that time are not asked for any more; they are removed bit by bit. */
  expireBefore(oldest: number): void {
    this.#oldest = oldest
    const bucket = Math.floor(oldest / this.#bucketMs)
    if (bucket <= this.#oldestBucket) return
    const expired = [...this.#buckets.keys()].filter((each) => each < bucket)
    for (const each of expired) {
      this.#expiring = this.#expiring.length === 0 ? this.#buckets.get(each)! : this.#expiring.concat(this.#buckets.get(each)!)
      this.#buckets.delete(each)
    }
    this.#oldestBucket = bucket
  }

  #sweep(keys: number): void {
    for (let left = keys; left > 0; left--) {
      const key = this.#expiring.pop()
      if (key === undefined) return
      const timeline = this.#timelines.get(key)
      if (timeline === undefined) continue
      const live = positionOf(timeline.entries, this.#oldest, -1)
      timeline.entries.splice(0, live)
      this.#size -= live
      if (timeline.entries.length > 0) continue
      this.#timelines.delete(key)
      if (key === this.#lastKey) this.#lastKey = undefined
    }
  }

  #timelineOf(key: string): Timeline<R> | undefined {
    if (key === this.#lastKey) return this.#lastTimeline
    const timeline = this.#timelines.get(key)
    if (timeline !== undefined) {
      this.#lastKey = key
      this.#lastTimeline = timeline
    }
    return timeline
  }

  #tell(number: number, key: string, timeline: Timeline<R>): void {
    timeline.bucket = number
    const bucket = this.#buckets.get(number)
    if (bucket !== undefined) {
      bucket.push(key)
      return
    }
    this.#buckets.set(number, [key])
    if (number < this.#oldestBucket) this.#oldestBucket = number
  }

  #keysWithin(from: number, to: number): Iterable<string> {
    const within: string[][] = []
    let listed = 0
    for (const [number, keys] of this.#buckets) {
      if ((number + 1) * this.#bucketMs <= from || number * this.#bucketMs > to) continue
      within.push(keys)
      listed += keys.length
    }
    return listed >= this.#timelines.size ? this.#timelines.keys() : new Set(within.flat())
  }
}
