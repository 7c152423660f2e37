import type { ApiDefinition } from '../schema.ts'
/** No topics (null): all. */
export const listPartitionReassignments = {
  key: 46,
  name: 'ListPartitionReassignments',
  versions: '0',
  flexible: '0+',
  request: {
    timeoutMs: { type: 'int32', default: 60000 },
    topics: { arrayOf: { name: 'string', partitionIndexes: { arrayOf: 'int32' } }, nullable: '0+' },
  },
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    errorCode: 'int16',
    errorMessage: { type: 'string', nullable: '0+' },
    topics: {
      arrayOf: {
        name: 'string',
        partitions: {
          arrayOf: { partitionIndex: 'int32', replicas: { arrayOf: 'int32' }, addingReplicas: { arrayOf: 'int32' }, removingReplicas: { arrayOf: 'int32' } },
        },
      },
    },
  },
} as const satisfies ApiDefinition
