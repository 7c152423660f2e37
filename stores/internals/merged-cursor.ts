import { DELETED } from './rows.ts'
import type { Deleted, RowCursor } from './rows.ts'

/**
 * One view of layers of changes over the rows below: `cursors` from the newest layer to the oldest, all over the same range
 * and direction. The newest layer that has a key decides.
 */
export class MergedCursor<R> implements RowCursor<R> {
  key = ''
  readonly #cursors: (RowCursor<R | Deleted> | undefined)[]
  readonly #reverse: boolean
  #row: R | undefined

  constructor(cursors: readonly RowCursor<R | Deleted>[], reverse: boolean) {
    this.#cursors = cursors.map((cursor) => (cursor.next() ? cursor : undefined))
    this.#reverse = reverse
  }

  next(): boolean {
    for (;;) {
      const winner = this.#nearest()
      if (winner === undefined) return false
      const key = winner.key
      const row = winner.row()
      this.#passBy(key)
      if (row === DELETED) continue
      this.key = key
      this.#row = row
      return true
    }
  }

  #nearest(): RowCursor<R | Deleted> | undefined {
    let nearest: RowCursor<R | Deleted> | undefined
    for (const cursor of this.#cursors) {
      if (cursor === undefined) continue
      if (nearest === undefined || (this.#reverse ? cursor.key > nearest.key : cursor.key < nearest.key)) nearest = cursor
    }
    return nearest
  }

  /** Moves every layer that stands on `key`. */
  #passBy(key: string): void {
    const cursors = this.#cursors
    for (let i = 0; i < cursors.length; i++) {
      const cursor = cursors[i]
      if (cursor !== undefined && cursor.key === key && !cursor.next()) cursors[i] = undefined
    }
  }

  row(): R {
    return this.#row as R
  }

  close(): void {
    for (const cursor of this.#cursors) cursor?.close()
    this.#cursors.length = 0
    this.#row = undefined
  }
}
