import { StreamsError } from '../core/errors.ts'

/** What a client error says beside its text. */
export interface ClientErrorDetails {
  /** Kafka's name of the error when a broker answered with one, such as `NOT_LEADER_OR_FOLLOWER`. */
  readonly kafkaName?: string | undefined
  /** True when the same request may succeed later without a change. */
  readonly retriable?: boolean | undefined
  readonly cause?: unknown
}

/** The root of everything `lib/client` throws. Leaves are named for the situation the caller is in. */
export class ClientError extends StreamsError {
  readonly kafkaName: string | undefined
  readonly retriable: boolean

  constructor(code: string, message: string, details: ClientErrorDetails = {}) {
    super(code, message, details.cause === undefined ? undefined : { cause: details.cause })
    this.kafkaName = details.kafkaName
    this.retriable = details.retriable ?? false
  }
}

/** A broker could not be reached, or the connection to it broke. Retriable: the client reconnects by itself. */
export class BrokerUnavailableError extends ClientError {
  constructor(message: string, details: ClientErrorDetails = {}) {
    super('MILLRACE_CLIENT_BROKER_UNAVAILABLE', message, { retriable: true, ...details })
  }
}

/** A broker did not answer, or something did not happen, in time. */
export class TimeoutError extends ClientError {
  constructor(message: string, details: ClientErrorDetails = {}) {
    super('MILLRACE_CLIENT_TIMEOUT', message, { retriable: true, ...details })
  }
}

/** The object was closed while, or before, the call was made. */
export class ClosedError extends ClientError {
  constructor(message: string, details: ClientErrorDetails = {}) {
    super('MILLRACE_CLIENT_CLOSED', message, details)
  }
}

/** The broker and this client share no version of a request. */
export class UnsupportedVersionError extends ClientError {
  constructor(message: string, details: ClientErrorDetails = {}) {
    super('MILLRACE_CLIENT_UNSUPPORTED_VERSION', message, { kafkaName: 'UNSUPPORTED_VERSION', ...details })
  }
}

/** The broker refused who we are (SASL, TLS) or what we want (ACLs). Not retriable. */
export class AuthenticationError extends ClientError {
  constructor(message: string, details: ClientErrorDetails = {}) {
    super('MILLRACE_CLIENT_AUTHENTICATION', message, details)
  }
}

/** A topic or partition is not in the cluster (any more, or not yet). */
export class UnknownTopicError extends ClientError {
  constructor(message: string, details: ClientErrorDetails = {}) {
    super('MILLRACE_CLIENT_UNKNOWN_TOPIC', message, { kafkaName: 'UNKNOWN_TOPIC_OR_PARTITION', retriable: true, ...details })
  }
}

/** A broker answered with an error code that has no leaf of its own. `kafkaName` says which. */
export class KafkaResponseError extends ClientError {
  constructor(message: string, details: ClientErrorDetails = {}) {
    super('MILLRACE_CLIENT_RESPONSE', message, details)
  }
}

/** Records of one partition could not be delivered. They are lost for this producer; the message says which and why. */
export class DeliveryError extends ClientError {
  readonly topic: string
  readonly partition: number
  readonly recordCount: number

  constructor(message: string, at: { topic: string; partition: number; recordCount: number }, details: ClientErrorDetails = {}) {
    super('MILLRACE_CLIENT_DELIVERY', message, details)
    this.topic = at.topic
    this.partition = at.partition
    this.recordCount = at.recordCount
  }
}

/** One record is larger than `maxRequestSize`, or than the topic's `max.message.bytes`. */
export class RecordTooLargeError extends ClientError {
  constructor(message: string, details: ClientErrorDetails = {}) {
    super('MILLRACE_CLIENT_RECORD_TOO_LARGE', message, { kafkaName: 'MESSAGE_TOO_LARGE', ...details })
  }
}

/** A newer producer with the same transactional id took over. Fatal: this producer can only be closed. */
export class ProducerFencedError extends ClientError {
  constructor(message: string, details: ClientErrorDetails = {}) {
    super('MILLRACE_CLIENT_PRODUCER_FENCED', message, { kafkaName: 'PRODUCER_FENCED', ...details })
  }
}

/** The broker saw a gap in this producer's sequence numbers: acknowledged records may have been lost. Fatal. */
export class OutOfOrderSequenceError extends ClientError {
  constructor(message: string, details: ClientErrorDetails = {}) {
    super('MILLRACE_CLIENT_OUT_OF_ORDER_SEQUENCE', message, { kafkaName: 'OUT_OF_ORDER_SEQUENCE_NUMBER', ...details })
  }
}

/** The transaction must be aborted before anything else can be done with this producer. */
export class TransactionAbortableError extends ClientError {
  constructor(message: string, details: ClientErrorDetails = {}) {
    super('MILLRACE_CLIENT_TRANSACTION_ABORTABLE', message, details)
  }
}

/** Another member with the same `groupInstanceId` took this member's place. Fatal for this member. */
export class MemberFencedError extends ClientError {
  constructor(message: string, details: ClientErrorDetails = {}) {
    super('MILLRACE_CLIENT_MEMBER_FENCED', message, { kafkaName: 'FENCED_INSTANCE_ID', ...details })
  }
}

/**
 * Offsets could not be committed because the group has moved on to another generation without this member: what was
 * processed since will be processed again by its new owner.
 */
export class CommitFailedError extends ClientError {
  constructor(message: string, details: ClientErrorDetails = {}) {
    super('MILLRACE_CLIENT_COMMIT_FAILED', message, details)
  }
}

/** A rebalance is under way: the commit may succeed once this member has joined the new generation. */
export class RebalanceInProgressError extends ClientError {
  constructor(message: string, details: ClientErrorDetails = {}) {
    super('MILLRACE_CLIENT_REBALANCE_IN_PROGRESS', message, { kafkaName: 'REBALANCE_IN_PROGRESS', ...details, retriable: true })
  }
}

/** Options or arguments do not fit; the message names them. */
export class InvalidRequestError extends ClientError {
  constructor(message: string, details: ClientErrorDetails = {}) {
    super('MILLRACE_CLIENT_INVALID_REQUEST', message, details)
  }
}
