import type { ApiDefinition } from '../schema.ts'

/** The producers whose sequences a partition remembers, and their open transactions. */
export const describeProducers = {
  key: 61,
  name: 'DescribeProducers',
  versions: '0',
  flexible: '0+',
  request: {
    topics: { arrayOf: { name: 'string', partitionIndexes: { arrayOf: 'int32' } } },
  },
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    topics: {
      arrayOf: {
        name: 'string',
        partitions: {
          arrayOf: {
            partitionIndex: 'int32',
            errorCode: 'int16',
            errorMessage: { type: 'string', nullable: '0+' },
            activeProducers: {
              arrayOf: {
                producerId: 'int64',
                producerEpoch: 'int32',
                lastSequence: { type: 'int32', default: -1 },
                lastTimestamp: { type: 'int64', default: -1 },
                coordinatorEpoch: 'int32',
                currentTxnStartOffset: { type: 'int64', default: -1 },
              },
            },
          },
        },
      },
    },
  },
} as const satisfies ApiDefinition
