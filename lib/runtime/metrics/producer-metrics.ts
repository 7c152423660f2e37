import type { ProduceMeter } from '../../client/types.ts'
import type { MetricScope, StatName } from '../../metrics/metric-scope.ts'
import type { MetricsRegistry } from '../../metrics/metrics-registry.ts'
import type { Sensor } from '../../metrics/sensor.ts'

const GROUP = 'producer-metrics'
const TOPIC_GROUP = 'producer-topic-metrics'

const LATENCY: readonly StatName[] = [
  ['request-latency-avg', 'avg', 'The average request latency in ms'],
  ['request-latency-max', 'max', 'The maximum request latency in ms'],
  ['request-rate', 'occurrences', 'The number of requests sent per second'],
  ['request-total', 'count', 'The total number of requests sent'],
]
const BATCH: readonly StatName[] = [
  ['batch-size-avg', 'avg', 'The average number of bytes sent per partition per-request.'],
  ['batch-size-max', 'max', 'The max number of bytes sent per partition per-request.'],
]
const QUEUED: readonly StatName[] = [
  ['record-queue-time-avg', 'avg', 'The average time in ms record batches spent in the send buffer.'],
  ['record-queue-time-max', 'max', 'The maximum time in ms record batches spent in the send buffer.'],
]
const COMPRESSION: readonly StatName[] = [
  ['compression-rate-avg', 'avg', 'The average compression rate of record batches, defined as the average ratio of the compressed batch size over the uncompressed size.'],
]

const rateAndTotal = (name: string, rate: string, total: string): StatName[] => [
  [`${name}-rate`, 'rate', rate],
  [`${name}-total`, 'total', total],
]

const records = (dot: string, of: string) => ({
  send: rateAndTotal('record-send', `The average number of records sent per second${of}${dot}`, `The total number of records sent${of}${dot}`),
  retry: rateAndTotal('record-retry', `The average per-second number of retried record sends${of}`, `The total number of retried record sends${of}`),
  error: rateAndTotal('record-error', `The average per-second number of record sends that resulted in errors${of}`, `The total number of record sends that resulted in errors${of}`),
})

interface MeasuredTopic {
  readonly scope: MetricScope
  readonly send: Sensor
  readonly bytes: Sensor
  readonly retry: Sensor
  readonly error: Sensor
}

/** The metrics of what one stream thread writes, as Java's producers have them. */
export class ProducerMetrics implements ProduceMeter {
  readonly #registry: MetricsRegistry
  readonly #clientId: string
  readonly #scope: MetricScope
  readonly #latency: Sensor
  readonly #batch: Sensor
  readonly #queued: Sensor
  readonly #compression: Sensor
  readonly #send: Sensor
  readonly #retry: Sensor
  readonly #error: Sensor
  readonly #topics = new Map<string, MeasuredTopic>()

  constructor(registry: MetricsRegistry, clientId: string, bufferedBytes: () => number, bufferMemory: number) {
    this.#registry = registry
    this.#clientId = clientId
    const scope = registry.scope({ 'client-id': clientId })
    this.#scope = scope
    const { send, retry, error } = records('.', '')
    this.#latency = scope.sensor(GROUP, 'INFO', LATENCY)
    this.#batch = scope.sensor(GROUP, 'INFO', BATCH)
    this.#queued = scope.sensor(GROUP, 'INFO', QUEUED)
    this.#compression = scope.sensor(GROUP, 'INFO', COMPRESSION)
    this.#send = scope.sensor(GROUP, 'INFO', send)
    this.#retry = scope.sensor(GROUP, 'INFO', retry)
    this.#error = scope.sensor(GROUP, 'INFO', error)
    const total = 'The maximum amount of buffer memory the client can use (whether or not it is currently used).'
    const available = 'The total amount of buffer memory that is not being used (either unallocated or in the free list).'
    scope.gauge(GROUP, 'buffer-total-bytes', total, () => bufferMemory)
    scope.gauge(GROUP, 'buffer-available-bytes', available, () => Math.max(0, bufferMemory - bufferedBytes()))
  }

  answered(latencyMs: number): void {
    this.#latency.record(latencyMs)
  }

  sent(topic: string, count: number, bytes: number, sentBytes: number, queuedMs: number): void {
    const now = this.#registry.time.now()
    this.#batch.recordAt(sentBytes, now)
    this.#queued.recordAt(queuedMs, now)
    this.#compression.recordAt(sentBytes / bytes, now)
    this.#send.recordAt(count, now)
    const measured = this.#topic(topic)
    measured.send.recordAt(count, now)
    measured.bytes.recordAt(sentBytes, now)
  }

  retried(topic: string, count: number): void {
    this.#retry.record(count)
    this.#topic(topic).retry.record(count)
  }

  failed(topic: string, count: number): void {
    this.#error.record(count)
    this.#topic(topic).error.record(count)
  }

  #topic(topic: string): MeasuredTopic {
    let measured = this.#topics.get(topic)
    if (measured === undefined) {
      const scope = this.#registry.scope({ 'client-id': this.#clientId, topic })
      const { send, retry, error } = records('.', ' for a topic')
      const bytes = rateAndTotal('byte', 'The average number of bytes sent per second for a topic.', 'The total number of bytes sent for a topic.')
      const sensor = (stats: StatName[]): Sensor => scope.sensor(TOPIC_GROUP, 'INFO', stats)
      measured = { scope, send: sensor(send), bytes: sensor(bytes), retry: sensor(retry), error: sensor(error) }
      this.#topics.set(topic, measured)
    }
    return measured
  }

  close(): void {
    for (const { scope } of this.#topics.values()) scope.close()
    this.#scope.close()
  }
}
