import type { FetchMeter } from '../../client/types.ts'
import type { MetricScope, StatName } from '../../metrics/metric-scope.ts'
import type { MetricsRegistry } from '../../metrics/metrics-registry.ts'
import type { Sensor } from '../../metrics/sensor.ts'

const GROUP = 'consumer-fetch-manager-metrics'

const consumed = (of: string): { bytes: StatName[]; records: StatName[] } => ({
  bytes: [
    ['bytes-consumed-rate', 'rate', `The average number of bytes consumed per second${of}`],
    ['bytes-consumed-total', 'total', `The total number of bytes consumed${of}`],
    ['fetch-size-avg', 'avg', `The average number of bytes fetched per request${of}`],
    ['fetch-size-max', 'max', `The maximum number of bytes fetched per request${of}`],
  ],
  records: [
    ['records-consumed-rate', 'rate', `The average number of records consumed per second${of}`],
    ['records-consumed-total', 'total', `The total number of records consumed${of}`],
    ['records-per-request-avg', 'avg', `The average number of records in each request${of}`],
  ],
})

const LATENCY: readonly StatName[] = [
  ['fetch-latency-avg', 'avg', 'The average time taken for a fetch request.'],
  ['fetch-latency-max', 'max', 'The max time taken for any fetch request.'],
  ['fetch-rate', 'occurrences', 'The number of fetch requests per second.'],
  ['fetch-total', 'count', 'The total number of fetch requests.'],
]

const LAG_MAX: readonly StatName[] = [
  ['records-lag-max', 'max', 'The maximum lag in terms of number of records for any partition in this window. NOTE: This is based on current offset and not committed offset'],
]
const LEAD_MIN: readonly StatName[] = [
  ['records-lead-min', 'min', 'The minimum lead in terms of number of records for any partition in this window'],
]
const PARTITION_LAG: readonly StatName[] = [
  ['records-lag-avg', 'avg', 'The average lag of the partition.'],
  ['records-lag-max', 'max', 'The max lag of the partition.'],
]
const PARTITION_LEAD: readonly StatName[] = [
  ['records-lead-avg', 'avg', 'The average lead of the partition.'],
  ['records-lead-min', 'min', 'The min lead of the partition.'],
]

interface MeasuredPartition {
  readonly scope: MetricScope
  readonly lag: Sensor
  readonly lead: Sensor
}

interface MeasuredTopic {
  readonly scope: MetricScope
  readonly bytes: Sensor
  readonly records: Sensor
  readonly partitions: Map<number, MeasuredPartition>
}

/** What is asked for when metrics are read. */
export interface ConsumerPositions {
  lag(topic: string, partition: number): number | undefined
  position(topic: string, partition: number): number | undefined
  logStartOffset(topic: string, partition: number): number | undefined
}

/** The metrics of what reads for one stream thread, as Java's consumers have them: how much comes, and how far behind it is. */
export class ConsumerMetrics implements FetchMeter {
  readonly #registry: MetricsRegistry
  readonly #clientId: string
  readonly #positions: () => ConsumerPositions | undefined
  readonly #scope: MetricScope
  readonly #latency: Sensor
  readonly #bytes: Sensor
  readonly #records: Sensor
  readonly #lagMax: Sensor
  readonly #leadMin: Sensor
  readonly #topics = new Map<string, MeasuredTopic>()
  /** With the answer that is being read. */
  #cameBytes = 0
  #cameRecords = 0

  /** `clientId`: Java's name of the consumer, which tells the threads of an instance apart. */
  constructor(registry: MetricsRegistry, clientId: string, positions: () => ConsumerPositions | undefined) {
    this.#registry = registry
    this.#clientId = clientId
    this.#positions = positions
    const scope = registry.scope({ 'client-id': clientId })
    this.#scope = scope
    const { bytes, records } = consumed('')
    this.#latency = scope.sensor(GROUP, 'INFO', LATENCY)
    this.#bytes = scope.sensor(GROUP, 'INFO', bytes)
    this.#records = scope.sensor(GROUP, 'INFO', records)
    this.#lagMax = scope.sensor(GROUP, 'INFO', LAG_MAX)
    this.#leadMin = scope.sensor(GROUP, 'INFO', LEAD_MIN)
    const assigned = 'The number of partitions currently assigned to this consumer'
    scope.gauge('consumer-coordinator-metrics', 'assigned-partitions', assigned, () =>
      [...this.#topics.values()].reduce((sum, { partitions }) => sum + partitions.size, 0))
  }

  answered(latencyMs: number): void {
    const now = this.#registry.time.now()
    this.#latency.recordAt(latencyMs, now)
    if (this.#cameRecords === 0) return
    this.#bytes.recordAt(this.#cameBytes, now)
    this.#records.recordAt(this.#cameRecords, now)
    this.#cameBytes = 0
    this.#cameRecords = 0
  }

  fetched(topic: string, partition: number, records: number, bytes: number, lag: number, lead: number): void {
    const now = this.#registry.time.now()
    this.#cameBytes += bytes
    this.#cameRecords += records
    const measured = this.#topics.get(topic)
    if (measured === undefined) return
    measured.bytes.recordAt(bytes, now)
    measured.records.recordAt(records, now)
    this.#lagMax.recordAt(lag, now)
    this.#leadMin.recordAt(lead, now)
    measured.partitions.get(partition)?.lag.recordAt(lag, now)
    measured.partitions.get(partition)?.lead.recordAt(lead, now)
  }

  assigned(topic: string, partition: number): void {
    const measured = this.#topic(topic)
    if (measured.partitions.has(partition)) return
    const scope = this.#registry.scope({ 'client-id': this.#clientId, topic, 'partition': String(partition) })
    const lag = (): number => this.#positions()?.lag(topic, partition) ?? NaN
    const lead = (): number => {
      const positions = this.#positions()
      return (positions?.position(topic, partition) ?? NaN) - (positions?.logStartOffset(topic, partition) ?? NaN)
    }
    scope.gauge(GROUP, 'records-lag', 'The latest lag of the partition.', lag)
    scope.gauge(GROUP, 'records-lead', 'The latest lead of the partition.', lead)
    measured.partitions.set(partition, {
      scope,
      lag: scope.sensor(GROUP, 'INFO', PARTITION_LAG),
      lead: scope.sensor(GROUP, 'INFO', PARTITION_LEAD),
    })
  }

  #topic(topic: string): MeasuredTopic {
    let measured = this.#topics.get(topic)
    if (measured === undefined) {
      const scope = this.#registry.scope({ 'client-id': this.#clientId, topic })
      const { bytes, records } = consumed(' for a topic.')
      measured = { scope, bytes: scope.sensor(GROUP, 'INFO', bytes), records: scope.sensor(GROUP, 'INFO', records), partitions: new Map() }
      this.#topics.set(topic, measured)
    }
    return measured
  }

  unassigned(topic: string, partition: number): void {
    const measured = this.#topics.get(topic)
    measured?.partitions.get(partition)?.scope.close()
    measured?.partitions.delete(partition)
  }

  close(): void {
    for (const { scope, partitions } of this.#topics.values()) {
      scope.close()
      for (const partition of partitions.values()) partition.scope.close()
    }
    this.#topics.clear()
    this.#scope.close()
  }
}
