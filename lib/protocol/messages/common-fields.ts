/** Parts that several messages share. */

/** Where a partition's leader is now, in answers to clients that asked the wrong node (KIP-951). */
export const currentLeader = {
  leaderId: { type: 'int32', default: -1 },
  leaderEpoch: { type: 'int32', default: -1 },
} as const

/** The address of a node that a `currentLeader` names. */
export const nodeEndpoint = {
  nodeId: 'int32',
  host: 'string',
  port: 'int32',
  rack: { type: 'string', nullable: '0+' },
} as const

/** A configuration entry to set; no value means its default. */
export const configValue = {
  name: 'string',
  value: { type: 'string', nullable: '0+' },
} as const

/** Bit field of allowed operations, when it was not asked for. */
export const OPERATIONS_OMITTED = -2147483648

/** Partitions of a topic that goes by its id. */
export const partitionsOfId = { topicId: 'uuid', partitions: { arrayOf: 'int32' } } as const

/** What the broker tells a member of a group that it assigns partitions to. */
export const memberHeartbeatResponse = {
  throttleTimeMs: { type: 'int32', default: 0 },
  errorCode: 'int16',
  errorMessage: { type: 'string', nullable: '0+' },
  memberId: { type: 'string', nullable: '0+' },
  memberEpoch: 'int32',
  heartbeatIntervalMs: 'int32',
  assignment: { struct: { topicPartitions: { arrayOf: partitionsOfId } }, nullable: '0+' },
} as const

/** How the description of a group begins that the broker assigns work to. */
export const assignedGroup = {
  errorCode: 'int16',
  errorMessage: { type: 'string', nullable: '0+' },
  groupId: 'string',
  groupState: 'string',
  groupEpoch: 'int32',
  assignmentEpoch: 'int32',
} as const

/** What a described member has of topics. */
export const describedAssignment = {
  topicPartitions: { arrayOf: { topicId: 'uuid', topicName: 'string', partitions: { arrayOf: 'int32' } } },
} as const
