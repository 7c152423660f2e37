import type { Socket } from 'node:net'
import { DeferredBytes, releaseFrame } from '../../protocol/message-writer.ts'
import type { FramePiece } from '../../protocol/message-writer.ts'

/** How many pieces of deferred bytes are on their way at once: one that the system takes, and one behind it. */
const PIECES_AHEAD = 2

interface WriterParts {
  /** Called whenever some of what waited has been sent. */
  readonly onSent: () => void
  /** Bytes could not be brought; the client cannot be told in the middle of a frame. */
  readonly onError: (error: unknown) => void
}

/** Sends frames one after the other, and brings deferred bytes no sooner than the client takes them. */
export class FrameWriter {
  readonly #socket: Socket
  readonly #parts: WriterParts
  #waiting: FramePiece[] = []
  /** Of the deferred bytes that are being sent, how many were not brought yet. */
  #left = 0
  #waitingBytes = 0
  #piecesAhead = 0
  #isEnding = false

  constructor(socket: Socket, parts: WriterParts) {
    this.#socket = socket
    this.#parts = parts
  }

  /** Bytes that the system has not taken yet, wherever they are. */
  get unsentBytes(): number {
    return this.#waitingBytes + this.#socket.writableLength
  }

  write(frame: readonly FramePiece[]): void {
    if (this.#socket.destroyed) {
      releaseFrame(frame)
      return
    }
    for (const piece of frame) {
      this.#waiting.push(piece)
      this.#waitingBytes += piece.length
    }
    this.#send()
  }

  /** Closes the connection when everything is sent. */
  end(): void {
    this.#isEnding = true
    if (this.#waiting.length === 0) this.#socket.destroySoon()
  }

  /** The connection is no more. */
  close(): void {
    releaseFrame(this.#waiting)
    this.#waiting = []
    this.#waitingBytes = 0
  }

  #send(): void {
    const socket = this.#socket
    let sent = 0
    socket.cork()
    for (const piece of this.#waiting) {
      if (piece instanceof DeferredBytes) {
        if (!this.#bring(piece)) break
      } else {
        this.#waitingBytes -= piece.length
        socket.write(piece)
      }
      sent++
    }
    this.#waiting.splice(0, sent)
    socket.uncork()
    if (this.#isEnding && this.#waiting.length === 0) socket.destroySoon()
  }

  /** Sends as much as may be on its way; whether that is all of it. */
  #bring(deferred: DeferredBytes): boolean {
    if (this.#left === 0) this.#left = deferred.length
    while (this.#piecesAhead < PIECES_AHEAD) {
      const piece = deferred.next()
      this.#left -= piece.length
      this.#waitingBytes -= piece.length
      this.#piecesAhead++
      this.#socket.write(piece, (error) => this.#wrote(deferred, piece, error))
      if (this.#left === 0) return true
    }
    return false
  }

  #wrote(deferred: DeferredBytes, piece: Buffer, error: Error | null | undefined): void {
    this.#piecesAhead--
    if (error != null) return
    deferred.sent(piece)
    if (this.#waiting.length > 0) this.#guardedSend()
    this.#parts.onSent()
  }

  #guardedSend(): void {
    try {
      this.#send()
    } catch (error) {
      this.#parts.onError(error)
    }
  }
}
