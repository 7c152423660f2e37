import { StreamsError } from '../core/errors.ts'

/** Name: code, whether trying again may help, what it means. */
const table = {
  UNKNOWN_SERVER_ERROR: [-1, false, 'The broker failed in a way it has no code for; its log says more.'],
  NONE: [0, false, 'No error.'],
  OFFSET_OUT_OF_RANGE: [1, false, 'The partition has no such offset: it was deleted, or is not written yet.'],
  CORRUPT_MESSAGE: [2, true, 'A checksum is wrong, a size is impossible, or a key is missing where the topic needs one.'],
  UNKNOWN_TOPIC_OR_PARTITION: [3, true, 'This broker does not have the topic or partition.'],
  INVALID_FETCH_SIZE: [4, false, 'The fetch asks for an impossible size.'],
  LEADER_NOT_AVAILABLE: [5, true, 'The partition has no leader at present; an election is going on.'],
  NOT_LEADER_OR_FOLLOWER: [6, true, 'This broker no longer leads the partition, or has no replica of it.'],
  REQUEST_TIMED_OUT: [7, true, 'The broker could not finish within the time-out of the request.'],
  BROKER_NOT_AVAILABLE: [8, false, 'That broker is not available.'],
  REPLICA_NOT_AVAILABLE: [9, true, 'The replica is not on this broker or not ready.'],
  MESSAGE_TOO_LARGE: [10, false, "A batch is larger than the topic's max.message.bytes."],
  STALE_CONTROLLER_EPOCH: [11, false, 'A newer controller is at work.'],
  OFFSET_METADATA_TOO_LARGE: [12, false, 'The metadata string of an offset commit is too long.'],
  NETWORK_EXCEPTION: [13, true, 'The connection broke before the answer came.'],
  COORDINATOR_LOAD_IN_PROGRESS: [14, true, 'The coordinator is still loading its state.'],
  COORDINATOR_NOT_AVAILABLE: [15, true, 'There is no coordinator at present.'],
  NOT_COORDINATOR: [16, true, 'This broker does not coordinate that group or transaction.'],
  INVALID_TOPIC_EXCEPTION: [17, false, 'The topic name is not allowed, or the topic may not be written to.'],
  RECORD_LIST_TOO_LARGE: [18, false, 'The records of the request are larger than a log segment.'],
  NOT_ENOUGH_REPLICAS: [19, true, 'Fewer replicas are in sync than the topic demands; nothing was written.'],
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: [20, true, 'Written, but to fewer replicas than the topic demands.'],
  INVALID_REQUIRED_ACKS: [21, false, 'acks must be -1, 0 or 1.'],
  ILLEGAL_GENERATION: [22, false, 'The generation is not the current one of the group.'],
  INCONSISTENT_GROUP_PROTOCOL: [23, false, 'The member has no assignor in common with the group, or another protocol type.'],
  INVALID_GROUP_ID: [24, false, 'The group id is not allowed.'],
  UNKNOWN_MEMBER_ID: [25, false, 'The group does not know this member.'],
  INVALID_SESSION_TIMEOUT: [26, false, 'The session time-out lies outside of what the broker allows (group.min/max.session.timeout.ms).'],
  REBALANCE_IN_PROGRESS: [27, false, 'The group is rebalancing; the member must join again.'],
  INVALID_COMMIT_OFFSET_SIZE: [28, false, 'The offset commit is too large.'],
  TOPIC_AUTHORIZATION_FAILED: [29, false, 'Not authorised for the topic.'],
  GROUP_AUTHORIZATION_FAILED: [30, false, 'Not authorised for the group.'],
  CLUSTER_AUTHORIZATION_FAILED: [31, false, 'Not authorised for the cluster.'],
  INVALID_TIMESTAMP: [32, false, "A record's timestamp is outside of what the topic accepts."],
  UNSUPPORTED_SASL_MECHANISM: [33, false, 'The broker does not offer this SASL mechanism.'],
  ILLEGAL_SASL_STATE: [34, false, 'The request does not fit the state of the authentication.'],
  UNSUPPORTED_VERSION: [35, false, 'The broker does not have this version of the request.'],
  TOPIC_ALREADY_EXISTS: [36, false, 'A topic of this name exists.'],
  INVALID_PARTITIONS: [37, false, 'The number of partitions is not possible.'],
  INVALID_REPLICATION_FACTOR: [38, false, 'The replication factor is below 1 or above the number of brokers.'],
  INVALID_REPLICA_ASSIGNMENT: [39, false, 'The replica assignment is not possible.'],
  INVALID_CONFIG: [40, false, 'A configuration name or value is wrong.'],
  NOT_CONTROLLER: [41, true, 'This broker is not the controller.'],
  INVALID_REQUEST: [42, false, 'The request contradicts itself or the protocol.'],
  UNSUPPORTED_FOR_MESSAGE_FORMAT: [43, false, 'The message format of the log cannot do this.'],
  POLICY_VIOLATION: [44, false, 'A policy of the cluster forbids it.'],
  OUT_OF_ORDER_SEQUENCE_NUMBER: [45, false, "The producer's sequence has a gap."],
  DUPLICATE_SEQUENCE_NUMBER: [46, false, 'The batch was written before.'],
  INVALID_PRODUCER_EPOCH: [47, false, 'A newer producer with this id or transactional id has taken over.'],
  INVALID_TXN_STATE: [48, false, 'The transaction is not in a state that allows this.'],
  INVALID_PRODUCER_ID_MAPPING: [49, false, 'The producer id does not belong to this transactional id.'],
  INVALID_TRANSACTION_TIMEOUT: [50, false, 'The transaction time-out is above transaction.max.timeout.ms.'],
  CONCURRENT_TRANSACTIONS: [51, true, 'The previous transaction of this id is still being finished.'],
  TRANSACTION_COORDINATOR_FENCED: [52, false, 'A newer transaction coordinator has taken over.'],
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: [53, false, 'Not authorised for the transactional id.'],
  SECURITY_DISABLED: [54, false, 'The cluster has no authoriser.'],
  OPERATION_NOT_ATTEMPTED: [55, false, 'Not tried, since another part of the request failed.'],
  KAFKA_STORAGE_ERROR: [56, true, 'The broker could not read or write its disk.'],
  LOG_DIR_NOT_FOUND: [57, false, 'The broker has no such log directory.'],
  SASL_AUTHENTICATION_FAILED: [58, false, 'The credentials were refused.'],
  UNKNOWN_PRODUCER_ID: [59, false, 'The partition has forgotten this producer: all it wrote was deleted.'],
  REASSIGNMENT_IN_PROGRESS: [60, false, 'The partition is being moved.'],
  DELEGATION_TOKEN_AUTH_DISABLED: [61, false, 'Delegation tokens are switched off.'],
  DELEGATION_TOKEN_NOT_FOUND: [62, false, 'There is no such delegation token.'],
  DELEGATION_TOKEN_OWNER_MISMATCH: [63, false, 'The delegation token belongs to another principal.'],
  DELEGATION_TOKEN_REQUEST_NOT_ALLOWED: [64, false, 'Delegation tokens cannot be asked for on this connection.'],
  DELEGATION_TOKEN_AUTHORIZATION_FAILED: [65, false, 'Not authorised for the delegation token.'],
  DELEGATION_TOKEN_EXPIRED: [66, false, 'The delegation token has expired.'],
  INVALID_PRINCIPAL_TYPE: [67, false, 'This type of principal is not supported.'],
  NON_EMPTY_GROUP: [68, false, 'The group still has members.'],
  GROUP_ID_NOT_FOUND: [69, false, 'There is no such group.'],
  FETCH_SESSION_ID_NOT_FOUND: [70, true, 'The broker has no such fetch session.'],
  INVALID_FETCH_SESSION_EPOCH: [71, true, 'The epoch of the fetch session is not the next one.'],
  LISTENER_NOT_FOUND: [72, true, 'The leader has no listener of the name this request came through.'],
  TOPIC_DELETION_DISABLED: [73, false, 'Deleting topics is switched off.'],
  FENCED_LEADER_EPOCH: [74, true, "The request's leader epoch is older than the broker's."],
  UNKNOWN_LEADER_EPOCH: [75, true, "The request's leader epoch is newer than the broker's."],
  UNSUPPORTED_COMPRESSION_TYPE: [76, false, 'This version of the request cannot carry that compression.'],
  STALE_BROKER_EPOCH: [77, false, 'The broker has registered again since.'],
  OFFSET_NOT_AVAILABLE: [78, true, 'The new leader does not know the high watermark yet.'],
  MEMBER_ID_REQUIRED: [79, false, 'The member must join again with the id it was given.'],
  PREFERRED_LEADER_NOT_AVAILABLE: [80, true, 'The preferred leader is not available.'],
  GROUP_MAX_SIZE_REACHED: [81, false, 'The group is full (group.max.size).'],
  FENCED_INSTANCE_ID: [82, false, 'Another member has joined with the same group.instance.id.'],
  ELIGIBLE_LEADERS_NOT_AVAILABLE: [83, true, 'No replica that may lead is available.'],
  ELECTION_NOT_NEEDED: [84, true, 'The partition has the leader it should have.'],
  NO_REASSIGNMENT_IN_PROGRESS: [85, false, 'The partition is not being moved.'],
  GROUP_SUBSCRIBED_TO_TOPIC: [86, false, 'Offsets cannot be deleted while the group reads the topic.'],
  INVALID_RECORD: [87, false, 'The broker refused a record; its message says why.'],
  UNSTABLE_OFFSET_COMMIT: [88, true, 'Offsets of an open transaction are pending.'],
  THROTTLING_QUOTA_EXCEEDED: [89, true, 'A quota is used up.'],
  PRODUCER_FENCED: [90, false, 'A newer producer with the same transactional id has taken over.'],
  RESOURCE_NOT_FOUND: [91, false, 'There is no such resource.'],
  DUPLICATE_RESOURCE: [92, false, 'The resource exists.'],
  UNACCEPTABLE_CREDENTIAL: [93, false, 'The credential does not meet what the cluster demands.'],
  INCONSISTENT_VOTER_SET: [94, false, 'The voter set does not hold the node.'],
  INVALID_UPDATE_VERSION: [95, false, 'The version of the update is not the next one.'],
  FEATURE_UPDATE_FAILED: [96, false, 'Features could not be changed.'],
  PRINCIPAL_DESERIALIZATION_FAILURE: [97, false, 'The forwarded principal could not be read.'],
  SNAPSHOT_NOT_FOUND: [98, false, 'There is no such snapshot.'],
  POSITION_OUT_OF_RANGE: [99, false, 'The snapshot has no such position.'],
  UNKNOWN_TOPIC_ID: [100, true, 'This broker does not have a topic of that id.'],
  DUPLICATE_BROKER_REGISTRATION: [101, false, 'The broker id is in use.'],
  BROKER_ID_NOT_REGISTERED: [102, false, 'The broker id is not registered.'],
  INCONSISTENT_TOPIC_ID: [103, true, 'The topic was created anew: its id has changed.'],
  INCONSISTENT_CLUSTER_ID: [104, false, 'The request is for another cluster.'],
  TRANSACTIONAL_ID_NOT_FOUND: [105, false, 'There is no such transactional id.'],
  FETCH_SESSION_TOPIC_ID_ERROR: [106, true, 'The fetch session mixes topic names and topic ids.'],
  INELIGIBLE_REPLICA: [107, false, 'The replica may not join the in-sync set.'],
  NEW_LEADER_ELECTED: [108, false, 'The change made another replica the leader.'],
  OFFSET_MOVED_TO_TIERED_STORAGE: [109, false, 'The offset lies in remote storage.'],
  FENCED_MEMBER_EPOCH: [110, false, "The member's epoch was fenced by the coordinator; it must join again."],
  UNRELEASED_INSTANCE_ID: [111, false, 'Another live member holds the same group.instance.id.'],
  UNSUPPORTED_ASSIGNOR: [112, false, 'The group does not have this assignor.'],
  STALE_MEMBER_EPOCH: [113, false, "The member's epoch is behind; commit again with the new one."],
  MISMATCHED_ENDPOINT_TYPE: [114, false, 'The request went to the wrong kind of endpoint.'],
  UNSUPPORTED_ENDPOINT_TYPE: [115, false, 'The broker does not know this kind of endpoint.'],
  UNKNOWN_CONTROLLER_ID: [116, false, 'There is no such controller.'],
  UNKNOWN_SUBSCRIPTION_ID: [117, false, 'The telemetry subscription is not known.'],
  TELEMETRY_TOO_LARGE: [118, false, 'The telemetry is larger than the broker takes.'],
  INVALID_REGISTRATION: [119, false, 'The controller refused the registration.'],
  TRANSACTION_ABORTABLE: [120, false, 'The transaction cannot be committed; abort it and begin anew.'],
  INVALID_RECORD_STATE: [121, false, 'The acknowledgement does not fit the state of the record.'],
  SHARE_SESSION_NOT_FOUND: [122, true, 'The broker has no such share session.'],
  INVALID_SHARE_SESSION_EPOCH: [123, true, 'The epoch of the share session is not the next one.'],
  FENCED_STATE_EPOCH: [124, false, 'The state epoch of the share group is behind.'],
  INVALID_VOTER_KEY: [125, false, 'The voter key does not match.'],
  DUPLICATE_VOTER: [126, false, 'The voter is in the set.'],
  VOTER_NOT_FOUND: [127, false, 'The voter is not in the set.'],
  INVALID_REGULAR_EXPRESSION: [128, false, 'The regular expression is not valid on the broker (RE2).'],
  REBOOTSTRAP_REQUIRED: [129, false, 'The client must begin again from its bootstrap servers.'],
  STREAMS_INVALID_TOPOLOGY: [130, false, 'The topology sent with the heartbeat is not valid.'],
  STREAMS_INVALID_TOPOLOGY_EPOCH: [131, false, 'The topology epoch is not valid.'],
  STREAMS_TOPOLOGY_FENCED: [132, false, 'The topology epoch is behind that of the group.'],
  SHARE_SESSION_LIMIT_REACHED: [133, true, 'The broker holds as many share sessions as it may.'],
} as const satisfies Record<string, readonly [code: number, retriable: boolean, message: string]>

/** A name out of Kafka's table of errors. */
export type KafkaErrorName = keyof typeof table

export interface KafkaErrorInfo {
  readonly code: number
  readonly name: KafkaErrorName
  readonly message: string
  /** Whether the same request, perhaps after new metadata, may succeed. */
  readonly retriable: boolean
}

/** Every error Kafka has, in order of their codes. */
export const errorTable: readonly KafkaErrorInfo[] = Object.entries(table).map(([name, [code, retriable, message]]) => ({
  code,
  name: name as KafkaErrorName,
  message,
  retriable,
}))

/** The codes by name: `errorCodes.NOT_COORDINATOR` is 16. */
export const errorCodes = Object.fromEntries(errorTable.map(({ name, code }) => [name, code])) as {
  readonly [N in KafkaErrorName]: (typeof table)[N][0]
}

const byCode = new Map(errorTable.map((info) => [info.code, info]))

/** What the table says about a code; a code newer than the table is taken as UNKNOWN_SERVER_ERROR with that code. */
export const errorInfo = (code: number): KafkaErrorInfo =>
  byCode.get(code) ?? { ...errorTable[0]!, code, message: `The broker answered with error ${code}, which this release does not know.` }

/** An error that a broker answered with; `code` is `MILLRACE_KAFKA_` and the name out of the table. */
export class KafkaError extends StreamsError {
  readonly errorCode: number
  readonly errorName: KafkaErrorName
  readonly retriable: boolean

  constructor(info: KafkaErrorInfo, detail?: string) {
    super(`MILLRACE_KAFKA_${info.name}`, detail ? `${info.name} (${info.code}): ${detail}` : `${info.name} (${info.code}): ${info.message}`)
    this.errorCode = info.code
    this.errorName = info.name
    this.retriable = info.retriable
  }
}

/** The error of a code, to throw; `detail` (the broker's own message, or what was asked) replaces the table's message. */
export const kafkaError = (code: number, detail?: string): KafkaError => new KafkaError(errorInfo(code), detail)
