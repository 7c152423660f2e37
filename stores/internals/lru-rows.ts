import { MemoryRows } from '../engines/memory.ts'
import type { RowCursor, Rows } from './rows.ts'

/** Keeps the `maxEntries` most recently used rows; the listener hears which ones leave. */
export class LruRows<R> implements Rows<R> {
  readonly #maxEntries: number
  readonly #onEvict: (key: string) => void
  /** A Map keeps insertion order: the first entry is the least recently used. */
  readonly #rows = new Map<string, R>()

  constructor(maxEntries: number, onEvict: (key: string) => void) {
    this.#maxEntries = maxEntries
    this.#onEvict = onEvict
  }

  get(key: string): R | undefined {
    const row = this.#rows.get(key)
    if (row !== undefined) {
      this.#rows.delete(key)
      this.#rows.set(key, row)
    }
    return row
  }

  put(key: string, row: R): void {
    this.#rows.delete(key)
    this.#rows.set(key, row)
    if (this.#rows.size <= this.#maxEntries) return
    for (const eldest of this.#rows.keys()) {
      this.#rows.delete(eldest)
      this.#onEvict(eldest)
      return
    }
  }

  delete(key: string): void {
    this.#rows.delete(key)
  }

  /** Sorts the keys each time: such stores are small, and rarely scanned. Does not count as use. */
  range(from: string, end: string | undefined, reverse: boolean): RowCursor<R> {
    const sorted = new MemoryRows<R>()
    for (const [key, row] of this.#rows) sorted.put(key, row)
    return sorted.range(from, end, reverse)
  }

  approximateCount(): number {
    return this.#rows.size
  }
}
