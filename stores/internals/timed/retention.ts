/**
 * What a windowed store still keeps: rows younger than the retention, counted from the largest time it has seen. Reads of
 * older ones find nothing, in all stores alike. Stores in files drop rows in whole segments of time: until then they take late
 * changes without complaint, as Java's do.
 */
export class Retention {
  readonly retentionMs: number
  readonly #segmentMs: number
  readonly #spareMs: 0 | 1
  #observed = -1
  /** The same without what came from the changelog, which may be ahead of the records. */
  #processed = -1

  /**
   * `segmentMs` is 1 where each row leaves at its own time. `spareMs` is how much longer reads find rows: windows that are sent
   * when they close must still be there at that very ms.
   */
  constructor(retentionMs: number, segmentMs: number, spareMs: 0 | 1 = 0) {
    this.retentionMs = retentionMs
    this.#segmentMs = segmentMs
    this.#spareMs = spareMs
  }

  get keepsSegments(): boolean {
    return this.#segmentMs !== 1
  }

  /** The smallest time that reads find. */
  get oldest(): number {
    return this.#observed - this.retentionMs + 1 - this.#spareMs
  }

  /** The smallest time of which rows are there, or are taken. */
  get oldestKept(): number {
    if (!this.keepsSegments) return this.oldest
    return Math.floor((this.#observed - this.retentionMs) / this.#segmentMs) * this.#segmentMs
  }

  /** Reads of rows before that time have found nothing yet, and will not after a crash either. */
  get oldestRead(): number {
    return this.#processed - this.retentionMs + 1 - this.#spareMs
  }

  /** False when a row of that time is too old; true also moves the limit for others, as if none were later than `latest`. */
  admits(time: number, latest?: number): boolean {
    const seen = latest === undefined ? time : Math.min(time, latest)
    if (latest === undefined && time > this.#processed) this.#processed = time
    if (seen > this.#observed) this.#observed = seen
    return time >= this.oldest || time >= this.oldestKept
  }
}
