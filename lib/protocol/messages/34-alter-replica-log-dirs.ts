import type { ApiDefinition } from '../schema.ts'
/** Moves replicas to other directories of the same broker. */
export const alterReplicaLogDirs = {
  key: 34,
  name: 'AlterReplicaLogDirs',
  versions: '1-2',
  flexible: '2+',
  request: {
    dirs: {
      arrayOf: {
        path: 'string',
        topics: { arrayOf: { name: 'string', partitions: { arrayOf: 'int32' } } },
      },
    },
  },
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    results: {
      arrayOf: {
        topicName: 'string',
        partitions: { arrayOf: { partitionIndex: 'int32', errorCode: 'int16' } },
      },
    },
  },
} as const satisfies ApiDefinition
