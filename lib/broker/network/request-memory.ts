/**
 * The bytes of requests that are being read or wait for something, of all connections together. As in Kafka a request is
 * let in while anything is left, even one that is larger than that: whatever was let in can finish, so nothing locks up.
 */
export class RequestMemory {
  #free: number
  readonly #waiting = new Set<() => void>()

  constructor(maxBytes: number) {
    this.#free = maxBytes
  }

  get isExhausted(): boolean {
    return this.#free <= 0
  }

  take(bytes: number): void {
    this.#free -= bytes
  }

  give(bytes: number): void {
    this.#free += bytes
    if (this.#waiting.size === 0 || this.isExhausted) return
    const woken = [...this.#waiting]
    this.#waiting.clear()
    // Whoever wakes first may take it all; the others then wait again. Not at once: the caller is in the middle of a request.
    queueMicrotask(() => woken.forEach((wake) => wake()))
  }

  /** Calls once when there is memory again. Returns how not to wait any longer. */
  wait(wake: () => void): () => void {
    this.#waiting.add(wake)
    return () => void this.#waiting.delete(wake)
  }
}
