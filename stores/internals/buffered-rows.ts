import type { Engine, EngineCursor, EngineTable } from '../engines/engine.ts'
import { ChangedRows } from './changed-rows.ts'
import { MergedCursor } from './merged-cursor.ts'
import { RowCache } from './row-cache.ts'
import type { RestoredBytes } from './restored-rows.ts'
import type { RowBytes } from './row-codec.ts'
import { DELETED } from './rows.ts'
import type { RowCursor, Rows } from './rows.ts'
import { WriteBehind } from './write-behind.ts'

const CACHED_ROWS = 100_000

/** Of rows on their way from the changelog, so that long ones are written in time. */
const RESTORED_BYTES = 4 << 20

/** Rows in an engine, below a write buffer: reads see the buffer first. */
export class BufferedRows<R> implements Rows<R> {
  readonly #table: EngineTable
  readonly #codec: RowBytes<R>
  readonly #cache: RowCache<R>
  readonly #buffer: WriteBehind<ChangedRows<R>, R>

  constructor(engine: Engine, storeName: string, codec: RowBytes<R>) {
    const table = engine.table(storeName)
    const cache = new RowCache<R>(CACHED_ROWS)
    this.#table = table
    this.#codec = codec
    this.#cache = cache
    this.#buffer = new WriteBehind(engine, storeName, codec, {
      make: () => new ChangedRows(codec),
      isFull: (layer) => layer.restoredBytes >= RESTORED_BYTES,
      visit(layer, visitor) {
        layer.forEachPut((key, row) => visitor(table, key, row))
      },
      visitBytes(layer, visitor) {
        layer.forEachRestored((key, bytes) => visitor(table, key, bytes))
      },
      putBelow: (older, newer) => newer.putBelow(older),
      written(layer) {
        // The cache may still hold what these rows replaced.
        layer.forEachPut((key, row) => {
          if (row === DELETED) cache.delete(key)
          else cache.set(key, row)
        })
        if (!cache.isEmpty) layer.forEachRestored((key) => cache.delete(key))
      },
    })
  }

  get wantsCommit(): boolean {
    return this.#buffer.wantsCommit
  }

  get(key: string): R | undefined {
    const dirty = this.#buffer.dirty.get(key)
    if (dirty !== undefined) return dirty === DELETED ? undefined : dirty
    const frozen = this.#buffer.frozen
    for (let i = 0; i < frozen.length; i++) {
      const row = frozen[i]!.get(key)
      if (row !== undefined) return row === DELETED ? undefined : row
    }
    const cached = this.#cache.get(key)
    if (cached !== undefined) return cached
    const bytes = this.#table.get(key)
    if (bytes === undefined) return undefined
    const row = this.#codec.read(bytes, 0, bytes.length)
    this.#cache.set(key, row)
    return row
  }

  put(key: string, row: R): void {
    this.#buffer.dirty.put(key, row)
  }

  delete(key: string): void {
    this.#buffer.dirty.put(key, DELETED)
  }

  /** One change from the changelog; `write` makes the engine's bytes of a value. */
  restore(key: string, value: Buffer | undefined, timestamp: number, write: RestoredBytes): void {
    this.#buffer.dirty.restore(key, value, timestamp, write)
  }

  range(from: string, end: string | undefined, reverse: boolean): RowCursor<R> {
    const stored = new DecodingCursor(this.#table.range(from, end, reverse), this.#codec)
    const layers = this.#buffer.layers()
    if (layers.length === 0) return stored
    return new MergedCursor<R>([...layers.map((layer) => layer.range(from, end, reverse)), stored], reverse)
  }

  approximateCount(): number {
    let count = this.#table.approximateCount()
    for (const layer of this.#buffer.layers()) {
      const add = (key: string, isThere: boolean): void => {
        const isStored = this.#table.get(key) !== undefined
        if (!isThere) count -= isStored ? 1 : 0
        else count += isStored ? 0 : 1
      }
      layer.forEachPut((key, row) => add(key, row !== DELETED))
      layer.forEachRestored((key, bytes) => add(key, bytes !== undefined))
    }
    return count
  }

  commit(offsets: ReadonlyMap<string, number>): Promise<void> {
    return this.#buffer.commit(offsets)
  }

  committedOffset(partition: string): number | undefined {
    return this.#buffer.committedOffset(partition)
  }

  close(): Promise<void> {
    return this.#buffer.close()
  }
}

/** Rows of an engine, decoded as they are reached. */
export class DecodingCursor<R> implements RowCursor<R> {
  readonly #cursor: EngineCursor
  readonly #codec: RowBytes<R>

  constructor(cursor: EngineCursor, codec: RowBytes<R>) {
    this.#cursor = cursor
    this.#codec = codec
  }

  next(): boolean {
    return this.#cursor.next()
  }

  get key(): string {
    return this.#cursor.key
  }

  row(): R {
    const value = this.#cursor.value
    return this.#codec.read(value, 0, value.length)
  }

  close(): void {
    this.#cursor.close()
  }
}
