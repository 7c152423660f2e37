import type { RowBytes } from './row-codec.ts'
import type { RowCursor, Rows } from './rows.ts'
import type { ChangelogAppender, InternalStoreContext } from './store-context.ts'

/** Appends every change to the changelog of the store. */
export class ChangeLoggingRows<R> implements Rows<R> {
  readonly #below: Rows<R>
  readonly #codec: RowBytes<R>
  readonly #changelog: ChangelogAppender
  readonly #context: InternalStoreContext
  readonly #storesFirst: boolean

  /** `storesFirst`: the store below may itself log something before the change, as an LRU store does. */
  constructor(below: Rows<R>, codec: RowBytes<R>, changelog: ChangelogAppender, context: InternalStoreContext, storesFirst = false) {
    this.#below = below
    this.#codec = codec
    this.#changelog = changelog
    this.#context = context
    this.#storesFirst = storesFirst
  }

  get(key: string): R | undefined {
    return this.#below.get(key)
  }

  /** A value that its serializer refuses must not get into the store. */
  put(key: string, row: R): void {
    if (this.#storesFirst) {
      this.#codec.check(row)
      this.#below.put(key, row)
      this.#codec.log(this.#changelog, key, row, this.#context.currentTimestamp)
      return
    }
    this.#codec.log(this.#changelog, key, row, this.#context.currentTimestamp)
    this.#below.put(key, row)
  }

  /** Also when there was nothing to delete, as Java does. */
  delete(key: string): void {
    const headers = this.#codec.logsHeaders === true ? this.#context.currentHeaders : undefined
    this.#changelog.append(key, undefined, this.#context.currentTimestamp, headers)
    this.#below.delete(key)
  }

  range(from: string, end: string | undefined, reverse: boolean): RowCursor<R> {
    return this.#below.range(from, end, reverse)
  }

  approximateCount(): number {
    return this.#below.approximateCount()
  }
}
