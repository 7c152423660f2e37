import type { MetricScope } from '../metrics/metric-scope.ts'
import type { Sensor } from '../metrics/sensor.ts'
import { rateAndTotal } from '../metrics/stat-names.ts'
import type { TaskEnvironment } from './task-environment.ts'

/** The metrics of one standby. */
export class StandbyMetrics {
  readonly updated: Sensor
  readonly #scope: MetricScope
  readonly #onClosed: (() => void) | undefined

  constructor({ metrics, threadId, taskId, onClosed }: Pick<TaskEnvironment, 'metrics' | 'threadId' | 'taskId' | 'onClosed'>) {
    this.#onClosed = onClosed
    this.#scope = metrics.scope({ 'thread-id': threadId, 'task-id': String(taskId) })
    this.updated = this.#scope.sensor('stream-task-metrics', 'DEBUG', rateAndTotal('update', 'records updated', 'total'))
  }

  close(): void {
    this.#scope.close()
    this.#onClosed?.()
  }
}
