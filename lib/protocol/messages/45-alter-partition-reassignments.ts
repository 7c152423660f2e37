import type { ApiDefinition } from '../schema.ts'
/** Gives partitions other brokers; no replicas (null): stops what is under way. Versions: 1 may keep the number of replicas. */
export const alterPartitionReassignments = {
  key: 45,
  name: 'AlterPartitionReassignments',
  versions: '0-1',
  flexible: '0+',
  request: {
    timeoutMs: { type: 'int32', default: 60000 },
    allowReplicationFactorChange: { type: 'boolean', versions: '1+', default: true },
    topics: {
      arrayOf: {
        name: 'string',
        partitions: { arrayOf: { partitionIndex: 'int32', replicas: { arrayOf: 'int32', nullable: '0+' } } },
      },
    },
  },
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    allowReplicationFactorChange: { type: 'boolean', versions: '1+', default: true },
    errorCode: 'int16',
    errorMessage: { type: 'string', nullable: '0+' },
    responses: {
      arrayOf: {
        name: 'string',
        partitions: { arrayOf: { partitionIndex: 'int32', errorCode: 'int16', errorMessage: { type: 'string', nullable: '0+' } } },
      },
    },
  },
} as const satisfies ApiDefinition
