import type { ApiDefinition } from '../schema.ts'

/** How a coordinator tells partitions that transactions have ended, and an admin that one must. Version 2: the transactions' version. */
export const writeTxnMarkers = {
  key: 27,
  name: 'WriteTxnMarkers',
  versions: '1-2',
  flexible: '1+',
  request: {
    markers: {
      arrayOf: {
        producerId: 'int64',
        producerEpoch: 'int16',
        /** True commit, false abort. */
        transactionResult: 'boolean',
        topics: { arrayOf: { name: 'string', partitionIndexes: { arrayOf: 'int32' } } },
        coordinatorEpoch: 'int32',
        transactionVersion: { type: 'int8', versions: '2+', default: 0 },
      },
    },
  },
  response: {
    markers: {
      arrayOf: {
        producerId: 'int64',
        topics: { arrayOf: { name: 'string', partitions: { arrayOf: { partitionIndex: 'int32', errorCode: 'int16' } } } },
      },
    },
  },
} as const satisfies ApiDefinition
