import type { Headers } from '../core/headers.ts'
import type { RecordCursor } from '../core/record-cursor.ts'

/** A cursor that ends before a given offset. */
export class LimitedCursor implements RecordCursor {
  readonly #cursor: RecordCursor
  readonly #limit: number
  /** The offset of the last record that was handed out; -1 before the first. */
  lastOffset = -1
  /** True when the records went on, but not within the limit. */
  reachedLimit = false

  constructor(cursor: RecordCursor, limit: number) {
    this.#cursor = cursor
    this.#limit = limit
  }

  next(): boolean {
    if (this.reachedLimit || !this.#cursor.next()) return false
    if (this.#cursor.offset >= this.#limit) {
      this.reachedLimit = true
      return false
    }
    this.lastOffset = this.#cursor.offset
    return true
  }

  get buffer(): Buffer {
    return this.#cursor.buffer
  }

  get offset(): number {
    return this.#cursor.offset
  }

  get timestamp(): number {
    return this.#cursor.timestamp
  }

  get keyStart(): number {
    return this.#cursor.keyStart
  }

  get keyEnd(): number {
    return this.#cursor.keyEnd
  }

  get valueStart(): number {
    return this.#cursor.valueStart
  }

  get valueEnd(): number {
    return this.#cursor.valueEnd
  }

  headers(): Headers {
    return this.#cursor.headers()
  }
}
