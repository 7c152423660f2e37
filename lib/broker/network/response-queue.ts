/** A response that is due: its place in the order is taken when its request arrives. */
interface Slot {
  /** The frame, or an empty list when the request gets no answer; `undefined` until it is known. */
  frame: readonly Buffer[] | undefined
}

/** Lets responses out in the order of the requests, however the handlers finish. */
export class ResponseQueue {
  readonly #slots: Slot[] = []
  readonly #write: (frame: readonly Buffer[]) => void

  constructor(write: (frame: readonly Buffer[]) => void) {
    this.#write = write
  }

  /** How many requests have not been answered. */
  get length(): number {
    return this.#slots.length
  }

  /** Takes the next place; the function that comes back fills it. */
  reserve(): (frame: readonly Buffer[]) => void {
    const slot: Slot = { frame: undefined }
    this.#slots.push(slot)
    return (frame) => {
      slot.frame = frame
      this.#drain()
    }
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
