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
