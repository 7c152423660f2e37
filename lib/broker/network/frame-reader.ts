/** What a client sent as the size of a frame that no broker would read. */
export class FrameSizeError extends Error {}

/**
 * Cuts a byte stream into frames (four bytes of size, then so many bytes). Frames that arrive in one piece are views of
 * what arrived; others are put together in a buffer of their own size.
 */
export class FrameReader {
  readonly #maxBytes: number
  readonly #onFrame: (frame: Buffer) => void
  readonly #sizeBytes = Buffer.alloc(4)
  #sizeFilled = 0
  #partial: Buffer | undefined
  #filled = 0

  constructor(maxBytes: number, onFrame: (frame: Buffer) => void) {
    this.#maxBytes = maxBytes
    this.#onFrame = onFrame
  }

  /** @throws {FrameSizeError} for a negative size or one over the limit; the stream is of no use after that. */
  push(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#partial !== undefined) {
        at += this.#fill(this.#partial, chunk, at)
      } else if (this.#sizeFilled === 0 && chunk.length - at >= 4) {
        at = this.#frame(chunk.readInt32BE(at), chunk, at + 4)
      } else {
        this.#sizeBytes[this.#sizeFilled++] = chunk[at++]!
        if (this.#sizeFilled === 4) {
          this.#sizeFilled = 0
          at = this.#frame(this.#sizeBytes.readInt32BE(0), chunk, at)
        }
      }
    }
  }

  #frame(size: number, chunk: Buffer, at: number): number {
    if (size < 0 || size > this.#maxBytes) throw new FrameSizeError(`a request of ${size} bytes; at most ${this.#maxBytes} are read`)
    if (chunk.length - at >= size) {
      this.#onFrame(chunk.subarray(at, at + size))
      return at + size
    }
    this.#partial = Buffer.allocUnsafeSlow(size)
    this.#filled = 0
    return at
  }

  #fill(partial: Buffer, chunk: Buffer, at: number): number {
    const copied = chunk.copy(partial, this.#filled, at)
    this.#filled += copied
    if (this.#filled === partial.length) {
      this.#partial = undefined
      this.#onFrame(partial)
    }
    return copied
  }
}
