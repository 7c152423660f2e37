/** What ends membership by itself: silence, partitions not given up in time, not joining again in time. */
export class MemberTimers {
  readonly #expired: (memberId: string) => void
  readonly #sessions = new Map<string, { readonly timer: NodeJS.Timeout; readonly ms: number }>()
  readonly #rebalances = new Map<string, NodeJS.Timeout>()
  readonly #rejoins = new Map<string, NodeJS.Timeout>()

  constructor(expired: (memberId: string) => void) {
    this.#expired = expired
  }

  #start(memberId: string, ms: number): NodeJS.Timeout {
    return setTimeout(() => this.#expired(memberId), Math.max(0, ms)).unref()
  }

  /** The member was heard of: its session begins anew. */
  session(memberId: string, ms: number): void {
    const running = this.#sessions.get(memberId)
    if (running?.ms === ms) {
      running.timer.refresh()
      return
    }
    clearTimeout(running?.timer)
    this.#sessions.set(memberId, { timer: this.#start(memberId, ms), ms })
  }

  rebalance(memberId: string, ms: number): void {
    this.endRebalance(memberId)
    this.#rebalances.set(memberId, this.#start(memberId, ms))
  }

  endRebalance(memberId: string): void {
    clearTimeout(this.#rebalances.get(memberId))
    this.#rebalances.delete(memberId)
  }

  /** Runs on when it runs already. */
  rejoin(memberId: string, ms: number): void {
    if (!this.#rejoins.has(memberId)) this.#rejoins.set(memberId, this.#start(memberId, ms))
  }

  endRejoin(memberId: string): void {
    clearTimeout(this.#rejoins.get(memberId))
    this.#rejoins.delete(memberId)
  }

  end(memberId: string): void {
    clearTimeout(this.#sessions.get(memberId)?.timer)
    this.#sessions.delete(memberId)
    this.endRebalance(memberId)
    this.endRejoin(memberId)
  }

  close(): void {
    for (const memberId of [...this.#sessions.keys(), ...this.#rebalances.keys(), ...this.#rejoins.keys()]) this.end(memberId)
  }
}
