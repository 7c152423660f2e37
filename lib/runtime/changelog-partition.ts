import type { RecordChunk, RecordCursor } from '../core/record-cursor.ts'
import { LimitedCursor } from './limited-cursor.ts'

/** One store of one task that is to be restored from one changelog partition. */
export interface RestoreTarget {
  readonly storeName: string
  readonly topic: string
  readonly partition: number
  /** The offset that the store has reached; undefined: nothing yet. */
  readonly startOffset: number | undefined
  /** Restores no further than this, when given: a source topic that serves as changelog is ahead of what was processed. */
  readonly endLimit: number | undefined
  /** Says which topic that changelog is. @throws {TaskCorruptedError} when what the store has came from another one of that name */
  changelogIs(topicId: string): void
  /** Puts up to `max` records behind the cursor into the store; answers how many there were. */
  restore(cursor: RecordCursor, max: number): number
  /** True when the store wants to write out what it has. */
  readonly wantsCommit: boolean
  /** Makes what is in the store durable, together with the offset that it has reached. */
  commit(): void | Promise<void>
  /** The store is complete up to `offset`. */
  completed(offset: number): void
}

/** A store makes one commit ready while it writes another. */
const MOST_COMMITS = 2

/** The state of one restoration. */
export class ChangelogPartition {
  readonly target: RestoreTarget
  readonly end: number
  /** The id of the topic; undefined where topics have none. */
  readonly topicId: string | undefined
  /** Resolves when the store is complete. */
  readonly completed: Promise<void>
  readonly #chunks: RecordChunk[] = []
  /** Of the last record that was put into the store; -1 before the first. */
  lastOffset = -1
  #resolve: () => void = () => {}
  #reject: (error: unknown) => void = () => {}
  #cursor: LimitedCursor | undefined
  #position: number
  #total = 0
  #unreported = 0
  /** Under way. */
  #commits = 0

  constructor(target: RestoreTarget, start: number, end: number, topicId: string | undefined) {
    this.target = target
    this.end = end
    this.topicId = topicId
    this.#position = start
    this.completed = new Promise<void>((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.completed.catch(() => {})
  }

  /** How far the store is: the offset after the last record, or what is no record, that it has taken. */
  get position(): number {
    return this.#position
  }

  get total(): number {
    return this.#total
  }

  /** While the store writes out what it had, it takes more, as long as it does not want to write that out, too. */
  get hasMore(): boolean {
    return this.#chunks.length > 0 && this.#position < this.end && !(this.#commits >= MOST_COMMITS && this.target.wantsCommit)
  }

  get wantsCommit(): boolean {
    return this.target.wantsCommit && this.#commits < MOST_COMMITS
  }

  add(chunk: RecordChunk): void {
    this.#chunks.push(chunk)
  }

  /** Restores up to `max` records; false when nothing more is to be done for now. */
  step(max: number): boolean {
    if (!this.hasMore) return false
    const chunk = this.#chunks[0]!
    const cursor = (this.#cursor ??= new LimitedCursor(chunk.cursor(), this.end))
    const restored = this.target.restore(cursor, max)
    this.#total += restored
    this.#unreported += restored
    if (restored > 0) {
      this.lastOffset = cursor.lastOffset
      this.#position = Math.max(this.#position, cursor.lastOffset + 1)
    }
    if (restored < max) {
      this.#position = Math.max(this.#position, cursor.reachedLimit ? this.end : Math.min(chunk.nextOffset, this.end))
      this.#dropChunk()
    }
    return this.hasMore && !this.target.wantsCommit
  }

  /** How many records were restored since the last call. */
  takeReport(): number {
    const count = this.#unreported
    this.#unreported = 0
    return count
  }

  /** `fetched`: how far the fetcher is, since what lies before the end may be no record (transaction markers). */
  isDone(fetched: number | undefined): boolean {
    if (this.#commits > 0) return false
    return this.#position >= this.end || (this.#chunks.length === 0 && fetched !== undefined && fetched >= this.end)
  }

  async commit(): Promise<void> {
    this.#commits++
    try {
      await this.target.commit()
    } finally {
      this.#commits--
    }
  }

  finish(): void {
    this.target.completed(Math.max(this.#position, this.end))
    this.#resolve()
  }

  fail(error: unknown): void {
    this.#reject(error)
  }

  readonly releaseChunks = (): void => {
    while (this.#chunks.length > 0) this.#dropChunk()
  }

  #dropChunk(): void {
    this.#cursor = undefined
    this.#chunks.shift()?.release()
  }
}
