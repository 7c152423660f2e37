import { GatheredCursor, noRows } from './timed-cursors.ts'
import type { TimedEntry } from './timed-cursors.ts'
import type { TimedCursor, TimedRows } from './timed-rows.ts'

/** What is known of one key: all of its rows from that time on. */
interface Known<R> {
  from: number
  /** By time and minor number. Entries are replaced, not changed: cursors hold them. */
  readonly entries: TimedEntry<R>[]
}

/** Rows that share their entries with this layer. */
export interface EntryRows<R> extends TimedRows<R> {
  putEntry(entry: TimedEntry<R>): void
}

/** Rows that may be remembered before those of keys that were not used meanwhile are forgotten; twice that at most. */
const GENERATION_ROWS = 100_000
/** Of a key with more rows the older half is forgotten. */
const MOST_ENTRIES = 128
/** A read of a single row tries to learn its key, unless there are more rows than that behind it. */
const ENTRIES_BEHIND_ROW = 8

/** Where the first entry is that is not before (time, minor): mostly near the end. */
const positionOf = (entries: readonly TimedEntry<unknown>[], time: number, minor: number): number => {
  let at = entries.length
  while (at > 0) {
    const entry = entries[at - 1]!
    if (entry.time < time || (entry.time === time && entry.minor < minor)) break
    at--
  }
  return at
}

/**
 * Keeps the latest rows of keys that were used lately above a store in files. Every record of a windowed aggregation asks for
 * rows of its key, which mostly were asked for, or written, a moment ago, or are known not to exist yet: the store in files
 * would have to be searched to find nothing.
 */
export class RecentKeys<R> implements TimedRows<R> {
  readonly #below: EntryRows<R>
  readonly #hasOneMinor: boolean
  /** No row is of a later time. */
  #newest: number
  /** Keys of two generations, of which the older is thrown away when the younger is full; see RowCache. */
  #young = new Map<string, Known<R>>()
  #old = new Map<string, Known<R>>()
  #youngRows = 0
  /** Reads and changes of one key follow each other. */
  #lastKey: string | undefined
  #last: Known<R> | undefined

  /** `newest`: no row below is of a later time; `hasOneMinor`: there is one row of a key and time at most. */
  constructor(below: EntryRows<R>, newest: number, hasOneMinor: boolean) {
    this.#below = below
    this.#newest = newest
    this.#hasOneMinor = hasOneMinor
  }

  get(key: string, time: number, minor: number): R | undefined {
    let known = this.#find(key)
    if (known === undefined || time < known.from) {
      if (time >= this.#newest && this.#hasOneMinor) {
        const row = this.#below.get(key, time, minor)
        this.#remember(key, { from: time, entries: row === undefined ? [] : [{ key, time, minor, row }] })
        return row
      }
      known = this.#learn(key, time, ENTRIES_BEHIND_ROW)
      if (known === undefined) return this.#below.get(key, time, minor)
    }
    const entry = known.entries[positionOf(known.entries, time, minor)]
    return entry !== undefined && entry.time === time && entry.minor === minor ? entry.row : undefined
  }

  put(key: string, time: number, minor: number, row: R): void {
    const entry = { key, time, minor, row }
    this.#below.putEntry(entry)
    if (time > this.#newest) this.#newest = time
    this.#change(key, time, minor, entry)
  }

  delete(key: string, time: number, minor: number): void {
    this.#below.delete(key, time, minor)
    this.#change(key, time, minor, undefined)
  }

  #change(key: string, time: number, minor: number, entry: TimedEntry<R> | undefined): void {
    const known = this.#find(key)
    if (known === undefined || time < known.from) return
    const { entries } = known
    const at = positionOf(entries, time, minor)
    const isThere = at < entries.length && entries[at]!.time === time && entries[at]!.minor === minor
    if (entry === undefined) {
      if (isThere) entries.splice(at, 1)
    } else if (isThere) {
      entries[at] = entry
    } else {
      if (at === entries.length) entries.push(entry)
      else entries.splice(at, 0, entry)
      this.#grew(1)
      if (entries.length > MOST_ENTRIES) this.#forgetOlder(known)
    }
  }

  #forgetOlder(known: Known<R>): void {
    const { entries } = known
    known.from = entries[entries.length >> 1]!.time
    entries.splice(0, positionOf(entries, known.from, -1))
  }

  fetch(key: string, from: number, to: number, reverse: boolean): TimedCursor<R> {
    let known = this.#find(key)
    if (known === undefined || from < known.from) {
      known = this.#learn(key, from, MOST_ENTRIES)
      if (known === undefined) return this.#below.fetch(key, from, to, reverse)
    }
    const { entries } = known
    const [start, end] = [positionOf(entries, from, -1), positionOf(entries, to, Infinity)]
    if (start >= end) return noRows
    const found = entries.slice(start, end)
    return new GatheredCursor(reverse ? found.reverse() : found)
  }

  /** Reads the rows of a key from that time on; undefined when there are too many to keep them. */
  #learn(key: string, from: number, mostEntries: number): Known<R> | undefined {
    const entries: TimedEntry<R>[] = []
    if (from <= this.#newest) {
      const cursor = this.#below.fetch(key, from, Number.MAX_SAFE_INTEGER, false)
      while (entries.length <= mostEntries && cursor.next()) entries.push({ key, time: cursor.time, minor: cursor.minor, row: cursor.row() })
      cursor.close()
      if (entries.length > mostEntries) return undefined
    }
    return this.#remember(key, { from, entries })
  }

  #find(key: string): Known<R> | undefined {
    if (key === this.#lastKey) return this.#last
    let known = this.#young.get(key)
    if (known === undefined) {
      known = this.#old.get(key)
      if (known === undefined) return undefined
      this.#remember(key, known)
    }
    this.#lastKey = key
    this.#last = known
    return known
  }

  #remember(key: string, known: Known<R>): Known<R> {
    this.#young.set(key, known)
    this.#lastKey = key
    this.#last = known
    this.#grew(known.entries.length + 1)
    return known
  }

  #grew(rows: number): void {
    this.#youngRows += rows
    if (this.#youngRows < GENERATION_ROWS) return
    this.#old = this.#young
    this.#young = new Map()
    this.#youngRows = 0
  }

  fetchRange(keyFrom: string | undefined, keyTo: string | undefined, from: number, to: number, reverse: boolean): TimedCursor<R> {
    return this.#below.fetchRange(keyFrom, keyTo, from, to, reverse)
  }
}
