/** How many bytes the logs of an in-memory broker may hold together. */
export class MemoryBudget {
  readonly limit: number
  #used = 0
  #makeRoom: () => void = () => {}

  constructor(limit: number) {
    this.limit = limit
  }

  get used(): number {
    return this.#used
  }

  /** Says what may give bytes back when they are needed. */
  whenFull(makeRoom: () => void): void {
    this.#makeRoom = makeRoom
  }

  /** Whether so many more bytes fit, or do when what may go has gone. */
  fits(bytes: number): boolean {
    if (this.#used + bytes > this.limit) this.#makeRoom()
    return this.#used + bytes <= this.limit
  }

  take(bytes: number): void {
    this.#used += bytes
  }

  give(bytes: number): void {
    this.#used -= bytes
  }
}
