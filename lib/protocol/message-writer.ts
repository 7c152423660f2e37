import { ByteWriter } from '../core/byte-writer.ts'
import { unencodable } from './protocol-error.ts'

const MAX_FRAME = 0x7fffffff
/** A larger scratch buffer is given back after the message that needed it. */
const KEPT_CAPACITY = 1 << 20

/** Bytes of a response that are brought only when it is their turn to be sent. */
export abstract class DeferredBytes {
  /** How many there are in all. */
  abstract readonly length: number
  /** The next of them. */
  abstract next(): Buffer
  /** What `next` gave was sent: its memory may be used again. */
  abstract sent(piece: Buffer): void
  /** Nobody will ask for more. */
  abstract release(): void
}

/** A part of a frame: what a connection sends, one after the other. */
export type FramePiece = Buffer | DeferredBytes

/** Lets go of a frame that will not be sent. */
export const releaseFrame = (frame: readonly FramePiece[]): void => {
  for (const piece of frame) if (piece instanceof DeferredBytes) piece.release()
}

/**
 * A byte writer in which large foreign pieces (record batches) can take their place without being copied: `finish` gives
 * the list of buffers to hand to a socket's `writev`.
 */
export class MessageWriter extends ByteWriter {
  readonly #attached: { at: number; bytes: Uint8Array | DeferredBytes }[] = []
  #attachedLength = 0

  /** Begins a frame: its size goes before everything else. */
  begin(): void {
    this.reset()
    this.#attached.length = 0
    this.#attachedLength = 0
    this.writeInt32(0)
  }

  writeFloat64(value: number): void {
    this.ensure(8)
    this.position = this.buffer.writeDoubleBE(value, this.position)
  }

  /** The bytes stand here in the message; they must stay unchanged until it is sent. */
  attach(bytes: Uint8Array | DeferredBytes): void {
    if (bytes.length === 0) return
    this.#attached.push({ at: this.position, bytes })
    this.#attachedLength += bytes.length
  }

  /** Ends the frame. The pieces are the caller's; the writer is free for the next one. */
  finish(): FramePiece[] {
    const size = this.position + this.#attachedLength - 4
    if (size > MAX_FRAME) throw unencodable(`the message has ${size} bytes, a frame holds ${MAX_FRAME}; send fewer records in one request`)
    this.buffer.writeInt32BE(size, 0)
    const own = Buffer.from(this.view())
    const pieces: FramePiece[] = []
    let from = 0
    for (const { at, bytes } of this.#attached) {
      if (at > from) pieces.push(own.subarray(from, at))
      pieces.push(bytes instanceof DeferredBytes ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
      from = at
    }
    if (own.length > from) pieces.push(own.subarray(from))
    if (this.buffer.length > KEPT_CAPACITY) this.buffer = Buffer.allocUnsafeSlow(1024)
    this.#attached.length = 0
    return pieces
  }
}
