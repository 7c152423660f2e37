import { systemTime } from '../core/time.ts'
import type { Time } from '../core/time.ts'
import { SampledStat } from './sampled-stat.ts'
import type { Sensor } from './sensor.ts'
import { MetricScope } from './metric-scope.ts'

/** What tells the instances of one metric apart, such as `{ 'task-id': '0_0' }`. */
export type MetricTags = Readonly<Record<string, string>>

/** One metric as it is read: Kafka's group, name, tags and description, and the value now. Plain data. */
export interface Metric {
  readonly group: string
  readonly name: string
  readonly tags: MetricTags
  readonly description: string
  /** Text where Java has text too: states, versions. NaN where nothing was recorded lately. */
  readonly value: number | string
}

/** How much is recorded (`metrics.recording.level`); each level has what the one before it has. */
export type RecordingLevel = 'INFO' | 'DEBUG' | 'TRACE'

const LEVELS: readonly RecordingLevel[] = ['INFO', 'DEBUG', 'TRACE']

export interface MetricsOptions {
  /** Default INFO. */
  readonly level?: RecordingLevel | undefined
  /** `metrics.sample.window.ms`; default 30 000. */
  readonly sampleWindowMs?: number | undefined
  /** `metrics.num.samples`; default 2. */
  readonly numSamples?: number | undefined
  readonly time?: Time | undefined
}

/** All metrics of one instance, by Kafka Streams' group, name and tags. Whoever has some owns a scope, and closes it. */
export class MetricsRegistry {
  readonly level: RecordingLevel
  readonly time: Time
  readonly #sampleWindowMs: number | undefined
  readonly #numSamples: number | undefined
  readonly #scopes = new Set<MetricScope>()
  readonly #sensors = new Map<string, Sensor>()
  readonly #shared = new Map<string, SampledStat>()

  constructor({ level = 'INFO', sampleWindowMs, numSamples, time = systemTime }: MetricsOptions = {}) {
    this.level = level
    this.time = time
    this.#sampleWindowMs = sampleWindowMs
    this.#numSamples = numSamples
  }

  /** True when what has this level is recorded. */
  records(level: RecordingLevel): boolean {
    return LEVELS.indexOf(level) <= LEVELS.indexOf(this.level)
  }

  /** Room for metrics that carry these tags, and come and go together. */
  scope(tags: MetricTags = {}): MetricScope {
    const scope = new MetricScope(this, tags, () => this.#scopes.delete(scope))
    this.#scopes.add(scope)
    return scope
  }

  stat(): SampledStat {
    return new SampledStat(this.#sampleWindowMs, this.#numSamples)
  }

  /** What several record together, by name. */
  sharedStat(name: string): SampledStat {
    let stat = this.#shared.get(name)
    if (stat === undefined) this.#shared.set(name, (stat = this.stat()))
    return stat
  }

  /** The sensor of that name; made when it is asked for first. */
  sensor(name: string, make: () => Sensor): Sensor {
    let sensor = this.#sensors.get(name)
    if (sensor === undefined) this.#sensors.set(name, (sensor = make()))
    return sensor
  }

  removeSensor(name: string): void {
    this.#sensors.get(name)?.close()
    this.#sensors.delete(name)
  }

  /** Removes what users' processors of a stream thread have made, and what its tasks share. */
  threadEnded(threadId: string): void {
    for (const name of this.#sensors.keys()) if (name.startsWith(`${threadId}.`)) this.removeSensor(name)
    this.#shared.delete(threadId)
  }

  /** The values now. */
  read(): Metric[] {
    const metrics: Metric[] = []
    for (const scope of this.#scopes) scope.readInto(metrics)
    return metrics
  }

  /** The sum over all metrics of that name. */
  total(name: string): number {
    return this.read().reduce((sum, metric) => (metric.name === name ? sum + Number(metric.value) : sum), 0)
  }
}
