import { StreamsError } from '../core/errors.ts'

/** A record could not be processed, and the handler of that stage said fail. `cause` is what went wrong. */
export class ProcessingError extends StreamsError {
  constructor(message: string, options?: ErrorOptions) {
    super('MILLRACE_TASK_PROCESSING_FAILED', message, options)
  }
}

/** A task could not be made ready: a store or a processor failed to start, or a serde is missing. */
export class TaskInitializationError extends StreamsError {
  constructor(message: string, options?: ErrorOptions) {
    super('MILLRACE_TASK_INIT_FAILED', message, options)
  }
}

/** Something was asked of a task that its state does not allow. */
export class TaskStateError extends StreamsError {
  constructor(message: string, options?: ErrorOptions) {
    super('MILLRACE_TASK_STATE', message, options)
  }
}

/** The task's directory belongs to another live process or thread. Retry later. */
export class TaskLockedError extends StreamsError {
  constructor(message: string, options?: ErrorOptions) {
    super('MILLRACE_TASK_LOCKED', message, options)
  }
}

/**
 * The tasks of this thread are closed without a commit and the thread joins again: the group gave them to another member, what
 * they produced could not be delivered and is to be produced again, or their transaction was lost.
 */
export class TaskMigratedError extends StreamsError {
  constructor(message: string, options?: ErrorOptions) {
    super('MILLRACE_TASK_MIGRATED', message, options)
  }
}

/** The content of a task's stores no longer fits their changelogs: they are wiped and rebuilt from the start. */
export class TaskCorruptedError extends StreamsError {
  constructor(message: string) {
    super('MILLRACE_TASK_CORRUPTED', message)
  }
}

/** A call of an asynchronous operator took longer than its `timeoutMs`. */
export class AsyncTimeoutError extends StreamsError {
  constructor(timeoutMs: number) {
    super('MILLRACE_ASYNC_TIMEOUT', `The call took longer than ${timeoutMs} ms, the limit of its operator.`)
  }
}

/** Why the signal of a call aborts when its task is closed; its record will be processed again elsewhere. */
export class AsyncAbortedError extends StreamsError {
  constructor() {
    super('MILLRACE_ASYNC_ABORTED', 'The task of this call was closed; its record will be processed again by whoever has the task next.')
  }
}

/** Carries the name of the node that failed up to the task; never leaves it. */
export class NodeFailure extends Error {
  readonly nodeName: string

  constructor(nodeName: string, cause: unknown) {
    super(`node ${nodeName} failed`, { cause })
    this.nodeName = nodeName
  }
}

export const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)))
