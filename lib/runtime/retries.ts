import { ClientError } from '../client/errors.ts'
import { TaskLockedError } from '../task/errors.ts'

/** Pause before something that passes by itself (a locked directory, a broker that is away) is tried again, ms. */
export const RETRY_MS = 100

export const passesByItself = (error: unknown): boolean =>
  error instanceof TaskLockedError || (error instanceof ClientError && error.retriable)
