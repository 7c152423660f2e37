import type { ChangelogPartition } from '../task/state-manager.ts'
import type { RecordChunk, RecordCursor } from '../core/record-cursor.ts'
import { LimitedCursor } from './limited-cursor.ts'

/** Puts up to `max` records behind the cursor into the store; answers how many there were. */
export type RestoreRecords = (topic: string, partition: number, cursor: RecordCursor, max: number) => number

/** How far one store of a standby has followed its changelog. */
export class FollowedChangelog {
  readonly topic: string
  readonly partition: number
  readonly storeName: string
  /** The id of the topic; undefined where topics have none. */
  readonly topicId: string | undefined
  /** True when the changelog is a source topic: it must not be followed beyond what was processed. */
  readonly isLimited: boolean
  /** Goes no further than this. */
  limit: number
  /** Of the last record that was put into the store; -1 before the first. */
  lastOffset = -1
  readonly #restore: RestoreRecords
  readonly #chunks: RecordChunk[] = []
  #cursor: LimitedCursor | undefined
  #cursorLimit = Infinity
  #position: number
  #unreported = 0
  #hasLetGo = false

  constructor({ topic, partition, storeName, isSourceCopy }: ChangelogPartition, start: number, topicId: string | undefined, restore: RestoreRecords) {
    this.topic = topic
    this.partition = partition
    this.storeName = storeName
    this.topicId = topicId
    this.isLimited = isSourceCopy
    this.limit = isSourceCopy ? start : Infinity
    this.#position = start
    this.#restore = restore
  }

  /** How far the store is: the offset after the last record, or what is no record, that it has taken. */
  get position(): number {
    return this.#position
  }

  /** True when there are records that it may take. */
  get hasMore(): boolean {
    return this.#chunks.length > 0
  }

  get isAtLimit(): boolean {
    return this.#position >= this.limit
  }

  add(chunk: RecordChunk): void {
    this.#chunks.push(chunk)
  }

  /** Takes up to `max` records. At the limit it lets go of all that lies behind, which is to be fetched again later. */
  step(max: number): void {
    const chunk = this.#chunks[0]
    if (chunk === undefined) return
    const cursor = (this.#cursor ??= this.#limitedCursor(chunk))
    const restored = this.#restore(this.topic, this.partition, cursor, max)
    this.#unreported += restored
    if (restored > 0) {
      this.lastOffset = cursor.lastOffset
      this.#position = Math.max(this.#position, cursor.lastOffset + 1)
    }
    if (restored === max) return
    this.#position = Math.max(this.#position, Math.min(chunk.nextOffset, this.#cursorLimit))
    if (cursor.reachedLimit) this.#letGo()
    else this.#dropChunk()
  }

  #limitedCursor(chunk: RecordChunk): LimitedCursor {
    this.#cursorLimit = this.limit
    return new LimitedCursor(chunk.cursor(), this.limit)
  }

  #letGo(): void {
    this.#hasLetGo = true
    this.releaseChunks()
  }

  /** True when records were let go of since the last call: fetching is to begin again at {@link position}, once that is allowed. */
  takeLetGo(): boolean {
    const hasLetGo = this.#hasLetGo
    this.#hasLetGo = false
    return hasLetGo
  }

  /** How many records were taken since the last call. */
  takeReport(): number {
    const count = this.#unreported
    this.#unreported = 0
    return count
  }

  releaseChunks(): void {
    while (this.#chunks.length > 0) this.#dropChunk()
  }

  #dropChunk(): void {
    this.#cursor = undefined
    this.#chunks.shift()?.release()
  }
}
