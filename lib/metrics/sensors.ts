import type { Time } from '../core/time.ts'
import type { Metric, MetricsRegistry, MetricTags } from './metrics-registry.ts'
import { SampledStat } from './sampled-stat.ts'

/** `occurrences`: records per second, whatever their values. */
type Stat = 'total' | 'count' | 'rate' | 'occurrences' | 'avg' | 'max' | 'min'

interface MetricName {
  readonly name: string
  readonly group: string
  readonly tags?: MetricTags
}

/** Values that a processor records, shown as metrics. */
export class Sensor {
  readonly name: string
  readonly #registry: MetricsRegistry
  readonly #time: Time
  readonly #recent = new SampledStat()
  readonly #metrics: Required<MetricName>[] = []
  #total = 0
  #count = 0

  constructor(name: string, registry: MetricsRegistry, time: Time) {
    this.name = name
    this.#registry = registry
    this.#time = time
  }

  record(value = 1): void {
    this.#total += value
    this.#count++
    this.#recent.record(value, this.#time.now())
  }

  add({ name, group, tags = {} }: MetricName, stat: Stat): void {
    this.#metrics.push({ name, group, tags })
    this.#registry.gauge(group, name, tags, () => this.#read(stat))
  }

  #read(stat: Stat): number {
    if (stat === 'total') return this.#total
    if (stat === 'count') return this.#count
    return this.#recent[stat](this.#time.now())
  }

  /** Takes its metrics away. */
  close(): void {
    for (const { group, name, tags } of this.#metrics) this.#registry.remove(group, name, tags)
    this.#metrics.length = 0
  }
}

/** The sensors that the processors of one stream thread make. */
export class Sensors {
  readonly #registry: MetricsRegistry
  readonly #threadId: string
  readonly #time: Time

  constructor(registry: MetricsRegistry, threadId: string, time: Time) {
    this.#registry = registry
    this.#threadId = threadId
    this.#time = time
  }

  addRateTotalSensor(scope: string, entity: string, operation: string, tags: MetricTags = {}): Sensor {
    return this.#sensor(`${scope}.${entity}.${operation}`, (sensor) => this.#addRateAndTotal(sensor, scope, entity, operation, tags))
  }

  addLatencyRateTotalSensor(scope: string, entity: string, operation: string, tags: MetricTags = {}): Sensor {
    return this.#sensor(`${scope}.${entity}.${operation}`, (sensor) => {
      const { group, tags: all } = this.#place(scope, entity, tags)
      sensor.add({ group, name: `${operation}-latency-avg`, tags: all }, 'avg')
      sensor.add({ group, name: `${operation}-latency-max`, tags: all }, 'max')
      this.#addRateAndTotal(sensor, scope, entity, operation, tags)
    })
  }

  addSensor(name: string): Sensor {
    return this.#sensor(name, () => {})
  }

  removeSensor(sensor: { readonly name: string }): void {
    this.#registry.removeSensor(this.#nameOf(sensor.name))?.close()
  }

  metrics(): readonly Metric[] {
    return this.#registry.read()
  }

  /** Of the same name: the same sensor, also for a task that comes back. */
  #sensor(name: string, fill: (sensor: Sensor) => void): Sensor {
    return this.#registry.sensor(this.#nameOf(name), () => {
      const sensor = new Sensor(name, this.#registry, this.#time)
      fill(sensor)
      return sensor
    })
  }

  #nameOf(name: string): string {
    return `${this.#threadId}.${name}`
  }

  #place(scope: string, entity: string, tags: MetricTags): { group: string; tags: MetricTags } {
    return { group: `stream-${scope}-metrics`, tags: { 'thread-id': this.#threadId, [`${scope}-id`]: entity, ...tags } }
  }

  /** The total counts how often; of latencies, too, the values themselves are of no use summed up. */
  #addRateAndTotal(sensor: Sensor, scope: string, entity: string, operation: string, tags: MetricTags): void {
    const { group, tags: all } = this.#place(scope, entity, tags)
    sensor.add({ group, name: `${operation}-rate`, tags: all }, 'occurrences')
    sensor.add({ group, name: `${operation}-total`, tags: all }, 'count')
  }
}
