import { ClientError } from '../client/errors.ts'
import { TaskLockedError } from '../task/errors.ts'
import type { RidingOutOptions } from './task-timeout.ts'
import type { ThreadEnvironment } from './thread-environment.ts'

/** Pause before something that passes by itself (a locked directory, a broker that is away) is tried again, ms. */
export const RETRY_MS = 100

export const passesByItself = (error: unknown): boolean =>
  error instanceof TaskLockedError || (error instanceof ClientError && error.retriable)

/** How long, and how often, what passes by itself is tried again. */
export const retriesOf = ({ time, config, cluster }: Pick<ThreadEnvironment, 'time' | 'config' | 'cluster'>): RidingOutOptions => {
  const { retryBackoffMs: baseMs, retryBackoffMaxMs: maxMs } = cluster.options
  return { time, timeoutMs: config.settings.taskTimeoutMs, backoff: { baseMs, maxMs } }
}
