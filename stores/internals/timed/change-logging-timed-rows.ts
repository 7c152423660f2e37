import type { RowBytes } from '../row-codec.ts'
import type { ChangelogAppender, InternalStoreContext } from '../store-context.ts'
import { TimedChangelog } from './timed-changelog.ts'
import type { MinorBytes } from './timed-key.ts'
import type { TimedCursor, TimedRows } from './timed-rows.ts'

/** Appends every change to the changelog of the store, also of rows that are too old for the store, as Java does. */
export class ChangeLoggingTimedRows<R> implements TimedRows<R> {
  readonly #below: TimedRows<R>
  readonly #codec: RowBytes<R>
  readonly #changelog: TimedChangelog
  readonly #context: InternalStoreContext

  constructor(below: TimedRows<R>, codec: RowBytes<R>, minorBytes: MinorBytes, changelog: ChangelogAppender, context: InternalStoreContext) {
    this.#below = below
    this.#codec = codec
    this.#changelog = new TimedChangelog(changelog, minorBytes)
    this.#context = context
  }

  get(key: string, time: number, minor: number): R | undefined {
    return this.#below.get(key, time, minor)
  }

  /** Logs first: a value that its serializer refuses must not get into the store. */
  put(key: string, time: number, minor: number, row: R): void {
    this.#codec.log(this.#changelog.at(time, minor), key, row, this.#context.currentTimestamp)
    this.#below.put(key, time, minor, row)
  }

  delete(key: string, time: number, minor: number, isRemoval?: boolean): void {
    const headers = this.#codec.logsHeaders === true ? this.#context.currentHeaders : undefined
    this.#changelog.at(time, minor).append(key, undefined, this.#context.currentTimestamp, headers)
    this.#below.delete(key, time, minor, isRemoval)
  }

  fetch(key: string, from: number, to: number, reverse: boolean): TimedCursor<R> {
    return this.#below.fetch(key, from, to, reverse)
  }

  fetchRange(keyFrom: string | undefined, keyTo: string | undefined, from: number, to: number, reverse: boolean): TimedCursor<R> {
    return this.#below.fetchRange(keyFrom, keyTo, from, to, reverse)
  }
}
