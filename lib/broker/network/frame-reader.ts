/** What a client sent as the size of a frame that no broker would read. */
export class FrameSizeError extends Error {}

/**
 * Cuts a byte stream into frames (four bytes of size, then so many bytes). Frames that arrive in one piece are views of
 * what arrived; others are put together in a buffer of their own size, if they are let in.
 */
export class FrameReader {
  /** The longest frame that is read. */
  maxBytes: number
  readonly #onFrame: (frame: Buffer) => void
  readonly #admit: (bytes: number) => boolean
  readonly #sizeBytes = Buffer.alloc(4)
  #sizeFilled = 0
  #partial: Buffer | undefined
  #filled = 0
  /** The size of a frame that was not let in yet, and what has come of it. */
  #stalled: { readonly size: number; bytes: Buffer } | undefined

  /** `admit` is asked before memory is taken for a frame that comes in pieces; when it says no, `retry` asks again. */
  constructor(maxBytes: number, onFrame: (frame: Buffer) => void, admit: (bytes: number) => boolean = () => true) {
    this.maxBytes = maxBytes
    this.#onFrame = onFrame
    this.#admit = admit
  }

  /** Whether a frame waits to be let in; until then nothing should be pushed. */
  get isStalled(): boolean {
    return this.#stalled !== undefined
  }

  /** Asks again for a frame that was not let in. */
  retry(): void {
    const stalled = this.#stalled
    if (stalled === undefined || !this.#admit(stalled.size)) return
    this.#stalled = undefined
    this.#begin(stalled.size)
    this.push(stalled.bytes)
  }

  /** @throws {FrameSizeError} for a negative size or one over the limit; the stream is of no use after that. */
  push(chunk: Buffer): void {
    if (this.#stalled !== undefined) {
      this.#stalled.bytes = Buffer.concat([this.#stalled.bytes, chunk])
      return
    }
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
    if (size < 0 || size > this.maxBytes) throw new FrameSizeError(`a request of ${size} bytes; at most ${this.maxBytes} are read`)
    if (chunk.length - at >= size) {
      this.#onFrame(chunk.subarray(at, at + size))
      return at + size
    }
    if (!this.#admit(size)) {
      this.#stalled = { size, bytes: Buffer.from(chunk.subarray(at)) }
      return chunk.length
    }
    this.#begin(size)
    return at
  }

  #begin(size: number): void {
    this.#partial = Buffer.allocUnsafeSlow(size)
    this.#filled = 0
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
