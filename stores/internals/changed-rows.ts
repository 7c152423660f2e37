import { MemoryRows } from '../engines/memory.ts'
import { RestoredRows } from './restored-rows.ts'
import type { RestoredBytes } from './restored-rows.ts'
import type { RowBytes } from './row-codec.ts'
import { DELETED } from './rows.ts'
import type { Deleted, RowCursor } from './rows.ts'

/** Changes to rows of an engine that wait for the next commit. */
export class ChangedRows<R> {
  readonly #codec: RowBytes<R>
  readonly #rows = new MemoryRows<R | Deleted>()
  /** What the changelog has brought; a key is only in one of both. */
  #restored: RestoredRows | undefined

  constructor(codec: RowBytes<R>) {
    this.#codec = codec
  }

  get size(): number {
    return this.#restored === undefined ? this.#rows.size : this.#rows.size + this.#restored.size
  }

  /** Of what the changelog has brought. */
  get restoredBytes(): number {
    return this.#restored?.byteLength ?? 0
  }

  get(key: string): R | Deleted | undefined {
    const row = this.#rows.get(key)
    if (row !== undefined || this.#restored === undefined) return row
    const bytes = this.#restored.get(key, DELETED)
    return bytes === undefined || bytes === DELETED ? bytes : this.#codec.read(bytes, 0, bytes.length)
  }

  put(key: string, row: R | Deleted): void {
    this.#rows.put(key, row)
    if (this.#restored !== undefined) this.#restored.forget(key)
  }

  restore(key: string, value: Buffer | undefined, timestamp: number, write: RestoredBytes): void {
    const restored = (this.#restored ??= new RestoredRows())
    if (this.#rows.size > 0) this.#rows.delete(key)
    if (value === undefined) restored.delete(key)
    else restored.put(key, value, timestamp, write)
  }

  range(from: string, end: string | undefined, reverse: boolean): RowCursor<R | Deleted> {
    const restored = this.#restored
    this.#restored = undefined
    restored?.forEach((key, bytes) => this.#rows.put(key, this.#decoded(bytes)))
    return this.#rows.range(from, end, reverse)
  }

  #decoded(bytes: Buffer | undefined): R | Deleted {
    return bytes === undefined ? DELETED : this.#codec.read(bytes, 0, bytes.length)
  }

  /** Visits what was put. */
  forEachPut(visit: (key: string, row: R | Deleted) => void): void {
    for (const [key, row] of this.#rows.entries()) visit(key, row)
  }

  /** Visits what the changelog has brought; undefined was deleted. */
  forEachRestored(visit: (key: string, bytes: Buffer | undefined) => void): void {
    this.#restored?.forEach(visit)
  }

  /** Takes in what was changed before, where nothing replaces it. */
  putBelow(older: ChangedRows<R>): void {
    const add = (key: string, row: R | Deleted): void => {
      if (this.get(key) === undefined) this.#rows.put(key, row)
    }
    older.forEachPut(add)
    older.forEachRestored((key, bytes) => add(key, this.#decoded(bytes)))
  }
}
