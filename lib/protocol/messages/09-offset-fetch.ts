import type { ApiDefinition } from '../schema.ts'

/** Up to version 7 one group, its fields at the top; from 8 on `groups`. No topics (null, 2+) asks for all of the group. */
export const offsetFetch = {
  key: 9,
  name: 'OffsetFetch',
  versions: '1-10',
  flexible: '6+',
  request: {
    groupId: { type: 'string', versions: '1-7' },
    topics: {
      arrayOf: { name: 'string', partitionIndexes: { arrayOf: 'int32' } },
      versions: '1-7',
      nullable: '2-7',
    },
    groups: {
      arrayOf: {
        groupId: 'string',
        memberId: { type: 'string', versions: '9+', nullable: '9+' },
        memberEpoch: { type: 'int32', versions: '9+', default: -1 },
        topics: {
          arrayOf: {
            name: { type: 'string', versions: '8-9' },
            topicId: { type: 'uuid', versions: '10+' },
            partitionIndexes: { arrayOf: 'int32' },
          },
          nullable: '8+',
        },
      },
      versions: '8+',
    },
    requireStable: { type: 'boolean', versions: '7+' },
  },
  response: {
    throttleTimeMs: { type: 'int32', versions: '3+' },
    topics: {
      arrayOf: {
        name: 'string',
        partitions: {
          arrayOf: {
            partitionIndex: 'int32',
            committedOffset: 'int64',
            committedLeaderEpoch: { type: 'int32', versions: '5-7', default: -1 },
            metadata: { type: 'string', nullable: '1-7' },
            errorCode: 'int16',
          },
        },
      },
      versions: '1-7',
    },
    errorCode: { type: 'int16', versions: '2-7' },
    groups: {
      arrayOf: {
        groupId: 'string',
        topics: {
          arrayOf: {
            name: { type: 'string', versions: '8-9' },
            topicId: { type: 'uuid', versions: '10+' },
            partitions: {
              arrayOf: {
                partitionIndex: 'int32',
                committedOffset: 'int64',
                committedLeaderEpoch: { type: 'int32', default: -1 },
                metadata: { type: 'string', nullable: '8+' },
                errorCode: 'int16',
              },
            },
          },
        },
        errorCode: { type: 'int16', default: 0 },
      },
      versions: '8+',
    },
  },
} as const satisfies ApiDefinition
