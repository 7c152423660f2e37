import { setTimeout as pause } from 'node:timers/promises'
import { backoffMs } from '../client/backoff.ts'
import type { BackoffOptions } from '../client/backoff.ts'
import { ClientError } from '../client/errors.ts'
import type { Time } from '../core/time.ts'
import { TaskTimeoutError } from './errors.ts'

export interface TaskTimeoutOptions {
  readonly time: Time
  /** `task.timeout.ms`: how long something that passes by itself may go on failing; 0: not twice. */
  readonly timeoutMs: number
}

/** How long tasks may do without progress because brokers are away or too slow (KIP-572). */
export class TaskTimeout {
  readonly #what: string
  readonly #options: TaskTimeoutOptions
  #since: number | undefined

  /** `what` makes no progress, such as `Task 0_1`. */
  constructor(what: string, options: TaskTimeoutOptions) {
    this.#what = what
    this.#options = options
  }

  succeeded(): void {
    this.#since = undefined
  }

  /** It may be tried again. @throws {TaskTimeoutError} when it has failed for too long */
  failed(cause: Error): void {
    const now = this.#options.time.now()
    this.#since ??= now
    const ms = now - this.#since
    if (ms <= this.#options.timeoutMs) return
    throw new TaskTimeoutError(`${this.#what} did not make progress within ${ms} ms. Adjust task.timeout.ms if needed: ${cause.message}`, { cause })
  }
}

export interface RidingOutOptions extends TaskTimeoutOptions {
  /** `retry.backoff.ms` and `retry.backoff.max.ms`. */
  readonly backoff: BackoffOptions
}

/**
 * Tries again what passes by itself, with growing pauses, until `task.timeout.ms` has passed, or `isWanted` says that nobody waits.
 * @throws {TaskTimeoutError} @throws what does not pass by itself, or came when nobody waited any more
 */
export const ridingOut = async <T>(what: string, options: RidingOutOptions, isWanted: () => boolean, attempt: () => Promise<T>): Promise<T> => {
  const timeout = new TaskTimeout(what, options)
  for (let failures = 0; ; failures++) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof ClientError && error.retriable && isWanted())) throw error
      timeout.failed(error)
      await pause(backoffMs(failures, options.backoff))
    }
  }
}
