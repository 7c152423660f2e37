import { errorInfo } from '../protocol/error-table.ts'
import {
  AuthenticationError,
  ClientError,
  KafkaResponseError,
  MemberFencedError,
  OutOfOrderSequenceError,
  ProducerFencedError,
  RebalanceInProgressError,
  RecordTooLargeError,
  TransactionAbortableError,
  UnknownTopicError,
  UnsupportedVersionError,
} from './errors.ts'
import type { ClientErrorDetails } from './errors.ts'

type Leaf = new (message: string, details?: ClientErrorDetails) => ClientError

/** Kafka's errors that have a leaf of their own; all others are {@link KafkaResponseError}s. */
const leaves: Readonly<Record<string, Leaf>> = {
  UNKNOWN_TOPIC_OR_PARTITION: UnknownTopicError,
  UNKNOWN_TOPIC_ID: UnknownTopicError,
  MESSAGE_TOO_LARGE: RecordTooLargeError,
  RECORD_LIST_TOO_LARGE: RecordTooLargeError,
  OUT_OF_ORDER_SEQUENCE_NUMBER: OutOfOrderSequenceError,
  PRODUCER_FENCED: ProducerFencedError,
  INVALID_PRODUCER_EPOCH: ProducerFencedError,
  TRANSACTION_ABORTABLE: TransactionAbortableError,
  FENCED_INSTANCE_ID: MemberFencedError,
  REBALANCE_IN_PROGRESS: RebalanceInProgressError,
  UNSUPPORTED_VERSION: UnsupportedVersionError,
  TOPIC_AUTHORIZATION_FAILED: AuthenticationError,
  GROUP_AUTHORIZATION_FAILED: AuthenticationError,
  CLUSTER_AUTHORIZATION_FAILED: AuthenticationError,
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: AuthenticationError,
  DELEGATION_TOKEN_AUTHORIZATION_FAILED: AuthenticationError,
  SASL_AUTHENTICATION_FAILED: AuthenticationError,
  UNSUPPORTED_SASL_MECHANISM: AuthenticationError,
  ILLEGAL_SASL_STATE: AuthenticationError,
}

/** The client error for an error code in a response. `doing` completes "… failed". `detail`: what the broker added. */
export const errorOf = (code: number, doing: string, detail?: string): ClientError => {
  const { name, message, retriable } = errorInfo(code)
  const Leaf = leaves[name] ?? KafkaResponseError
  return new Leaf(`${doing} failed: ${name}, ${detail || message}`, { kafkaName: name, retriable })
}

/** Throws unless the code is 0. */
export const throwIfError = (code: number, doing: string, detail?: string): void => {
  if (code !== 0) throw errorOf(code, doing, detail)
}

/** Whatever was thrown, as a client error. */
export const asClientError = (error: unknown, doing: string): ClientError =>
  error instanceof ClientError
    ? error
    : new KafkaResponseError(`${doing} failed: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
