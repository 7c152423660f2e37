import type { MetricScope, StatName } from '../../metrics/metric-scope.ts'
import type { MetricsRegistry } from '../../metrics/metrics-registry.ts'
import type { Sensor } from '../../metrics/sensor.ts'
import type { ThreadState } from '../thread-state.ts'

const GROUP = 'stream-thread-metrics'
const NS_PER_MS = 1e6

const STATES: readonly ThreadState[] = ['CREATED', 'STARTING', 'PARTITIONS_REVOKED', 'PARTITIONS_ASSIGNED', 'RUNNING', 'PENDING_SHUTDOWN', 'DEAD']

const latencies = (operation: string): StatName[] => [
  [`${operation}-latency-avg`, 'avg', `The average ${operation} latency`],
  [`${operation}-latency-max`, 'max', `The maximum ${operation} latency`],
]

const calls = (operation: string, stat: 'count' | 'total' = 'count'): StatName[] => [
  [`${operation}-rate`, stat === 'count' ? 'occurrences' : 'rate', `The average per-second number of calls to ${operation}`],
  [`${operation}-total`, stat, `The total number of calls to ${operation}`],
]

const records = (operation: string, what: string): StatName[] => [
  [`${operation}-records-avg`, 'avg', `The average number of records ${what} within an iteration`],
  [`${operation}-records-max`, 'max', `The maximum number of records ${what} within an iteration`],
]

const tasks = (operation: string, what: string): StatName[] => [
  [`task-${operation}-rate`, 'occurrences', `The average per-second number of ${what} tasks`],
  [`task-${operation}-total`, 'count', `The total number of ${what} tasks`],
]

const ratio = (operation: string, what: string): StatName[] => [
  [`${operation}-ratio`, 'ratio', `The ratio, over a rolling measurement window, of the time this thread spent ${what} to the total elapsed time in that window.`],
]

/** Not of Java, which counts these among the dropped records of some task. */
export const DROPPED_OUTPUT: readonly StatName[] = [
  ['dropped-output-records-total', 'total', 'The total number of output records that could not be written and were dropped'],
]

export interface ThreadMetricsOptions {
  readonly metrics: MetricsRegistry
  readonly threadName: string
  readonly processId: string
  readonly state: () => ThreadState
}

/**
 * The metrics of one stream thread. A turn of its loop is Java's iteration; where Java waits in `poll` the loop sleeps, or waits
 * for the producer's memory.
 */
export class ThreadMetrics {
  readonly scope: MetricScope
  /** Outputs that the production exception handler has forgiven. */
  readonly droppedOutput: Sensor
  readonly #registry: MetricsRegistry
  readonly #processLatency: Sensor
  readonly #process: Sensor
  readonly #processRecords: Sensor
  readonly #processTime: Sensor
  readonly #punctuate: Sensor
  readonly #punctuateTime: Sensor
  readonly #commit: Sensor
  readonly #commitTime: Sensor
  readonly #poll: Sensor
  readonly #pollRecords: Sensor
  readonly #pollTime: Sensor
  readonly #created: Sensor
  readonly #closed: Sensor
  /** Since the last summary. */
  #summary = { records: 0, punctuators: 0, commits: 0 }
  #processed = 0
  #processedMs = 0
  #polled = 0
  #blockedMs = 0
  #startedMs = 0

  constructor({ metrics, threadName, processId, state }: ThreadMetricsOptions) {
    this.#registry = metrics
    const scope = metrics.scope({ 'thread-id': threadName })
    this.scope = scope
    const sensor = (...names: readonly StatName[]): Sensor => scope.sensor(GROUP, 'INFO', names)
    this.#processLatency = sensor(...latencies('process'))
    this.#process = sensor(...calls('process', 'total'))
    this.#processRecords = sensor(...records('process', 'processed'))
    this.#processTime = sensor(...ratio('process', 'processing active tasks'))
    this.#punctuate = sensor(...latencies('punctuate'), ...calls('punctuate'))
    this.#punctuateTime = sensor(...ratio('punctuate', 'punctuating active tasks'))
    this.#commit = sensor(...latencies('commit'), ...calls('commit'))
    this.#commitTime = sensor(...ratio('commit', 'committing all tasks'))
    this.#poll = sensor(...latencies('poll'), ...calls('poll'))
    this.#pollRecords = sensor(...records('poll', 'polled from consumer'))
    this.#pollTime = sensor(...ratio('poll', 'polling records from the consumer'))
    this.#created = sensor(...tasks('created', 'newly created'))
    this.#closed = sensor(...tasks('closed', 'closed'))
    this.droppedOutput = sensor(...DROPPED_OUTPUT)
    scope.gauge(GROUP, 'state', 'The current state of the thread', state)
    scope.gauge(GROUP, 'thread-state', 'The current state of the thread', () => STATES.indexOf(state()), { 'process-id': processId })
    scope.gauge(GROUP, 'thread-start-time', 'The time that the thread was started', () => this.#startedMs)
    scope.gauge(GROUP, 'blocked-time-ns-total', 'The total time the thread spent blocked on kafka in nanoseconds', () => this.#blockedMs * NS_PER_MS)
  }

  started(): void {
    this.#startedMs = this.#registry.time.now()
  }

  /** What was done since the last call. */
  takeSummary(): { readonly records: number; readonly punctuators: number; readonly commits: number } {
    const summary = this.#summary
    this.#summary = { records: 0, punctuators: 0, commits: 0 }
    return summary
  }

  processed(count: number, elapsedMs: number): void {
    this.#processed += count
    this.#processedMs += elapsedMs
  }

  punctuated(count: number, elapsedMs: number): void {
    const now = this.#registry.time.now()
    this.#summary.punctuators += count
    const each = elapsedMs / count
    this.#punctuate.recordMany(count, elapsedMs, each, each, now)
    this.#punctuateTime.recordAt(elapsedMs, now)
  }

  /** A turn of the loop has ended at `nowMs`. */
  turnEnded(nowMs: number): void {
    const count = this.#processed
    if (count === 0) return
    this.#summary.records += count
    this.#process.recordAt(count, nowMs)
    this.#processLatency.recordAt(this.#processedMs / count, nowMs)
    this.#processRecords.recordAt(count, nowMs)
    this.#processTime.recordAt(this.#processedMs, nowMs)
    this.#processed = 0
    this.#processedMs = 0
  }

  committed(taskCount: number, elapsedMs: number): void {
    if (taskCount === 0) return
    this.#summary.commits += taskCount
    const now = this.#registry.time.now()
    this.#commit.recordAt(elapsedMs / taskCount, now)
    this.#commitTime.recordAt(elapsedMs, now)
  }

  /** Records came from a broker. */
  fetched(count: number): void {
    this.#polled += count
  }

  /** A response of a broker is dealt with. */
  polled(): void {
    if (this.#polled === 0) return
    this.#pollRecords.record(this.#polled)
    this.#polled = 0
  }

  /** The thread had to wait, for records or for room. */
  waited(elapsedMs: number): void {
    const now = this.#registry.time.now()
    this.#blockedMs += elapsedMs
    this.#poll.recordAt(elapsedMs, now)
    this.#pollTime.recordAt(elapsedMs, now)
  }

  taskCreated(): void {
    this.#created.record()
  }

  taskClosed(): void {
    this.#closed.record()
  }

  close(threadName: string): void {
    this.scope.close()
    this.#registry.threadEnded(threadName)
  }
}
