import { RowCache } from '../row-cache.ts'
import { GatheredCursor } from './timed-cursors.ts'
import type { TimedEntry } from './timed-cursors.ts'
import type { TimedCursor, TimedRows } from './timed-rows.ts'

/** What is known of one key: all of its rows from that time on, by time. Replaced when it changes, so that cursors may go on. */
interface Known<R> {
  readonly from: number
  readonly entries: readonly TimedEntry<R>[]
}

const CACHED_KEYS = 100_000
/** Of a key with more rows than that nothing is kept: each change copies them. */
const MOST_ENTRIES = 32

const before = (entry: TimedEntry<unknown>, time: number, minor: number): boolean =>
  entry.time < time || (entry.time === time && entry.minor < minor)

/**
 * Keeps the rows of keys that were used lately above a store in files. Every record of a session aggregation asks for the
 * latest sessions of its key, and mostly they were asked for, or written, a moment ago.
 */
export class RecentKeys<R> implements TimedRows<R> {
  readonly #below: TimedRows<R>
  readonly #known = new RowCache<Known<R>>(CACHED_KEYS)

  constructor(below: TimedRows<R>) {
    this.#below = below
  }

  get(key: string, time: number, minor: number): R | undefined {
    const known = this.#known.get(key)
    if (known === undefined || time < known.from) return this.#below.get(key, time, minor)
    return known.entries.find((entry) => entry.time === time && entry.minor === minor)?.row
  }

  put(key: string, time: number, minor: number, row: R): void {
    this.#below.put(key, time, minor, row)
    this.#change(key, time, minor, { key, time, minor, row })
  }

  delete(key: string, time: number, minor: number): void {
    this.#below.delete(key, time, minor)
    this.#change(key, time, minor, undefined)
  }

  #change(key: string, time: number, minor: number, entry: TimedEntry<R> | undefined): void {
    const known = this.#known.get(key)
    if (known === undefined || time < known.from) return
    const { from, entries } = known
    const changed: TimedEntry<R>[] = []
    let i = 0
    while (i < entries.length && before(entries[i]!, time, minor)) changed.push(entries[i++]!)
    if (entry !== undefined) changed.push(entry)
    if (i < entries.length && entries[i]!.time === time && entries[i]!.minor === minor) i++
    while (i < entries.length) changed.push(entries[i++]!)
    if (changed.length > MOST_ENTRIES) this.#known.delete(key)
    else this.#known.set(key, { from, entries: changed })
  }

  fetch(key: string, from: number, to: number, reverse: boolean): TimedCursor<R> {
    // Sessions are looked for up to the end of time.
    if (reverse || to < Number.MAX_SAFE_INTEGER) return this.#below.fetch(key, from, to, reverse)
    const known = this.#known.get(key)
    return new GatheredCursor(known === undefined || known.from > from ? this.#read(key, from) : this.#since(key, known, from))
  }

  #read(key: string, from: number): readonly TimedEntry<R>[] {
    const entries: TimedEntry<R>[] = []
    const cursor = this.#below.fetch(key, from, Number.MAX_SAFE_INTEGER, false)
    while (cursor.next()) entries.push({ key, time: cursor.time, minor: cursor.minor, row: cursor.row() })
    cursor.close()
    if (entries.length <= MOST_ENTRIES) this.#known.set(key, { from, entries })
    return entries
  }

  /** Forgets what is older, which only late records would ask for. */
  #since(key: string, { entries }: Known<R>, from: number): readonly TimedEntry<R>[] {
    const first = entries[0]
    if (first === undefined || first.time >= from) return entries
    const later = entries.filter(({ time }) => time >= from)
    this.#known.set(key, { from, entries: later })
    return later
  }

  fetchRange(keyFrom: string | undefined, keyTo: string | undefined, from: number, to: number, reverse: boolean): TimedCursor<R> {
    return this.#below.fetchRange(keyFrom, keyTo, from, to, reverse)
  }
}
