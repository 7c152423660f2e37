import { AuthenticationError, ClientError } from '../client/errors.ts'

/**
 * Kafka's errors after which a transaction cannot be committed any more, though nothing is wrong with its records: somebody
 * else has the transactional id or the tasks, or the coordinator has aborted it since it took too long.
 */
const LOST: ReadonlySet<string | undefined> = new Set([
  'PRODUCER_FENCED',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
  'INVALID_TXN_STATE',
  'TRANSACTION_ABORTABLE',
  'TRANSACTION_COORDINATOR_FENCED',
  'TRANSACTIONAL_ID_NOT_FOUND',
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'UNKNOWN_MEMBER_ID',
  'ILLEGAL_GENERATION',
  'FENCED_INSTANCE_ID',
  'REBALANCE_IN_PROGRESS',
])

/** The client error at the bottom: what the broker, or the network, did. */
const rootOf = (error: ClientError): ClientError => (error.cause instanceof ClientError ? rootOf(error.cause) : error)

/**
 * True when an error of a transactional producer only means that what was done since the last commit is to be done again, by
 * this member or another. That is so too when nobody knows how the transaction ended: the stores are then restored from what
 * the cluster says was committed.
 */
export const isLostTransaction = (error: unknown): error is ClientError => {
  if (!(error instanceof ClientError)) return false
  const root = rootOf(error)
  return !(root instanceof AuthenticationError) && (root.retriable || LOST.has(root.kafkaName))
}

/** True when it may succeed later without a change: a broker is away, or too slow. */
export const isPassing = (error: unknown): error is ClientError => error instanceof ClientError && rootOf(error).retriable
