import type { Record, RecordContext } from './api.ts'
import { invalid } from './internals/invalid.ts'

/**
 * Which order results keep. `partition`: they leave in the order in which their records came. `key`: they leave as they are
 * ready, but the calls for records of one key are made one after the other; records without a key have no order.
 */
export type AsyncOrder = 'partition' | 'key'

/** How calls to something slow, a service say, run beside each other in one task. */
export interface AsyncOptions {
  /**
   * Calls under way at a time, in each task. When so many are, the task takes no further records. In the order `partition`
   * a result that waits for those before it counts, too. @default 16
   */
  readonly concurrency?: number | undefined
  /** @default 'partition' */
  readonly order?: AsyncOrder | undefined
  /** A call that takes longer, ms, is aborted and fails with MILLRACE_ASYNC_TIMEOUT. @default no limit */
  readonly timeoutMs?: number | undefined
}

/** What a call is told of its record beside key and value: where it came from, its timestamp and headers. */
export interface AsyncCall extends RecordContext {
  /** Aborts when the result is no longer wanted: the call took too long, or the task went elsewhere. */
  readonly signal: AbortSignal
}

/** The calls of one processor, made with `context.asyncCalls()`. */
export interface AsyncCalls {
  /**
   * Makes a call for `record` as soon as concurrency and order allow, and hands its result to `done`: in the task's own turn
   * and in the context of the record, so that `done` may forward and use stores as `process` does. The offset of the source
   * record is committed only after that. What `call` or `done` throws goes to the processing exception handler.
   */
  start<K, V, R>(record: Record<K, V>, call: (call: AsyncCall) => R | PromiseLike<R>, done: (result: R) => void): void
}

export interface CheckedAsyncOptions {
  readonly concurrency: number
  readonly order: AsyncOrder
  readonly timeoutMs: number | undefined
}

const DEFAULT_CONCURRENCY = 16
/** What a timer can hold. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1

/** The options with their defaults. @throws {TopologyError} for a value that makes no sense */
export const checkAsyncOptions = ({ concurrency = DEFAULT_CONCURRENCY, order = 'partition', timeoutMs }: AsyncOptions): CheckedAsyncOptions => {
  if (!Number.isSafeInteger(concurrency) || concurrency < 1) throw invalid(`concurrency has to be a whole number from 1 on, but is ${String(concurrency)}`)
  if (order !== 'partition' && order !== 'key') throw invalid(`order has to be 'partition' or 'key', but is ${String(order)}`)
  if (timeoutMs !== undefined && !(timeoutMs > 0 && timeoutMs <= MAX_TIMEOUT_MS)) {
    throw invalid(`timeoutMs has to be above 0 and at most ${MAX_TIMEOUT_MS}, but is ${String(timeoutMs)}`)
  }
  return { concurrency, order, timeoutMs }
}
