import { StreamsError } from '../core/errors.ts'

/** What the embedded broker refuses to its owner (not to its clients, who get Kafka's error codes). */
export type BrokerErrorCode =
  | 'MILLRACE_BROKER_CONFIG_INVALID'
  | 'MILLRACE_BROKER_LISTEN_FAILED'
  | 'MILLRACE_BROKER_DIRECTORY_IN_USE'
  | 'MILLRACE_BROKER_DIRECTORY_UNREADABLE'
  | 'MILLRACE_BROKER_UNKNOWN_TOPIC'

export class BrokerError extends StreamsError {
  declare readonly code: BrokerErrorCode

  constructor(code: BrokerErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options)
  }
}
