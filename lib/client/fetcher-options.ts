import { InvalidRequestError } from './errors.ts'
import { atLeast } from './options.ts'
import type { FetcherOptions, IsolationLevel } from './types.ts'

/** The least a partition may ask for when it shares a response with many others. */
const SMALLEST_SHARE = 1_048_576

/** {@link FetcherOptions} with every default in place. */
export interface ResolvedFetcherOptions extends FetcherOptions {
  readonly maxWaitMs: number
  readonly minBytes: number
  readonly maxBytes: number
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
    maxBytes: atLeast(1, 'maxBytes', options.maxBytes, 8 * 1024 * 1024),
  }
}

/** What one of `partitions` that share a response may fill of it, bytes. */
export const partitionShare = ({ maxPartitionBytes, maxBytes }: ResolvedFetcherOptions, partitions: number): number =>
  maxPartitionBytes ?? Math.max(Math.min(maxBytes, SMALLEST_SHARE), Math.floor(maxBytes / Math.max(1, partitions)))
