import { NONE } from './cache-columns.ts'
import { CacheIndex } from './cache-index.ts'
import { NamedCache } from './named-cache.ts'

/** The cache of a key-value store. */
export class KeyedCache<R> extends NamedCache<R> {
  readonly #index = new CacheIndex(this.columns)
  /** Get and put of one key follow each other. */
  #lastKey: string | undefined
  #lastRow = NONE

  protected insert(row: number): void {
    const key = this.columns.key(row)
    this.#index.add(row)
    this.#lastKey = key
    this.#lastRow = row
  }

  protected remove(row: number): void {
    this.#index.remove(row)
    this.#lastKey = undefined
  }

  #find(key: string): number {
    if (key === this.#lastKey) return this.#lastRow
    this.#lastKey = key
    return (this.#lastRow = this.#index.find(key, 0, 0))
  }

  /** The row of that key, which thereby becomes the most recently used. Good until the next call. */
  get(key: string): number {
    const row = this.#find(key)
    if (row !== NONE) this.use(row)
    return row
  }

  /** A change; undefined deletes. `rowBytes` is the approximate size of the row. */
  put(key: string, row: R | undefined, rowBytes: number): void {
    this.change(this.#find(key), key, 0, 0, row, key.length + rowBytes)
  }

  /** A row that was read from the store below, because it was not here. */
  putRead(key: string, row: R, rowBytes: number): void {
    this.keep(key, 0, 0, row, key.length + rowBytes)
  }

  forget(key: string): void {
    if (this.sizeBytes > 0) this.forgetRow(this.#find(key))
  }
}
