import type { ApiDefinition } from '../schema.ts'

/**
 * Timestamps that mean places: -1 latest, -2 earliest, -3 the largest timestamp (7+), -4 and -5 local and remote ends of
 * tiered logs (8+, 9+), -6 earliest not yet uploaded (11+).
 */
export const listOffsets = {
  key: 2,
  name: 'ListOffsets',
  versions: '1-11',
  flexible: '6+',
  request: {
    replicaId: { type: 'int32', default: -1 },
    isolationLevel: { type: 'int8', versions: '2+' },
    topics: {
      arrayOf: {
        name: 'string',
        partitions: {
          arrayOf: {
            partitionIndex: 'int32',
            currentLeaderEpoch: { type: 'int32', versions: '4+', default: -1 },
            timestamp: 'int64',
          },
        },
      },
    },
    timeoutMs: { type: 'int32', versions: '10+' },
  },
  response: {
    throttleTimeMs: { type: 'int32', versions: '2+' },
    topics: {
      arrayOf: {
        name: 'string',
        partitions: {
          arrayOf: {
            partitionIndex: 'int32',
            errorCode: 'int16',
            timestamp: { type: 'int64', default: -1 },
            offset: { type: 'int64', default: -1 },
            leaderEpoch: { type: 'int32', versions: '4+', default: -1 },
          },
        },
      },
    },
  },
} as const satisfies ApiDefinition
