const ROUND_TO = 65_536

/**
 * Large buffers that are used again: fetch responses of several megabytes would otherwise be allocated, zeroed and
 * collected for each round (measured). A buffer that is never given back is simply collected.
 */
export class BufferPool {
  readonly #maxBytes: number
  readonly #free: Buffer[] = []
  #freeBytes = 0

  /** Keeps at most `maxBytes` of unused memory. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** A buffer of at least `bytes`, with old content. */
  take(bytes: number): Buffer {
    let best = -1
    for (let i = 0; i < this.#free.length; i++) {
      const size = this.#free[i]!.length
      if (size >= bytes && (best < 0 || size < this.#free[best]!.length)) best = i
    }
    if (best < 0) return Buffer.allocUnsafeSlow(Math.ceil(bytes / ROUND_TO) * ROUND_TO)
    const buffer = this.#free[best]!
    const last = this.#free.pop()!
    if (last !== buffer) this.#free[best] = last
    this.#freeBytes -= buffer.length
    return buffer
  }

  /** Takes a buffer back. The caller must hold no view of it any more. */
  give(buffer: Buffer): void {
    if (this.#freeBytes + buffer.length > this.#maxBytes) return
    this.#free.push(buffer)
    this.#freeBytes += buffer.length
  }

  get freeBytes(): number {
    return this.#freeBytes
  }
}
