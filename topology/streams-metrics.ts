/** One metric as it is read: Kafka's group, name and tags, and the value now. */
export interface MetricReading {
  readonly group: string
  readonly name: string
  readonly tags: Readonly<Record<string, string>>
  readonly description: string
  /** Text where Java has text too: states, versions. */
  readonly value: number | string
}

/** How much is recorded (`metrics.recording.level`); each level has what the one before it has. */
export type RecordingLevel = 'INFO' | 'DEBUG' | 'TRACE'


/**
 * How the values that a sensor records become one number. `total` and `count` are since the beginning; the others look at the
 * last 30 to 60 seconds, `rate` as the sum of the values per second.
 */
export type SensorStat = 'total' | 'count' | 'rate' | 'avg' | 'max' | 'min'

/** Takes values that metrics are made of. */
export interface Sensor {
  readonly name: string
  /** False when its level is not that of the instance: then what it would cost to find the value can be saved. */
  readonly isRecording: boolean
  /** @default 1 */
  record(value?: number): void
  /** Shows what is recorded as one more metric. */
  add(
    metric: { readonly name: string; readonly group: string; readonly tags?: Readonly<Record<string, string>>; readonly description?: string },
    stat: SensorStat,
  ): void
}

/** Metrics of a processor's own, beside those of the library: `streams.metrics()` shows all of them. */
export interface StreamsMetrics {
  /**
   * A sensor of how often something happens: metrics `<operation>-rate` and `<operation>-total` of the group
   * `stream-<scope>-metrics`, with the tags `thread-id` and `<scope>-id` (the entity). Asked for again it is the same sensor.
   * `level`: what `metrics.recording.level` has to be, default INFO.
   */
  addRateTotalSensor(scope: string, entity: string, operation: string, tags?: Readonly<Record<string, string>>, level?: RecordingLevel): Sensor
  /** The same with `<operation>-latency-avg` and `<operation>-latency-max` of the recorded values, in the caller's unit. */
  addLatencyRateTotalSensor(scope: string, entity: string, operation: string, tags?: Readonly<Record<string, string>>, level?: RecordingLevel): Sensor
  /** A sensor without metrics: {@link Sensor.add} gives it some. What it records its `parents` record too. */
  addSensor(name: string, level?: RecordingLevel, ...parents: readonly Sensor[]): Sensor
  /** Takes a sensor and its metrics away. */
  removeSensor(sensor: Sensor): void
  /** All metrics of the instance as they are now. */
  metrics(): readonly MetricReading[]
}
