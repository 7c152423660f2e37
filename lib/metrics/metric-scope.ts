import type { Metric, MetricsRegistry, MetricTags, RecordingLevel } from './metrics-registry.ts'
import { Sensor } from './sensor.ts'
import type { Stat } from './sensor.ts'

/** A metric of a sensor: its name, how what is recorded becomes its value, and what it tells. */
export type StatName = readonly [name: string, stat: Stat, description: string]

interface Registered {
  readonly group: string
  readonly name: string
  readonly tags: MetricTags
  readonly description: string
  readonly read: () => number | string
}

/** Metrics that come and go together, such as those of one task. */
export class MetricScope {
  readonly registry: MetricsRegistry
  readonly #tags: MetricTags
  readonly #onClose: () => void
  readonly #metrics: Registered[] = []

  constructor(registry: MetricsRegistry, tags: MetricTags, onClose: () => void) {
    this.registry = registry
    this.#tags = tags
    this.#onClose = onClose
  }

  /** A metric whose value is asked for when it is read. */
  gauge(group: string, name: string, description: string, read: () => number | string, moreTags?: MetricTags): void {
    this.#metrics.push({ group, name, tags: this.#tagsWith(moreTags), description, read })
  }

  /** A sensor that shows these statistics, and records when the level says so. */
  sensor(group: string, level: RecordingLevel, stats: readonly StatName[], moreTags?: MetricTags): Sensor {
    const sensor = new Sensor('', this, level)
    const tags = this.#tagsWith(moreTags)
    for (const [name, stat, description] of stats) sensor.show({ group, name, tags, description }, stat)
    return sensor
  }

  #tagsWith(moreTags: MetricTags | undefined): MetricTags {
    return moreTags === undefined ? this.#tags : { ...this.#tags, ...moreTags }
  }

  /** Shows a value under exactly these tags. */
  show(metric: Omit<Registered, 'read'>, read: () => number | string): void {
    this.#metrics.push({ ...metric, read })
  }

  readInto(into: Metric[]): void {
    for (const { group, name, tags, description, read } of this.#metrics) into.push({ group, name, tags, description, value: read() })
  }

  /** Takes the metrics away. */
  close(): void {
    this.#metrics.length = 0
    this.#onClose()
  }
}
