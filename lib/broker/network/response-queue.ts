import { releaseFrame } from '../../protocol/message-writer.ts'
import type { FramePiece } from '../../protocol/message-writer.ts'

/** A response that is due: its place in the order is taken when its request arrives. */
interface Slot {
  /** The frame, or an empty list when the request gets no answer; `undefined` until it is known. */
  frame: readonly FramePiece[] | undefined
}

/** Lets responses out in the order of the requests, however the handlers finish. */
export class ResponseQueue {
  readonly #slots: Slot[] = []
  #isClosed = false
  readonly #write: (frame: readonly FramePiece[]) => void

  constructor(write: (frame: readonly FramePiece[]) => void) {
    this.#write = write
  }

  /** How many requests have not been answered. */
  get length(): number {
    return this.#slots.length
  }

  /** Takes the next place; the function that comes back fills it. */
  reserve(): (frame: readonly FramePiece[]) => void {
    const slot: Slot = { frame: undefined }
    this.#slots.push(slot)
    return (frame) => {
      if (this.#isClosed) {
        releaseFrame(frame)
        return
      }
      slot.frame = frame
      this.#drain()
    }
  }

  /** Nobody waits for the responses any more. */
  close(): void {
    for (const { frame } of this.#slots.splice(0)) if (frame !== undefined) releaseFrame(frame)
    this.#isClosed = true
  }

  #drain(): void {
    while (this.#slots.length > 0) {
      const frame = this.#slots[0]!.frame
      if (frame === undefined) return
      this.#slots.shift()
      if (frame.length > 0) this.#write(frame)
    }
  }
}
