import { StreamsError } from '../core/errors.ts'

/** A source topic of the topology does not exist. */
export class MissingSourceTopicError extends StreamsError {
  constructor(message: string, options?: ErrorOptions) {
    super('MILLRACE_TOPIC_SOURCE_MISSING', message, options)
  }
}

/** Topics that are read together (joins, merged groupings) have different numbers of partitions. */
export class CopartitionError extends StreamsError {
  constructor(message: string, options?: ErrorOptions) {
    super('MILLRACE_TOPIC_NOT_COPARTITIONED', message, options)
  }
}

/** An internal topic is there with the wrong number of partitions, or could not be made. */
export class InternalTopicError extends StreamsError {
  constructor(message: string, options?: ErrorOptions) {
    super('MILLRACE_TOPIC_INTERNAL', message, options)
  }
}

/** The task assignor of `task.assignor.class` failed, or made an assignment that cannot be. */
export class TaskAssignmentError extends StreamsError {
  constructor(message: string, options?: ErrorOptions) {
    super('MILLRACE_TASK_ASSIGNMENT', message, options)
  }
}

/** Another member of the application asked all of it to stop. */
export class ShutdownRequestedError extends StreamsError {
  constructor(message: string, options?: ErrorOptions) {
    super('MILLRACE_APPLICATION_SHUTDOWN_REQUESTED', message, options)
  }
}

/** A partition has no committed offset (or one that is out of range) and the reset policy is `none`. */
export class NoOffsetForPartitionError extends StreamsError {
  constructor(message: string, options?: ErrorOptions) {
    super('MILLRACE_OFFSET_NOT_FOUND', message, options)
  }
}

/** A task has not come on for longer than `task.timeout.ms`, since brokers are away or too slow (KIP-572). */
export class TaskTimeoutError extends StreamsError {
  constructor(message: string, options?: ErrorOptions) {
    super('MILLRACE_TASK_TIMEOUT', message, options)
  }
}

/** The bytes of another member's subscription or of our assignment are not ours or from a newer release. */
export class GroupProtocolError extends StreamsError {
  constructor(message: string, options?: ErrorOptions) {
    super('MILLRACE_GROUP_PROTOCOL', message, options)
  }
}

/** The client is not in a state that allows what was asked. */
export class StreamsNotRunningError extends StreamsError {
  constructor(message: string, options?: ErrorOptions) {
    super('MILLRACE_CLIENT_NOT_RUNNING', message, options)
  }
}

/** The worker that a stream thread ran in ended by itself: out of memory, `process.exit` or an error that nobody caught in code of the user, which is then the `cause`. */
export class WorkerEndedError extends StreamsError {
  constructor(message: string, options?: ErrorOptions) {
    super('MILLRACE_THREAD_WORKER_ENDED', message, options)
  }
}
