interface Sample {
  startMs: number
  count: number
  sum: number
  max: number
  min: number
}

/** What was recorded in the last windows, as Kafka's sampled statistics keep it. */
export class SampledStat {
  readonly #windowMs: number
  readonly #windows: number
  #samples: Sample[] = []

  /** `metrics.sample.window.ms` and `metrics.num.samples`. */
  constructor(windowMs = 30_000, windows = 2) {
    this.#windowMs = windowMs
    this.#windows = windows
  }

  record(value: number, nowMs: number): void {
    this.recordMany(1, value, value, value, nowMs)
  }

  /** What stands for `count` values: their sum, the least and the greatest of them. */
  recordMany(count: number, sum: number, min: number, max: number, nowMs: number): void {
    let current = this.#samples.at(-1)
    if (current === undefined || nowMs - current.startMs >= this.#windowMs) {
      current = { startMs: nowMs, count: 0, sum: 0, max: -Infinity, min: Infinity }
      this.#samples.push(current)
      if (this.#samples.length > this.#windows) this.#samples.shift()
    }
    current.count += count
    current.sum += sum
    if (max > current.max) current.max = max
    if (min < current.min) current.min = min
  }

  /** The sum of the values per second; the time counts as all windows but one at least, so that the first values are no burst. */
  rate(nowMs: number): number {
    return this.#perSecond('sum', nowMs)
  }

  /** How many values per second. */
  occurrences(nowMs: number): number {
    return this.#perSecond('count', nowMs)
  }

  /** Of values in ms: which part of the time since the first of them they make up. */
  ratio(nowMs: number): number {
    const samples = this.#live(nowMs)
    const first = samples[0]
    return first === undefined ? 0 : Math.min(1, sumOf(samples, 'sum') / Math.max(1, nowMs - first.startMs))
  }

  sum(nowMs: number): number {
    return sumOf(this.#live(nowMs), 'sum')
  }

  #perSecond(what: 'sum' | 'count', nowMs: number): number {
    const samples = this.#live(nowMs)
    const first = samples[0]
    if (first === undefined) return 0
    const elapsedMs = nowMs - first.startMs
    const missing = Math.max(0, this.#windows - 1 - Math.floor(elapsedMs / this.#windowMs))
    return (sumOf(samples, what) / Math.max(1, elapsedMs + missing * this.#windowMs)) * 1000
  }

  /** NaN when nothing was recorded lately, as in Kafka. */
  avg(nowMs: number): number {
    const samples = this.#live(nowMs)
    return sumOf(samples, 'sum') / sumOf(samples, 'count')
  }

  max(nowMs: number): number {
    const samples = this.#live(nowMs)
    return samples.length === 0 ? NaN : Math.max(...samples.map((sample) => sample.max))
  }

  min(nowMs: number): number {
    const samples = this.#live(nowMs)
    return samples.length === 0 ? NaN : Math.min(...samples.map((sample) => sample.min))
  }

  #live(nowMs: number): readonly Sample[] {
    return this.#samples.filter(({ startMs }) => nowMs - startMs < this.#windows * this.#windowMs)
  }
}

const sumOf = (samples: readonly Sample[], what: 'sum' | 'count'): number => samples.reduce((sum, sample) => sum + sample[what], 0)
