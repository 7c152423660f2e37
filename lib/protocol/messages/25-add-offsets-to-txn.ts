import type { ApiDefinition } from '../schema.ts'

/** Adds a group's offsets partition to a transaction; with TxnOffsetCommit 5 it is no longer needed. */
export const addOffsetsToTxn = {
  key: 25,
  name: 'AddOffsetsToTxn',
  versions: '0-4',
  flexible: '3+',
  request: {
    transactionalId: 'string',
    producerId: 'int64',
    producerEpoch: 'int16',
    groupId: 'string',
  },
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    errorCode: 'int16',
  },
} as const satisfies ApiDefinition
