import type { Logger } from '../core/log.ts'
import type { Time } from '../core/time.ts'
import type { StateDirectory } from '../task/state-directory.ts'

/** What a timer can wait. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

export interface StateCleanerOptions {
  readonly directory: Pick<StateDirectory, 'cleanUp'>
  readonly time: Time
  readonly logger: Logger
  /** `state.cleanup.delay.ms`: how long a task must have been away, and how often that is looked for. */
  readonly delayMs: number
  /** `state.cleanup.dir.max.age.ms`: what is older at the start is removed; -1: nothing is. */
  readonly maxAgeMs: number
  /** Only while the client is RUNNING, as in Java: in a rebalance tasks may be about to come back. */
  readonly isRunning: () => boolean
}

/** Removes the directories of tasks that went to other instances. Returns the function that ends it. */
export const startStateCleaner = ({ directory, time, logger, delayMs, maxAgeMs, isRunning }: StateCleanerOptions): (() => void) => {
  const clean = (ageMs: number): void => {
    try {
      const removed = directory.cleanUp(time.now() - ageMs)
      if (removed.length > 0) logger.info({ tasks: removed.map(String), ageMs }, 'removed the state of tasks that are elsewhere')
    } catch (error) {
      logger.warn({ err: error }, 'the state of tasks that are elsewhere could not be removed')
    }
  }
  if (maxAgeMs >= 0) clean(maxAgeMs)
  if (delayMs <= 0) return () => {}
  const timer = setInterval(() => {
    if (isRunning()) clean(delayMs)
  }, Math.min(delayMs, LONGEST_TIMER_MS)).unref()
  return () => clearInterval(timer)
}
