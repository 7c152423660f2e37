/**
 * What a windowed store still keeps: rows younger than the retention, counted from the largest time it has seen. Reads of
 * older ones find nothing and puts are dropped, in all stores alike, whatever is still there of them.
 */
export class Retention {
  readonly retentionMs: number
  #observed = -1

  constructor(retentionMs: number) {
    this.retentionMs = retentionMs
  }

  /** The smallest time that is kept. */
  get oldest(): number {
    return this.#observed - this.retentionMs + 1
  }

  /** False when a row of that time is too old; true also moves the limit for others. */
  admits(time: number): boolean {
    if (time > this.#observed) this.#observed = time
    return time >= this.oldest
  }
}
