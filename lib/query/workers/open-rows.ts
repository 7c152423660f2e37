import type { QueryIterator } from '../query-iterator.ts'
import { PAGE_ROWS } from '../paged-stores.ts'
import type { RowsPage } from './questions.ts'

interface Open {
  readonly rows: QueryIterator<unknown, unknown>
  readonly pack: (row: readonly [unknown, unknown]) => readonly [unknown, unknown]
}

/** The rows of queries that a worker is giving away page by page. Between pages no iterator of a store is open. */
export class OpenRows {
  readonly #open = new Map<number, Open>()
  #next = 1

  first(rows: QueryIterator<unknown, unknown>, pack: Open['pack']): Promise<RowsPage> {
    return this.#page(this.#next++, { rows, pack })
  }

  /** Of rows that were closed meanwhile: no more. */
  async more(cursor: number): Promise<RowsPage> {
    const open = this.#open.get(cursor)
    return open === undefined ? { rows: [], cursor: undefined } : this.#page(cursor, open)
  }

  async close(cursor: number): Promise<void> {
    const open = this.#open.get(cursor)
    this.#open.delete(cursor)
    await open?.rows.close()
  }

  async #page(cursor: number, open: Open): Promise<RowsPage> {
    const rows: (readonly [unknown, unknown])[] = []
    try {
      while (rows.length < PAGE_ROWS) {
        const { done, value } = await open.rows.next()
        if (done === true) {
          this.#open.delete(cursor)
          return { rows, cursor: undefined }
        }
        rows.push(open.pack(value))
      }
    } catch (error) {
      this.#open.delete(cursor)
      throw error
    }
    this.#open.set(cursor, open)
    return { rows, cursor }
  }
}
