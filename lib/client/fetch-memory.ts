/** What all fetchers of a process together hold before they ask for less at a time (bytes). */
const COMFORTABLE_BYTES = 16 * 1024 * 1024

/**
 * The bytes that all fetchers of a process have delivered and not got back yet. Memory that is touched for the first time
 * costs more than what is done with it, so ten clients that each fetch far ahead are slower than ten that share.
 */
export class FetchMemory {
  #held = 0

  /** How much more they may hold; 0 when they should fetch no further ahead than they must. */
  get free(): number {
    return Math.max(0, COMFORTABLE_BYTES - this.#held)
  }

  /** More are held, or (less than 0) fewer. */
  take(bytes: number): void {
    this.#held += bytes
  }
}

export const fetchMemory = new FetchMemory()
