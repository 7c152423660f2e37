/** How many bytes the logs of an in-memory broker may hold together. */
export class MemoryBudget {
  readonly limit: number
  #used = 0

  constructor(limit: number) {
    this.limit = limit
  }

  get used(): number {
    return this.#used
  }

  /** Whether so many more bytes fit. */
  fits(bytes: number): boolean {
    return this.#used + bytes <= this.limit
  }

  take(bytes: number): void {
    this.#used += bytes
  }

  give(bytes: number): void {
    this.#used -= bytes
  }
}
