import { performance } from 'node:perf_hooks'
import type { MetricScope } from '../metrics/metric-scope.ts'
import type { SampledStat } from '../metrics/sampled-stat.ts'
import type { Sensor } from '../metrics/sensor.ts'
import { latency, rateAndTotal } from '../metrics/stat-names.ts'
import { NodeMetrics } from './node-metrics.ts'
import type { TaskEnvironment } from './task-environment.ts'
import { TopicMetrics } from './topic-metrics.ts'

const GROUP = 'stream-task-metrics'
const NS_PER_MS = 1e6

const LATENESS = 'lateness of records in milliseconds, measured by comparing the record timestamp with the current stream time'

/** The metrics of one active task. */
export class TaskMetrics {
  readonly scope: MetricScope
  readonly nodes: NodeMetrics
  readonly topics: TopicMetrics
  readonly dropped: Sensor
  readonly punctuate: Sensor
  /** How often a record was processed although other partitions had none, as `max.task.idle.ms` allows. */
  readonly enforced: Sensor
  readonly lateness: Sensor
  readonly restored: Sensor
  /** Records of changelogs that are to be restored still. */
  remainingRecords = 0
  /** How long the last call to process took, ms. */
  lastProcessMs = 0
  readonly #process: Sensor
  readonly #processingTime: SampledStat
  readonly #threadTime: SampledStat
  readonly #onClosed: (() => void) | undefined

  constructor({ metrics, threadId, taskId, onClosed }: Pick<TaskEnvironment, 'metrics' | 'threadId' | 'taskId' | 'onClosed'>) {
    this.#onClosed = onClosed
    const scope = metrics.scope({ 'thread-id': threadId, 'task-id': String(taskId) })
    this.scope = scope
    this.nodes = new NodeMetrics(scope)
    this.topics = new TopicMetrics(scope)
    this.#process = scope.sensor(GROUP, 'DEBUG', [...latency('process', 'calls to process'), ...rateAndTotal('process', 'calls to process')])
    this.dropped = scope.sensor(GROUP, 'INFO', rateAndTotal('dropped-records', 'dropped records'))
    this.punctuate = scope.sensor(GROUP, 'DEBUG', [...latency('punctuate', 'calls to punctuate'), ...rateAndTotal('punctuate', 'calls to punctuate')])
    this.enforced = scope.sensor(GROUP, 'DEBUG', rateAndTotal('enforced-processing', 'occurrences of enforced-processing operations'))
    this.lateness = scope.sensor(GROUP, 'DEBUG', [
      ['record-lateness-avg', 'avg', `The observed average ${LATENESS}`],
      ['record-lateness-max', 'max', `The observed maximum ${LATENESS}`],
    ])
    this.restored = scope.sensor(GROUP, 'DEBUG', rateAndTotal('restore', 'records restored', 'total'))
    scope.gauge(GROUP, 'restore-remaining-records-total', 'The total number of records remaining to be restored', () => this.remainingRecords)
    this.#processingTime = metrics.stat()
    this.#threadTime = metrics.sharedStat(threadId)
    scope.gauge(GROUP, 'active-process-ratio', 'The fraction of time the thread spent on processing this task among all assigned active tasks', () => {
      const now = metrics.time.now()
      return this.#processingTime.sum(now) / this.#threadTime.sum(now) || 0
    })
  }

  /** What can be asked for at any time. */
  gauges({ bufferedRecords, cacheBytes }: { bufferedRecords: () => number; cacheBytes: () => number }): void {
    const buffered = 'The count of buffered records that are polled from consumer and not yet processed for this active task'
    this.scope.gauge(GROUP, 'active-buffer-count', buffered, bufferedRecords)
    this.scope.gauge(GROUP, 'cache-size-bytes-total', "The total size in bytes of this task's cache.", cacheBytes)
  }

  /** Records were processed since `begunAt` (performance.now()). */
  processed(count: number, begunAt: number): void {
    const now = this.scope.registry.time.now()
    const elapsedMs = performance.now() - begunAt
    this.lastProcessMs = elapsedMs
    this.#processingTime.record(elapsedMs, now)
    this.#threadTime.record(elapsedMs, now)
    this.nodes.settle(now)
    if (!this.#process.isRecording) return
    const elapsedNs = elapsedMs * NS_PER_MS
    this.#process.recordMany(count, elapsedNs, elapsedNs / count, elapsedNs / count, now)
  }

  close(): void {
    this.scope.close()
    this.#onClosed?.()
  }
}
