import type { Engine, EngineBatch, EngineTable } from '../../engines/engine.ts'
import { timeOfPrefix, timePrefix } from './timed-key.ts'

/** Segments alive at once beyond those within the retention: the one that begins and the one that ends. */
const SPARE_SEGMENTS = 3

/**
 * Spreads the rows of a windowed store over a ring of tables by time, so that old rows leave with their whole table and not
 * one by one. Rows have the number of their segment in front of their keys, since a table is used again.
 */
export class Segments {
  readonly segmentMs: number
  readonly #tables: readonly EngineTable[]
  /** Segments that may have rows in the engine. */
  readonly #present = new Set<number>()

  constructor(engine: Engine, storeName: string, segmentMs: number, retentionMs: number) {
    this.segmentMs = segmentMs
    const count = Math.ceil(retentionMs / segmentMs) + SPARE_SEGMENTS
    this.#tables = Array.from({ length: count }, (_, i) => engine.table(`${storeName}-segment-${i}`))
    for (const table of this.#tables) this.#findPresent(table)
  }

  #findPresent(table: EngineTable): void {
    let from = ''
    for (;;) {
      const cursor = table.range(from, undefined, false)
      const isThere = cursor.next()
      const segment = isThere ? timeOfPrefix(cursor.key) : 0
      cursor.close()
      if (!isThere) return
      this.#present.add(segment)
      from = timePrefix(segment + 1)
    }
  }

  segmentOf(time: number): number {
    return Math.floor(time / this.segmentMs)
  }

  tableOf(segment: number): EngineTable {
    return this.#tables[segment % this.#tables.length]!
  }

  wrote(segment: number): void {
    this.#present.add(segment)
  }

  /** The segments with rows from `from` to `to`, in order. */
  between(from: number, to: number): number[] {
    const [first, last] = [this.segmentOf(Math.max(0, from)), this.segmentOf(to)]
    return [...this.#present].filter((segment) => segment >= first && segment <= last).sort((a, b) => a - b)
  }

  /** Adds to a batch the removal of all segments that end before `oldest`. True when there were any. */
  clearBefore(oldest: number, batch: EngineBatch): boolean {
    let cleared = false
    for (const segment of this.#present) {
      if ((segment + 1) * this.segmentMs > oldest) continue
      this.#present.delete(segment)
      if (this.#isShared(segment, oldest)) this.#deleteRows(segment, batch)
      else batch.clear(this.tableOf(segment))
      cleared = true
    }
    return cleared
  }

  /** The ring is too short when a changelog was read that is far ahead of the records. */
  #isShared(segment: number, oldest: number): boolean {
    const table = this.tableOf(segment)
    for (const other of this.#present) if (this.tableOf(other) === table && (other + 1) * this.segmentMs > oldest) return true
    return false
  }

  #deleteRows(segment: number, batch: EngineBatch): void {
    const table = this.tableOf(segment)
    const cursor = table.range(timePrefix(segment), timePrefix(segment + 1), false)
    while (cursor.next()) batch.delete(table, cursor.key)
    cursor.close()
  }
}
