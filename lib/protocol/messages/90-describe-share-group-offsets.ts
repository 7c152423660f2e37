import type { ApiDefinition } from '../schema.ts'
/** Where the records begin that a share group is not done with. No topics (null): all. Versions: 1 how many there are. */
export const describeShareGroupOffsets = {
  key: 90,
  name: 'DescribeShareGroupOffsets',
  versions: '0-1',
  flexible: '0+',
  request: {
    groups: { arrayOf: { groupId: 'string', topics: { arrayOf: { topicName: 'string', partitions: { arrayOf: 'int32' } }, nullable: '0+' } } },
  },
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    groups: {
      arrayOf: {
        groupId: 'string',
        topics: {
          arrayOf: {
            topicName: 'string',
            topicId: 'uuid',
            partitions: {
              arrayOf: {
                partitionIndex: 'int32',
                startOffset: 'int64',
                leaderEpoch: 'int32',
                lag: { type: 'int64', versions: '1+', default: -1 },
                errorCode: 'int16',
                errorMessage: { type: 'string', nullable: '0+' },
              },
            },
          },
        },
        errorCode: 'int16',
        errorMessage: { type: 'string', nullable: '0+' },
      },
    },
  },
} as const satisfies ApiDefinition
