import type { KeyValueIterator } from '../../topology/api.ts'
import type { RowCursor } from './rows.ts'

/** A cursor as users see it: keys and values decoded as they are reached. */
export class StoreIterator<K, V, R> implements KeyValueIterator<K, V> {
  readonly #cursor: RowCursor<R>
  readonly #toKey: (key: string) => K
  readonly #toValue: (row: R) => V
  #done = false

  constructor(cursor: RowCursor<R>, toKey: (key: string) => K, toValue: (row: R) => V) {
    this.#cursor = cursor
    this.#toKey = toKey
    this.#toValue = toValue
  }

  next(): IteratorResult<[K, V], undefined> {
    if (this.#done || !this.#cursor.next()) {
      this.close()
      return { done: true, value: undefined }
    }
    return { done: false, value: [this.#toKey(this.#cursor.key), this.#toValue(this.#cursor.row())] }
  }

  return(): IteratorResult<[K, V], undefined> {
    this.close()
    return { done: true, value: undefined }
  }

  close(): void {
    if (this.#done) return
    this.#done = true
    this.#cursor.close()
  }

  [Symbol.iterator](): this {
    return this
  }
}
