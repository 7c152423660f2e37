import type { ApiDefinition } from '../schema.ts'

/** Raises topics to `count` partitions; no assignments (null): the broker chooses. */
export const createPartitions = {
  key: 37,
  name: 'CreatePartitions',
  versions: '0-3',
  flexible: '2+',
  request: {
    topics: {
      arrayOf: {
        name: 'string',
        count: 'int32',
        assignments: { arrayOf: { brokerIds: { arrayOf: 'int32' } }, nullable: '0+' },
      },
    },
    timeoutMs: 'int32',
    validateOnly: 'boolean',
  },
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    results: {
      arrayOf: { name: 'string', errorCode: 'int16', errorMessage: { type: 'string', nullable: '0+' } },
    },
  },
} as const satisfies ApiDefinition
