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
      this.putAll([[key, row]])
      return
    }
    this.#log(key, row)
    this.#below.put(key, row)
  }

  /** Also when there was nothing to delete, as Java does. */
  delete(key: string): void {
    this.#log(key, undefined)
    this.#below.delete(key)
  }

  /** Rows (undefined: deleted) in one go: for what the store below logs itself, see the constructor, all of that comes first. */
  putAll(rows: readonly (readonly [key: string, row: R | undefined])[]): void {
    if (!this.#storesFirst) {
      for (const [key, row] of rows) this.#replace(this, key, row)
      return
    }
    for (const [, row] of rows) if (row !== undefined) this.#codec.check(row)
    for (const [key, row] of rows) this.#replace(this.#below, key, row)
    for (const [key, row] of rows) this.#log(key, row)
  }

  #replace(into: Rows<R>, key: string, row: R | undefined): void {
    if (row === undefined) into.delete(key)
    else into.put(key, row)
  }

  #log(key: string, row: R | undefined): void {
    const context = this.#context
    if (row !== undefined) this.#codec.log(this.#changelog, key, row, context.currentTimestamp)
    else this.#changelog.append(key, undefined, context.currentTimestamp, this.#codec.logsHeaders === true ? context.currentHeaders : undefined)
  }

  range(from: string, end: string | undefined, reverse: boolean): RowCursor<R> {
    return this.#below.range(from, end, reverse)
  }

  approximateCount(): number {
    return this.#below.approximateCount()
  }
}
