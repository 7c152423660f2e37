import type { ApiDefinition } from '../schema.ts'

/** Where a leader epoch ended: how clients find out that the log they read was cut. */
export const offsetForLeaderEpoch = {
  key: 23,
  name: 'OffsetForLeaderEpoch',
  versions: '2-4',
  flexible: '4+',
  request: {
    replicaId: { type: 'int32', versions: '3+', default: -2 },
    topics: {
      arrayOf: {
        topic: 'string',
        partitions: {
          arrayOf: { partition: 'int32', currentLeaderEpoch: { type: 'int32', default: -1 }, leaderEpoch: 'int32' },
        },
      },
    },
  },
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    topics: {
      arrayOf: {
        topic: 'string',
        partitions: {
          arrayOf: {
            errorCode: 'int16',
            partition: 'int32',
            leaderEpoch: { type: 'int32', default: -1 },
            endOffset: { type: 'int64', default: -1 },
          },
        },
      },
    },
  },
} as const satisfies ApiDefinition
