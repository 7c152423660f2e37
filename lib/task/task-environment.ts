import type { TaskId } from '../../topology/api.ts'
import type { StreamsConfig } from '../../topology/config.ts'
import type { Logger } from '../core/log.ts'
import type { Time } from '../core/time.ts'
import type { MetricsRegistry } from '../metrics/metrics-registry.ts'

/** What every part of a task gets from whoever made the task. */
export interface TaskEnvironment {
  readonly taskId: TaskId
  readonly applicationId: string
  readonly config: StreamsConfig
  readonly time: Time
  readonly log: Logger
  readonly metrics: MetricsRegistry
  /** Name of the stream thread, for metrics. */
  readonly threadId: string
  /** Where this task keeps its files. */
  readonly stateDir: string
  /** Called when the task is closed. */
  readonly onClosed?: (() => void) | undefined
  /** True under the test driver: see `StateStoreContext.ephemeral`. */
  readonly ephemeral: boolean
}
