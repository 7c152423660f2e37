import type { MetricScope } from './metric-scope.ts'
import type { MetricTags, RecordingLevel } from './metrics-registry.ts'
import type { SampledStat } from './sampled-stat.ts'

/**
 * How what a sensor records becomes a value. `total` is the sum, `count` how many values, since the beginning; the others look
 * at the last windows: `rate` sums the values per second, `occurrences` counts them per second, `ratio` is the part of the time
 * that values in ms make up.
 */
export type Stat = 'total' | 'count' | 'rate' | 'occurrences' | 'ratio' | 'avg' | 'max' | 'min'

interface ShownMetric {
  readonly name: string
  readonly group: string
  readonly tags: MetricTags
  readonly description: string
}

/** Values that are recorded, shown as metrics. Records nothing when its level is not that of the instance. */
export class Sensor {
  readonly name: string
  readonly isRecording: boolean
  readonly #scope: MetricScope
  readonly #recent: SampledStat
  readonly #parents: readonly Sensor[]
  #total = 0
  #count = 0

  /** `parents` record what this one records. */
  constructor(name: string, scope: MetricScope, level: RecordingLevel = 'INFO', parents: readonly Sensor[] = []) {
    this.name = name
    this.#scope = scope
    this.#recent = scope.registry.stat()
    this.#parents = parents
    this.isRecording = scope.registry.records(level)
  }

  record(value = 1): void {
    if (this.isRecording) this.recordAt(value, this.#scope.registry.time.now())
  }

  /** The same by a clock that was looked at anyway. */
  recordAt(value: number, nowMs: number): void {
    this.recordMany(1, value, value, value, nowMs)
  }

  /** What stands for `count` values: their sum, the least and the greatest of them. */
  recordMany(count: number, sum: number, min: number, max: number, nowMs: number): void {
    if (!this.isRecording) return
    this.#total += sum
    this.#count += count
    this.#recent.recordMany(count, sum, min, max, nowMs)
    for (const parent of this.#parents) parent.recordMany(count, sum, min, max, nowMs)
  }

  /** Shows what is recorded as one more metric. */
  add({ name, group, tags = {}, description = '' }: Pick<ShownMetric, 'name' | 'group'> & Partial<ShownMetric>, stat: Stat): void {
    this.show({ name, group, tags, description }, stat)
  }

  show(metric: ShownMetric, stat: Stat): void {
    this.#scope.show(metric, () => this.#read(stat))
  }

  #read(stat: Stat): number {
    if (stat === 'total') return this.#total
    if (stat === 'count') return this.#count
    return this.#recent[stat](this.#scope.registry.time.now())
  }

  /** Takes its metrics away, when it has its scope for itself. */
  close(): void {
    this.#scope.close()
  }
}
