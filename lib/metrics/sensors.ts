import type { Metric, MetricsRegistry, MetricTags, RecordingLevel } from './metrics-registry.ts'
import { Sensor } from './sensor.ts'
import { latency, rateAndTotal } from './stat-names.ts'

/** The sensors that the processors of one stream thread make. */
export class Sensors {
  readonly #registry: MetricsRegistry
  readonly #threadId: string

  constructor(registry: MetricsRegistry, threadId: string) {
    this.#registry = registry
    this.#threadId = threadId
  }

  addRateTotalSensor(scope: string, entity: string, operation: string, tags: MetricTags = {}, level: RecordingLevel = 'INFO'): Sensor {
    return this.#made(scope, entity, operation, tags, level, false)
  }

  addLatencyRateTotalSensor(scope: string, entity: string, operation: string, tags: MetricTags = {}, level: RecordingLevel = 'INFO'): Sensor {
    return this.#made(scope, entity, operation, tags, level, true)
  }

  addSensor(name: string, level: RecordingLevel = 'INFO', ...parents: readonly Sensor[]): Sensor {
    return this.#sensor(name, level, parents, () => {})
  }

  removeSensor(sensor: { readonly name: string }): void {
    this.#registry.removeSensor(this.#nameOf(sensor.name))
  }

  metrics(): readonly Metric[] {
    return this.#registry.read()
  }

  /** The total counts how often; of latencies, too, the values themselves are of no use summed up. */
  #made(scope: string, entity: string, operation: string, more: MetricTags, level: RecordingLevel, isLatency: boolean): Sensor {
    return this.#sensor(`${scope}.${entity}.${operation}`, level, [], (sensor) => {
      const group = `stream-${scope}-metrics`
      const tags = { 'thread-id': this.#threadId, [`${scope}-id`]: entity, ...more }
      const names = [...(isLatency ? latency(operation, operation) : []), ...rateAndTotal(operation, `${operation} operations`)]
      for (const [name, stat, description] of names) sensor.show({ group, name, tags, description }, stat)
    })
  }

  /** Of the same name: the same sensor, also for a task that comes back. */
  #sensor(name: string, level: RecordingLevel, parents: readonly Sensor[], fill: (sensor: Sensor) => void): Sensor {
    return this.#registry.sensor(this.#nameOf(name), () => {
      const sensor = new Sensor(name, this.#registry.scope(), level, parents)
      fill(sensor)
      return sensor
    })
  }

  #nameOf(name: string): string {
    return `${this.#threadId}.${name}`
  }
}
