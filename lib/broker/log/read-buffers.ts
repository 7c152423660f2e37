/** The size of a buffer that is used again (bytes). */
export const READ_BYTES = 1024 * 1024
/** Smaller reads are not worth one. */
const SMALLEST = 64 * 1024
/** How many are kept for the next reads. */
const KEPT = 16

/**
 * Buffers for what is read from files to be sent. A broker sends as much as it can read, and buffers that are made anew for
 * all of it take a third of its time, for the memory's pages and for garbage collection.
 */
export class ReadBuffers {
  readonly #free: Buffer[] = []
  /** Those that are in use, by their memory. One that never comes back is simply forgotten. */
  readonly #lent = new WeakMap<ArrayBufferLike, Buffer>()

  /** A buffer of up to {@link READ_BYTES}, with whatever was in it. */
  take(bytes: number): Buffer {
    if (bytes < SMALLEST) return Buffer.allocUnsafe(bytes)
    const buffer = this.#free.pop() ?? Buffer.allocUnsafeSlow(READ_BYTES)
    this.#lent.set(buffer.buffer, buffer)
    return buffer.subarray(0, bytes)
  }

  /** Takes back what was sent, once nobody looks at it any more; other buffers are left alone. */
  give(sent: Buffer): void {
    const buffer = this.#lent.get(sent.buffer)
    if (buffer === undefined) return
    this.#lent.delete(sent.buffer)
    if (this.#free.length < KEPT) this.#free.push(buffer)
  }
}

export const readBuffers = new ReadBuffers()
