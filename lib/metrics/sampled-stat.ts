const WINDOW_MS = 30_000
const WINDOWS = 2

interface Sample {
  startMs: number
  count: number
  sum: number
  max: number
  min: number
}

/** What was recorded in the last two windows of 30 s, as Kafka's sampled statistics keep it. */
export class SampledStat {
  #samples: Sample[] = []

  record(value: number, nowMs: number): void {
    let current = this.#samples.at(-1)
    if (current === undefined || nowMs - current.startMs >= WINDOW_MS) {
      current = { startMs: nowMs, count: 0, sum: 0, max: -Infinity, min: Infinity }
      this.#samples.push(current)
      if (this.#samples.length > WINDOWS) this.#samples.shift()
    }
    current.count++
    current.sum += value
    current.max = Math.max(current.max, value)
    current.min = Math.min(current.min, value)
  }

  /** The sum of the values per second; the time counts as one full window at least, so that the first values are no burst. */
  rate(nowMs: number): number {
    return this.#perSecond('sum', nowMs)
  }

  /** How many values per second. */
  occurrences(nowMs: number): number {
    return this.#perSecond('count', nowMs)
  }

  #perSecond(what: 'sum' | 'count', nowMs: number): number {
    const samples = this.#live(nowMs)
    const first = samples[0]
    if (first === undefined) return 0
    const elapsedMs = nowMs - first.startMs
    const spanMs = elapsedMs < WINDOW_MS ? elapsedMs + WINDOW_MS : elapsedMs
    return (sumOf(samples, what) / spanMs) * 1000
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
    return this.#samples.filter(({ startMs }) => nowMs - startMs < WINDOWS * WINDOW_MS)
  }
}

const sumOf = (samples: readonly Sample[], what: 'sum' | 'count'): number => samples.reduce((sum, sample) => sum + sample[what], 0)
