import type { TopicPartition } from '../../core/topic-partition.ts'
import type { MetricScope, StatName } from '../../metrics/metric-scope.ts'
import type { MetricsRegistry } from '../../metrics/metrics-registry.ts'
import type { Sensor } from '../../metrics/sensor.ts'
import type { ManagedTask } from '../managed-task.ts'
import type { StateRestoreListener } from '../restore-listener.ts'
import type { StandbyUpdateListener } from '../standby-listener.ts'
import type { ManagedStandby } from '../standby-tasks.ts'

const GROUP = 'stream-state-updater-metrics'

const RESTORING: StatName[] = [['restore-records-rate', 'rate', 'The average per-second number of records restored']]
const CALLS: StatName[] = [['restore-call-rate', 'occurrences', 'The average per-second number of restore calls triggered']]

export interface RestoreMetricsOptions {
  readonly metrics: MetricsRegistry
  /** Of the stream thread; Java's thread for restoring has a name of its own, which its metrics carry. */
  readonly threadName: string
  readonly tasks: () => readonly ManagedTask[]
  readonly standbys: () => readonly ManagedStandby[]
  readonly isPaused: () => boolean
}

/** What one stream thread restores and follows. Counts by listening to what readers of changelogs tell. */
export class RestoreMetrics {
  readonly #scope: MetricScope
  readonly #options: RestoreMetricsOptions
  readonly #records: Sensor
  readonly #calls: Sensor
  /** By changelog partition: what is left of it. */
  readonly #remaining = new Map<string, number>()

  constructor(options: RestoreMetricsOptions) {
    this.#options = options
    const { metrics, threadName, tasks, standbys, isPaused } = options
    const scope = metrics.scope({ 'thread-id': threadName.replace('-StreamThread-', '-StateUpdater-') })
    this.#scope = scope
    this.#records = scope.sensor(GROUP, 'INFO', RESTORING)
    this.#calls = scope.sensor(GROUP, 'INFO', CALLS)
    const restoring = (): number => tasks().filter(({ phase }) => phase === 'restoring').length
    const gauge = (name: string, description: string, read: () => number): void => scope.gauge(GROUP, name, description, read)
    gauge('active-restoring-tasks', 'The number of active tasks currently undergoing restoration', restoring)
    gauge('active-paused-tasks', 'The number of active tasks paused restoring', () => 0)
    gauge('standby-updating-tasks', 'The number of standby tasks currently undergoing state update', () => (isPaused() ? 0 : standbys().length))
    gauge('standby-paused-tasks', 'The number of standby tasks paused state update', () => (isPaused() ? standbys().length : 0))
  }

  /** Hears how restoring goes on, and tells the user's listener. */
  restoreListener(next: () => StateRestoreListener | undefined): () => StateRestoreListener {
    const listener: StateRestoreListener = {
      onRestoreStart: (partition, storeName, start, end) => {
        this.#note(partition, storeName, Math.max(0, end - start), 0)
        next()?.onRestoreStart?.(partition, storeName, start, end)
      },
      onBatchRestored: (partition, storeName, end, count) => {
        this.#restored(count)
        const left = this.#remaining.get(keyOf(partition)) ?? 0
        this.#note(partition, storeName, Math.max(0, left - count), count)
        next()?.onBatchRestored?.(partition, storeName, end, count)
      },
      onRestoreEnd: (partition, storeName, total) => {
        this.#note(partition, storeName, 0, 0)
        next()?.onRestoreEnd?.(partition, storeName, total)
      },
      onRestoreSuspended: (partition, storeName, total) => {
        this.#note(partition, storeName, 0, 0)
        next()?.onRestoreSuspended?.(partition, storeName, total)
      },
    }
    return () => listener
  }

  standbyListener(next: () => StandbyUpdateListener | undefined): () => StandbyUpdateListener {
    const listener: StandbyUpdateListener = {
      onUpdateStart: (...args) => next()?.onUpdateStart?.(...args),
      onBatchLoaded: (partition, storeName, taskId, end, count, currentEnd) => {
        this.#restored(count)
        this.#options.standbys().find(({ id }) => id === String(taskId))?.task.updated(count)
        next()?.onBatchLoaded?.(partition, storeName, taskId, end, count, currentEnd)
      },
      onUpdateSuspended: (...args) => next()?.onUpdateSuspended?.(...args),
    }
    return () => listener
  }

  #restored(count: number): void {
    this.#records.record(count)
    this.#calls.record()
  }

  #note(partition: TopicPartition, storeName: string, remaining: number, restored: number): void {
    const key = keyOf(partition)
    const before = this.#remaining.get(key) ?? 0
    if (remaining === 0) this.#remaining.delete(key)
    else this.#remaining.set(key, remaining)
    const owner = this.#options.tasks().find(({ task }) => task.id.partition === partition.partition && task.store(storeName) !== undefined)
    owner?.task.restoring(remaining - before, restored)
  }

  close(): void {
    this.#scope.close()
  }
}

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}-${partition}`
