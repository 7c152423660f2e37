/** Random numbers that are the same on every machine: mulberry32. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }

  /** From a normal distribution (sum of twelve uniforms). */
  normal(mean = 0, deviation = 1): number {
    let sum = -6
    for (let i = 0; i < 12; i++) sum += this.next()
    return mean + deviation * sum
  }

  integer(below: number): number {
    return Math.floor(this.next() * below)
  }
}
