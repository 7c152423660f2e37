import type { ApiDefinition } from '../schema.ts'
import { OPERATIONS_OMITTED } from './common-fields.ts'

const cursor = { topicName: 'string', partitionIndex: 'int32' } as const

/** Topics in pages: the answer's cursor, when there is one, goes into the next request. */
export const describeTopicPartitions = {
  key: 75,
  name: 'DescribeTopicPartitions',
  versions: '0',
  flexible: '0+',
  request: {
    topics: { arrayOf: { name: 'string' } },
    responsePartitionLimit: { type: 'int32', default: 2000 },
    cursor: { struct: cursor, nullable: '0+' },
  },
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    topics: {
      arrayOf: {
        errorCode: 'int16',
        name: { type: 'string', nullable: '0+' },
        topicId: 'uuid',
        isInternal: { type: 'boolean', default: false },
        partitions: {
          arrayOf: {
            errorCode: 'int16',
            partitionIndex: 'int32',
            leaderId: 'int32',
            leaderEpoch: { type: 'int32', default: -1 },
            replicaNodes: { arrayOf: 'int32' },
            isrNodes: { arrayOf: 'int32' },
            eligibleLeaderReplicas: { arrayOf: 'int32', nullable: '0+' },
            lastKnownElr: { arrayOf: 'int32', nullable: '0+' },
            offlineReplicas: { arrayOf: 'int32' },
          },
        },
        topicAuthorizedOperations: { type: 'int32', default: OPERATIONS_OMITTED },
      },
    },
    nextCursor: { struct: cursor, nullable: '0+' },
  },
} as const satisfies ApiDefinition
