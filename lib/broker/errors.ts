import { StreamsError } from '../core/errors.ts'

/** What the embedded broker refuses to its owner (not to its clients, who get Kafka's error codes). */
export type BrokerErrorCode =
  | 'MILLRACE_BROKER_CONFIG_INVALID'
  | 'MILLRACE_BROKER_LISTEN_FAILED'
  | 'MILLRACE_BROKER_DIRECTORY_IN_USE'
  | 'MILLRACE_BROKER_DIRECTORY_UNREADABLE'
  | 'MILLRACE_BROKER_STORAGE_FAILED'
  | 'MILLRACE_BROKER_UNKNOWN_TOPIC'
  | 'MILLRACE_BROKER_UNKNOWN_NODE'

export class BrokerError extends StreamsError {
  declare readonly code: BrokerErrorCode

  constructor(code: BrokerErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options)
  }
}

/** Something that must be kept could not be written; clients get KAFKA_STORAGE_ERROR. What was acknowledged before is safe. */
export class StorageError extends BrokerError {
  /** `what`, such as "the journal", could not be written. */
  constructor(what: string, cause: Error) {
    super('MILLRACE_BROKER_STORAGE_FAILED', `${what} cannot be written: ${cause.message}; nothing that was acknowledged is lost: make room or mend the disk, and start the broker again`, { cause })
  }
}
