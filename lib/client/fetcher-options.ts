import { InvalidRequestError } from './errors.ts'
import { atLeast } from './options.ts'
import type { FetcherOptions, IsolationLevel } from './types.ts'

/** {@link FetcherOptions} with every default in place. */
export interface ResolvedFetcherOptions extends FetcherOptions {
  readonly maxWaitMs: number
  readonly minBytes: number
  readonly isolationLevel: IsolationLevel
}

export const resolveFetcherOptions = (options: FetcherOptions): ResolvedFetcherOptions => {
  const isolationLevel = options.isolationLevel ?? 'read_uncommitted'
  if (isolationLevel !== 'read_uncommitted' && isolationLevel !== 'read_committed') {
    throw new InvalidRequestError(`isolationLevel is '${String(isolationLevel)}': give read_uncommitted or read_committed`)
  }
  return {
    ...options,
    isolationLevel,
    maxWaitMs: atLeast(0, 'maxWaitMs', options.maxWaitMs, 500),
    minBytes: atLeast(0, 'minBytes', options.minBytes, 1),
    maxBytes: options.maxBytes === undefined ? undefined : atLeast(1, 'maxBytes', options.maxBytes, 1),
  }
}
