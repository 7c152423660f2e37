import type { ApiDefinition } from '../schema.ts'

/** Versions: 3 checks the group's generation and member, 5 adds the offsets partition to the transaction by itself. */
export const txnOffsetCommit = {
  key: 28,
  name: 'TxnOffsetCommit',
  versions: '0-5',
  flexible: '3+',
  request: {
    transactionalId: 'string',
    groupId: 'string',
    producerId: 'int64',
    producerEpoch: 'int16',
    generationId: { type: 'int32', versions: '3+', default: -1 },
    memberId: { type: 'string', versions: '3+' },
    groupInstanceId: { type: 'string', versions: '3+', nullable: '3+' },
    topics: {
      arrayOf: {
        name: 'string',
        partitions: {
          arrayOf: {
            partitionIndex: 'int32',
            committedOffset: 'int64',
            committedLeaderEpoch: { type: 'int32', versions: '2+', default: -1 },
            committedMetadata: { type: 'string', nullable: '0+' },
          },
        },
      },
    },
  },
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    topics: { arrayOf: { name: 'string', partitions: { arrayOf: { partitionIndex: 'int32', errorCode: 'int16' } } } },
  },
} as const satisfies ApiDefinition
