import type { BufferPool } from './buffer-pool.ts'
import { BrokerUnavailableError } from './errors.ts'

/** What no Kafka response exceeds; a larger size prefix means that the other side speaks another protocol. */
const MAX_FRAME_BYTES = 512 * 1024 * 1024
/** Frames below this are not worth pooling. */
const POOLED_FROM = 32_768

/** One response without its size prefix. `release` gives its memory back; nobody has to call it. */
export interface Frame {
  readonly bytes: Buffer
  release(): void
}

const NOTHING_TO_RELEASE = (): void => {}

/** Cuts a stream of bytes into frames. Every byte is copied once, from the socket's (reused) buffer to the frame. */
export class FrameReader {
  readonly #onFrame: (frame: Frame) => void
  readonly #pool: BufferPool | undefined
  readonly #prefix = Buffer.alloc(4)
  #prefixFilled = 0
  #target: Buffer | undefined
  #size = 0
  #filled = 0

  constructor(onFrame: (frame: Frame) => void, pool?: BufferPool) {
    this.#onFrame = onFrame
    this.#pool = pool
  }

  /** @throws {BrokerUnavailableError} when this is not a stream of Kafka frames */
  push(chunk: Uint8Array, length = chunk.length): void {
    let p = 0
    while (p < length) {
      if (this.#target === undefined) {
        const missing = Math.min(4 - this.#prefixFilled, length - p)
        for (let i = 0; i < missing; i++) this.#prefix[this.#prefixFilled++] = chunk[p++]!
        if (this.#prefixFilled < 4) return
        this.#begin(this.#prefix.readInt32BE(0))
        continue
      }
      const bytes = Math.min(this.#size - this.#filled, length - p)
      this.#target.set(p === 0 && bytes === chunk.length ? chunk : chunk.subarray(p, p + bytes), this.#filled)
      this.#filled += bytes
      p += bytes
      if (this.#filled === this.#size) this.#finish(this.#target)
    }
  }

  #begin(size: number): void {
    if (size < 4 || size > MAX_FRAME_BYTES) {
      throw new BrokerUnavailableError(`a response of ${size} bytes was announced: the other side is no Kafka broker, or speaks TLS`, {
        retriable: false,
      })
    }
    this.#prefixFilled = 0
    this.#size = size
    this.#filled = 0
    this.#target = this.#pool !== undefined && size >= POOLED_FROM ? this.#pool.take(size) : Buffer.allocUnsafeSlow(size)
  }

  #finish(target: Buffer): void {
    this.#target = undefined
    const pool = this.#pool
    if (pool === undefined || this.#size < POOLED_FROM) {
      this.#onFrame({ bytes: target, release: NOTHING_TO_RELEASE })
      return
    }
    let released = false
    this.#onFrame({
      bytes: target.subarray(0, this.#size),
      release: () => {
        if (released) return
        released = true
        pool.give(target)
      },
    })
  }
}
