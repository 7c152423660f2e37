/** Where the time comes from; injected, so that tests move it by hand. */
export interface Time {
  /** Milliseconds since the epoch. */
  now(): number
}

export const systemTime: Time = { now: () => Date.now() }

/** A clock that only moves when told to. */
export class MockTime implements Time {
  #now: number

  constructor(startMs = 0) {
    this.#now = startMs
  }

  now(): number {
    return this.#now
  }

  advance(ms: number): void {
    this.#now += ms
  }
}
