import type { ApiDefinition } from '../schema.ts'
const replica = {
  replicaId: 'int32',
  replicaDirectoryId: { type: 'uuid', versions: '2+' },
  logEndOffset: 'int64',
  lastFetchTimestamp: { type: 'int64', versions: '1+', default: -1 },
  lastCaughtUpTimestamp: { type: 'int64', versions: '1+', default: -1 },
} as const

/** Who keeps the metadata of the cluster. Versions: 1 times of replicas, 2 nodes. Ports are unsigned, though here they are not. */
export const describeQuorum = {
  key: 55,
  name: 'DescribeQuorum',
  versions: '0-2',
  flexible: '0+',
  request: {
    topics: { arrayOf: { topicName: 'string', partitions: { arrayOf: { partitionIndex: 'int32' } } } },
  },
  response: {
    errorCode: 'int16',
    errorMessage: { type: 'string', versions: '2+', nullable: '2+' },
    topics: {
      arrayOf: {
        topicName: 'string',
        partitions: {
          arrayOf: {
            partitionIndex: 'int32',
            errorCode: 'int16',
            errorMessage: { type: 'string', versions: '2+', nullable: '2+' },
            leaderId: 'int32',
            leaderEpoch: 'int32',
            highWatermark: 'int64',
            currentVoters: { arrayOf: replica },
            observers: { arrayOf: replica },
          },
        },
      },
    },
    nodes: {
      arrayOf: { nodeId: 'int32', listeners: { arrayOf: { name: 'string', host: 'string', port: 'int16' } } },
      versions: '2+',
    },
  },
} as const satisfies ApiDefinition
