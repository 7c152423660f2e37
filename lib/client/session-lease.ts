import type { WriteFence } from './types.ts'

/** When something was. The monotonic clock may stand still while the machine sleeps, and the other one may be set: both are asked. */
export interface Instant {
  readonly monotonic: number
  readonly wall: number
}

export interface Clocks {
  readonly monotonic: () => number
  readonly wall: () => number
}

const systemClocks: Clocks = { monotonic: () => performance.now(), wall: () => Date.now() }

/**
 * How long a member of a group can be sure, by its own clocks, that the coordinator has not given its partitions to others: from
 * when the last request was sent that the coordinator took for a sign of life, for as long as the session lasts. A process that
 * was stopped, or cut off, for longer has to hear from the coordinator first.
 */
export class SessionLease implements WriteFence {
  readonly #clocks: Clocks
  readonly #listeners = new Set<() => void>()
  #monotonicEnd = -Infinity
  #wallEnd = -Infinity

  constructor(clocks: Clocks = systemClocks) {
    this.#clocks = clocks
  }

  get isOpen(): boolean {
    return this.#clocks.monotonic() < this.#monotonicEnd && this.#clocks.wall() < this.#wallEnd
  }

  /** Now: to be asked before the request is sent. */
  instant(): Instant {
    return { monotonic: this.#clocks.monotonic(), wall: this.#clocks.wall() }
  }

  /** The coordinator has answered a request that was sent then as one of a member. */
  renew(sentAt: Instant, sessionTimeoutMs: number): void {
    const wasOpen = this.isOpen
    this.#monotonicEnd = sentAt.monotonic + sessionTimeoutMs
    this.#wallEnd = sentAt.wall + sessionTimeoutMs
    if (!wasOpen && this.isOpen) for (const listener of this.#listeners) listener()
  }

  /** The member is out of the group. */
  end(): void {
    this.#monotonicEnd = -Infinity
  }

  onOpen(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
}
