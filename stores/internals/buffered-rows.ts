import { ByteWriter } from '../../lib/core/byte-writer.ts'
import { readInt64 } from '../../lib/core/int64.ts'
import { MemoryRows } from '../engines/memory.ts'
import type { Engine, EngineCursor, EngineTable } from '../engines/engine.ts'
import { MergedCursor } from './merged-cursor.ts'
import { RowCache } from './row-cache.ts'
import type { RowBytes } from './row-codec.ts'
import { DELETED } from './rows.ts'
import type { Deleted, RowCursor, Rows } from './rows.ts'

/** Rows that may wait in the buffer before the store asks for a commit (measured: STORES rule 6). */
const BUFFER_ROWS = 10_000
const CACHED_ROWS = 100_000
const OFFSETS_TABLE = 'changelog-offsets'

type Layer<R> = MemoryRows<R | Deleted>

/**
 * Rows in an engine, with everything since the last commit in a write buffer above it: reads see the buffer first, and a
 * commit writes the buffer and the changelog offsets in one atomic batch. So the files never hold half of a commit, whatever
 * happens to the process. While the engine writes, asynchronously, the frozen buffer goes on to answer reads.
 */
export class BufferedRows<R> implements Rows<R> {
  readonly #engine: Engine
  readonly #table: EngineTable
  readonly #offsets: EngineTable
  readonly #codec: RowBytes<R>
  readonly #cache: RowCache<R>
  #dirty: Layer<R> = new MemoryRows()
  /** Buffers being written, newest first; hardly ever more than one. */
  #frozen: readonly Layer<R>[] = []
  #writing: Promise<void> = Promise.resolve()
  readonly #writtenOffsets = new Map<string, number>()

  constructor(engine: Engine, storeName: string, codec: RowBytes<R>, cachedRows = CACHED_ROWS) {
    this.#engine = engine
    this.#table = engine.table(storeName)
    this.#offsets = engine.table(OFFSETS_TABLE)
    this.#codec = codec
    this.#cache = new RowCache(cachedRows)
  }

  get wantsCommit(): boolean {
    return this.#dirty.size >= BUFFER_ROWS
  }

  get(key: string): R | undefined {
    const dirty = this.#dirty.get(key)
    if (dirty !== undefined) return dirty === DELETED ? undefined : dirty
    for (let i = 0; i < this.#frozen.length; i++) {
      const frozen = this.#frozen[i]!.get(key)
      if (frozen !== undefined) return frozen === DELETED ? undefined : frozen
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
    this.#dirty.put(key, row)
  }

  delete(key: string): void {
    this.#dirty.put(key, DELETED)
  }

  range(from: string, end: string | undefined, reverse: boolean): RowCursor<R> {
    const stored = new DecodingCursor(this.#table.range(from, end, reverse), this.#codec)
    const layers = [this.#dirty, ...this.#frozen].filter((layer) => layer.size > 0)
    if (layers.length === 0) return stored
    return new MergedCursor<R>([...layers.map((layer) => layer.range(from, end, reverse)), stored], reverse)
  }

  approximateCount(): number {
    let count = this.#table.approximateCount()
    for (const layer of [this.#dirty, ...this.#frozen]) {
      for (const [key, row] of layer.entries()) {
        const isStored = this.#table.get(key) !== undefined
        if (row === DELETED) count -= isStored ? 1 : 0
        else count += isStored ? 0 : 1
      }
    }
    return count
  }

  /**
   * Writes what is in the buffer at this moment, with the offsets it corresponds to. Later changes are not part of it, and
   * commits are written in their order. When the engine fails the rows are part of the next commit. Offsets as of that call,
   * by `topic-partition`.
   */
  commit(offsets: ReadonlyMap<string, number>): Promise<void> {
    const layer = this.#dirty
    this.#dirty = new MemoryRows()
    this.#frozen = [layer, ...this.#frozen]
    this.#writing = this.#writing.catch(() => {}).then(() => this.#write(layer, offsets))
    return this.#writing
  }

  async #write(layer: Layer<R>, offsets: ReadonlyMap<string, number>): Promise<void> {
    const moved = new Map([...offsets].filter(([partition, offset]) => this.#writtenOffsets.get(partition) !== offset))
    try {
      await this.#writeBatch(layer, moved)
    } catch (error) {
      this.#keepForNextCommit(layer)
      throw error
    }
    for (const [partition, offset] of moved) this.#writtenOffsets.set(partition, offset)
    // Before the layer goes: the cache may still hold what these rows replace.
    for (const [key, row] of layer.entries()) {
      if (row === DELETED) this.#cache.delete(key)
      else this.#cache.set(key, row)
    }
    this.#frozen = this.#frozen.filter((each) => each !== layer)
  }

  #writeBatch(layer: Layer<R>, offsets: ReadonlyMap<string, number>): Promise<void> {
    if (layer.size === 0 && offsets.size === 0) return Promise.resolve()
    const batch = this.#engine.batch()
    // All rows into one block of memory, of which the batch gets views.
    const out = new ByteWriter(64 * (layer.size + offsets.size) + 64)
    const ends: number[] = []
    for (const [, row] of layer.entries()) {
      if (row !== DELETED) this.#codec.write(row, out)
      ends.push(out.position)
    }
    for (const offset of offsets.values()) {
      out.writeInt64(offset)
      ends.push(out.position)
    }
    const bytes = out.buffer
    let i = 0
    let start = 0
    const nextView = (): Buffer => {
      const end = ends[i++]!
      const view = bytes.subarray(start, end)
      start = end
      return view
    }
    for (const [key, row] of layer.entries()) {
      const view = nextView()
      if (row === DELETED) batch.delete(this.#table, key)
      else batch.put(this.#table, key, view)
    }
    for (const partition of offsets.keys()) batch.put(this.#offsets, this.#offsetKey(partition), nextView())
    return batch.write()
  }

  /** The rows join those that came later, where these do not replace them. */
  #keepForNextCommit(layer: Layer<R>): void {
    const at = this.#frozen.indexOf(layer)
    const above = at === 0 ? this.#dirty : this.#frozen[at - 1]!
    for (const [key, row] of layer.entries()) if (above.get(key) === undefined) above.put(key, row)
    this.#frozen = this.#frozen.filter((each) => each !== layer)
  }

  /** The offset that the rows in the engine correspond to. */
  committedOffset(partition: string): number | undefined {
    const bytes = this.#offsets.get(this.#offsetKey(partition))
    return bytes === undefined ? undefined : readInt64(bytes, 0)
  }

  /** One table holds the offsets of all stores of the environment. */
  #offsetKey(partition: string): string {
    return `${this.#table.name}\0${partition}`
  }

  /** Waits for running writes; what was not committed is dropped, since its offsets were not committed either. */
  async close(): Promise<void> {
    await this.#writing.catch(() => {})
  }
}

class DecodingCursor<R> implements RowCursor<R> {
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
