import type { RecordQueue } from '../record-queue.ts'
import type { SourceBytes } from '../record-state.ts'

/**
 * A source record some of whose work is under way: its partition is not committed beyond it until all of that is done. Also
 * keeps the record's bytes for error handlers, if they may want them, since the queue has moved on by then.
 */
export class SourceAnchor implements SourceBytes {
  readonly queue: RecordQueue
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Partition time when the record was next: what is committed along with its offset. */
  readonly partitionTime: number
  /** Pieces of work that hold it. */
  holds = 0
  readonly #key: Uint8Array | undefined
  readonly #value: Uint8Array | undefined

  constructor(queue: RecordQueue, keepsSource: boolean) {
    this.queue = queue
    this.topic = queue.topic
    this.partition = queue.partition
    this.offset = queue.offset
    this.partitionTime = queue.consumedTime
    this.#key = keepsSource ? queue.rawKey() : undefined
    this.#value = keepsSource ? queue.rawValue() : undefined
  }

  rawKey(): Uint8Array | undefined {
    return this.#key
  }

  rawValue(): Uint8Array | undefined {
    return this.#value
  }
}
