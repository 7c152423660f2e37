import type { ApiDefinition } from '../schema.ts'

/** Versions: 2-4 retention per request, 6 leader epochs, 7 static members, 9 members of KIP-848 groups, 10 topic ids. */
export const offsetCommit = {
  key: 8,
  name: 'OffsetCommit',
  versions: '2-10',
  flexible: '8+',
  request: {
    groupId: 'string',
    generationIdOrMemberEpoch: { type: 'int32', default: -1 },
    memberId: { type: 'string', default: '' },
    groupInstanceId: { type: 'string', versions: '7+', nullable: '7+' },
    retentionTimeMs: { type: 'int64', versions: '2-4', default: -1 },
    topics: {
      arrayOf: {
        name: { type: 'string', versions: '2-9' },
        topicId: { type: 'uuid', versions: '10+' },
        partitions: {
          arrayOf: {
            partitionIndex: 'int32',
            committedOffset: 'int64',
            committedLeaderEpoch: { type: 'int32', versions: '6+', default: -1 },
            committedMetadata: { type: 'string', nullable: '2+' },
          },
        },
      },
    },
  },
  response: {
    throttleTimeMs: { type: 'int32', versions: '3+' },
    topics: {
      arrayOf: {
        name: { type: 'string', versions: '2-9' },
        topicId: { type: 'uuid', versions: '10+' },
        partitions: { arrayOf: { partitionIndex: 'int32', errorCode: 'int16' } },
      },
    },
  },
} as const satisfies ApiDefinition
