import { readSync } from 'node:fs'
import { DeferredBytes } from '../../protocol/message-writer.ts'
import type { SharedFile } from '../storage/shared-file.ts'

/** The size of a buffer that is used again (bytes): what is read into it is still in the processor's cache when it is sent. */
export const READ_BYTES = 512 * 1024
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

const readBuffers = new ReadBuffers()

/** Fills the bytes from the file, as far as it goes. */
export const readInto = (bytes: Buffer, descriptor: number, position: number): Buffer => bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, position))

/**
 * A range of a file on its way to a client: read a piece at a time, as fast as the client takes it, so that a response needs
 * no more memory than its next piece. The file stays open until all of it was read, even when it is deleted meanwhile.
 */
export class FileRange extends DeferredBytes {
  readonly length: number
  readonly #file: SharedFile
  readonly #descriptor: number
  readonly #end: number
  #at: number
  #isHeld = true

  constructor(file: SharedFile, start: number, end: number) {
    super()
    this.length = end - start
    this.#file = file
    this.#at = start
    this.#end = end
    // Opens it, which may fail; the response can still say so.
    this.#descriptor = file.descriptor()
    file.hold()
  }

  next(): Buffer {
    const bytes = Math.min(READ_BYTES, this.#end - this.#at)
    const piece = readInto(readBuffers.take(bytes), this.#descriptor, this.#at)
    if (piece.length < bytes) throw new Error(`${this.#file.path} ends at ${this.#at + piece.length}, before ${this.#end}`)
    this.#at += bytes
    if (this.#at === this.#end) this.release()
    return piece
  }

  sent(piece: Buffer): void {
    readBuffers.give(piece)
  }

  release(): void {
    if (!this.#isHeld) return
    this.#isHeld = false
    this.#file.release()
  }
}
