import { backoffMs } from './backoff.ts'
import type { BackoffOptions } from './backoff.ts'
import { ClientError } from './errors.ts'

export interface RetryOptions extends BackoffOptions {
  /** From the first attempt, ms: after that the last error is thrown as it is. */
  readonly timeoutMs: number
  /** Which errors to try again. Default: those that say they are retriable. */
  readonly retriable?: ((error: ClientError) => boolean) | undefined
  /** Ends the waiting between attempts with its reason. */
  readonly signal?: AbortSignal | undefined
  /** Called with each error that is tried again, before the pause. */
  readonly onRetry?: ((error: ClientError, attempt: number) => void) | undefined
}

/** Resolves after `ms`; rejects with the signal's reason as soon as it aborts. */
export const pause = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error)
      return
    }
    const onAbort = (): void => {
      clearTimeout(timer)
      reject(signal!.reason as Error)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    }, ms)
    signal?.addEventListener('abort', onAbort, { once: true })
  })

/** Tries until it succeeds, fails for good, or `timeoutMs` have passed. */
export const retry = async <T>(options: RetryOptions, attempt: (attempt: number) => Promise<T>): Promise<T> => {
  const retriable = options.retriable ?? ((error) => error.retriable)
  const deadline = performance.now() + options.timeoutMs
  for (let n = 0; ; n++) {
    try {
      return await attempt(n)
    } catch (error) {
      const wait = backoffMs(n, options)
      if (!(error instanceof ClientError && retriable(error)) || performance.now() + wait > deadline) throw error
      options.onRetry?.(error, n)
      await pause(wait, options.signal)
    }
  }
}
