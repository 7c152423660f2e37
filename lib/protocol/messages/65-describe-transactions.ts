import type { ApiDefinition } from '../schema.ts'

/** State, producer and partitions of transactions by their ids. */
export const describeTransactions = {
  key: 65,
  name: 'DescribeTransactions',
  versions: '0',
  flexible: '0+',
  request: { transactionalIds: { arrayOf: 'string' } },
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    transactionStates: {
      arrayOf: {
        errorCode: 'int16',
        transactionalId: 'string',
        transactionState: 'string',
        transactionTimeoutMs: 'int32',
        transactionStartTimeMs: 'int64',
        producerId: 'int64',
        producerEpoch: 'int16',
        topics: { arrayOf: { topic: 'string', partitions: { arrayOf: 'int32' } } },
      },
    },
  },
} as const satisfies ApiDefinition
