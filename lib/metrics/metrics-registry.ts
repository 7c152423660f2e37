import type { Sensor } from './sensors.ts'

/** What tells the instances of one metric apart, such as `{ 'task-id': '0_0' }`. */
export type MetricTags = Readonly<Record<string, string>>

/** One metric as it is read: Kafka's group, name and tags, and the value now. */
export interface Metric {
  readonly group: string
  readonly name: string
  readonly tags: MetricTags
  readonly value: number
}

/** A number that only grows. Recording is one addition: no clock, no allocation. */
export class Counter {
  value = 0

  add(amount = 1): void {
    this.value += amount
  }
}

interface Registered {
  readonly group: string
  readonly name: string
  readonly tags: MetricTags
  readonly read: () => number
}

const keyOf = (group: string, name: string, tags: MetricTags): string =>
  [group, name, ...Object.entries(tags).map(([tag, value]) => `${tag}=${value}`)].join('\0')

/** All metrics of one instance, by Kafka Streams' group, name and tags. */
export class MetricsRegistry {
  readonly #metrics = new Map<string, Registered>()
  readonly #counters = new Map<string, Counter>()
  readonly #sensors = new Map<string, Sensor>()

  /** The counter of that name and tags; the same one whenever it is asked for. */
  counter(group: string, name: string, tags: MetricTags = {}): Counter {
    const key = keyOf(group, name, tags)
    let counter = this.#counters.get(key)
    if (counter === undefined) {
      const made = new Counter()
      counter = made
      this.#counters.set(key, made)
      this.#metrics.set(key, { group, name, tags, read: () => made.value })
    }
    return counter
  }

  /** A metric whose value is asked for when it is read. Takes the place of one of the same name and tags. */
  gauge(group: string, name: string, tags: MetricTags, read: () => number): void {
    this.#metrics.set(keyOf(group, name, tags), { group, name, tags, read })
  }

  /** The sensor of that name; made when it is asked for first. */
  sensor(name: string, make: () => Sensor): Sensor {
    let sensor = this.#sensors.get(name)
    if (sensor === undefined) this.#sensors.set(name, (sensor = make()))
    return sensor
  }

  /** Forgets a sensor; the caller closes it. */
  removeSensor(name: string): Sensor | undefined {
    const sensor = this.#sensors.get(name)
    this.#sensors.delete(name)
    return sensor
  }

  remove(group: string, name: string, tags: MetricTags): void {
    this.#metrics.delete(keyOf(group, name, tags))
  }

  /** Removes all metrics that carry these tags, as when a task closes. */
  removeAll(tags: MetricTags): void {
    for (const [key, metric] of this.#metrics) {
      if (!Object.entries(tags).every(([tag, value]) => metric.tags[tag] === value)) continue
      this.#metrics.delete(key)
      this.#counters.delete(key)
    }
  }

  /** The values now. */
  read(): Metric[] {
    return [...this.#metrics.values()].map(({ group, name, tags, read }) => ({ group, name, tags, value: read() }))
  }

  /** The sum over all metrics of that name. */
  total(name: string): number {
    let sum = 0
    for (const metric of this.#metrics.values()) if (metric.name === name) sum += metric.read()
    return sum
  }
}
