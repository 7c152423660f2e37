import { ByteWriter } from '../../lib/core/byte-writer.ts'
import { readInt64 } from '../../lib/core/int64.ts'
import type { Engine, EngineBatch, EngineTable } from '../engines/engine.ts'
import type { RowBytes } from './row-codec.ts'
import { DELETED } from './rows.ts'
import type { Deleted } from './rows.ts'

/** Rows that may wait in the buffer before the store asks for a commit (measured: STORES rule 6). */
const BUFFER_ROWS = 10_000
const OFFSETS_TABLE = 'changelog-offsets'

/** Receives the rows of a layer as the engine keeps them. */
export type RowVisitor<R> = (table: EngineTable, key: string, row: R | Deleted) => void

/** What a store does with its layers of changes. */
export interface LayerKind<L, R> {
  /** Rows that may wait before the store asks for a commit; default 10,000. */
  readonly maxRows?: number
  make(): L
  /** Visits all changes, each time in the same order. */
  visit(layer: L, visitor: RowVisitor<R>): void
  /** True when a commit should come before there are so many rows. */
  isFull?(layer: L): boolean
  /** Visits changes that are bytes already, undefined for deleted rows. */
  visitBytes?(layer: L, visitor: (table: EngineTable, key: string, bytes: Buffer | undefined) => void): void
  /** Puts the changes of `older` below those of `newer`. */
  putBelow(older: L, newer: L): void
  /** The rows of that layer are in the engine now. */
  written?(layer: L): void
  /** Adds what has to be cleared in the engine to a commit. */
  prepare?(batch: EngineBatch): boolean
}

/**
 * The write buffer of a store above its engine: everything since the last commit is in the layer `dirty`. A commit writes that
 * layer and the changelog offsets in one atomic batch, so the files never hold half of a commit, whatever happens to the
 * process. While the engine writes, asynchronously, the frozen layer goes on to answer reads.
 */
export class WriteBehind<L extends { readonly size: number }, R> {
  readonly #engine: Engine
  readonly #storeName: string
  readonly #offsets: EngineTable
  readonly #codec: Pick<RowBytes<R>, 'write'>
  readonly #kind: LayerKind<L, R>
  #dirty: L
  #frozen: readonly L[] = []
  #writing: Promise<void> = Promise.resolve()
  /** Of what was turned into bytes for the last batch: the next will be like it. */
  #lastBytes = 64
  readonly #writtenOffsets = new Map<string, number>()

  constructor(engine: Engine, storeName: string, codec: Pick<RowBytes<R>, 'write'>, kind: LayerKind<L, R>) {
    this.#engine = engine
    this.#storeName = storeName
    this.#offsets = engine.table(OFFSETS_TABLE)
    this.#codec = codec
    this.#kind = kind
    this.#dirty = kind.make()
  }

  get dirty(): L {
    return this.#dirty
  }

  /** Layers being written, newest first; hardly ever more than one. */
  get frozen(): readonly L[] {
    return this.#frozen
  }

  get wantsCommit(): boolean {
    const { maxRows = BUFFER_ROWS, isFull } = this.#kind
    return this.#dirty.size >= maxRows || isFull?.(this.#dirty) === true
  }

  /** The layers that hold something, newest first. */
  layers(): L[] {
    return [this.#dirty, ...this.#frozen].filter((layer) => layer.size > 0)
  }

  /**
   * Writes what is in the buffer at this moment, with the offsets it corresponds to (by `topic-partition`). Later changes are
   * not part of it, and commits are written in their order. When the engine fails the rows are part of the next commit.
   */
  commit(offsets: ReadonlyMap<string, number>): Promise<void> {
    const layer = this.#dirty
    this.#dirty = this.#kind.make()
    this.#frozen = [layer, ...this.#frozen]
    const before = this.#writing.catch(() => {})
    const written = this.#engine.takesBatchesAhead === true ? this.#write(layer, offsets) : before.then(() => this.#write(layer, offsets))
    this.#writing = Promise.all([before, written]).then(() => {})
    this.#writing.catch(() => {})
    return written
  }

  async #write(layer: L, offsets: ReadonlyMap<string, number>): Promise<void> {
    const moved = new Map([...offsets].filter(([partition, offset]) => this.#writtenOffsets.get(partition) !== offset))
    try {
      await this.#writeBatch(layer, moved)
    } catch (error) {
      this.#keepForNextCommit(layer)
      throw error
    }
    for (const [partition, offset] of moved) this.#writtenOffsets.set(partition, offset)
    this.#kind.written?.(layer)
    this.#frozen = this.#frozen.filter((each) => each !== layer)
  }

  #writeBatch(layer: L, offsets: ReadonlyMap<string, number>): Promise<void> {
    const batch = this.#engine.batch()
    const clears = this.#kind.prepare?.(batch) ?? false
    if (layer.size === 0 && offsets.size === 0 && !clears) return Promise.resolve()
    // All rows into one block of memory first, so that one that cannot be written fails the whole commit; the batch gets views.
    const out = new ByteWriter(this.#lastBytes + 64)
    const ends: number[] = []
    this.#kind.visit(layer, (_table, _key, row) => {
      if (row !== DELETED) this.#codec.write(row, out)
      ends.push(out.position)
    })
    for (const offset of offsets.values()) {
      out.writeInt64(offset)
      ends.push(out.position)
    }
    const bytes = out.buffer
    this.#lastBytes = out.position
    let i = 0
    let start = 0
    const nextView = (): Buffer => {
      const end = ends[i++]!
      const view = bytes.subarray(start, end)
      start = end
      return view
    }
    // The keys are made once more: kept until here, they would outlive a round of garbage collection.
    this.#kind.visit(layer, (table, key, row) => {
      const view = nextView()
      if (row === DELETED) batch.delete(table, key)
      else batch.put(table, key, view)
    })
    this.#kind.visitBytes?.(layer, (table, key, view) => {
      if (view === undefined) batch.delete(table, key)
      else batch.put(table, key, view)
    })
    for (const partition of offsets.keys()) batch.put(this.#offsets, this.#offsetKey(partition), nextView())
    return batch.write()
  }

  /** The rows join those that came later, where these do not replace them. */
  #keepForNextCommit(layer: L): void {
    const at = this.#frozen.indexOf(layer)
    this.#kind.putBelow(layer, at === 0 ? this.#dirty : this.#frozen[at - 1]!)
    this.#frozen = this.#frozen.filter((each) => each !== layer)
  }

  /** The offset that the rows in the engine correspond to. */
  committedOffset(partition: string): number | undefined {
    const bytes = this.#offsets.get(this.#offsetKey(partition))
    return bytes === undefined ? undefined : readInt64(bytes, 0)
  }

  /** One table holds the offsets of all stores of the environment. */
  #offsetKey(partition: string): string {
    return `${this.#storeName}\0${partition}`
  }

  /** Waits for running writes; what was not committed is dropped, since its offsets were not committed either. */
  async close(): Promise<void> {
    await this.#writing.catch(() => {})
  }
}
