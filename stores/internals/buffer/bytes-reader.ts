import { SerializationError } from '../../../lib/core/errors.ts'
import { readInt64 } from '../../../lib/core/int64.ts'

/** Reads fields one after another, and refuses to read behind the end. */
export class BytesReader {
  readonly #bytes: Buffer
  #position: number

  constructor(bytes: Buffer, position = 0) {
    this.#bytes = bytes
    this.#position = position
  }

  get remaining(): number {
    return this.#bytes.length - this.#position
  }

  #take(length: number): number {
    const start = this.#position
    if (length < 0 || length > this.remaining) {
      throw new SerializationError(`the record of a buffer's changelog ends early: ${length} bytes wanted, ${this.remaining} left`)
    }
    this.#position = start + length
    return start
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#take(4))
  }

  int64(): number {
    return readInt64(this.#bytes, this.#take(8))
  }

  text(length: number): string {
    const start = this.#take(length)
    return this.#bytes.utf8Slice(start, start + length)
  }

  /** The bytes as a latin1 string. */
  latin1(length: number): string {
    const start = this.#take(length)
    return this.#bytes.latin1Slice(start, start + length)
  }

  /** Bytes of its own. */
  copy(length: number): Buffer {
    const start = this.#take(length)
    return Buffer.from(this.#bytes.subarray(start, start + length))
  }
}
