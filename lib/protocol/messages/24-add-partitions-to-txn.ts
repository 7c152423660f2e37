import type { ApiDefinition } from '../schema.ts'

const topic = { name: 'string', partitions: { arrayOf: 'int32' } } as const

const topicResult = {
  name: 'string',
  resultsByPartition: { arrayOf: { partitionIndex: 'int32', partitionErrorCode: 'int16' } },
} as const

/** Up to version 3 one transaction, from clients; from 4 on a list of them, meant for brokers, though some clients send it. */
export const addPartitionsToTxn = {
  key: 24,
  name: 'AddPartitionsToTxn',
  versions: '0-5',
  flexible: '3+',
  request: {
    transactions: {
      arrayOf: {
        transactionalId: 'string',
        producerId: 'int64',
        producerEpoch: 'int16',
        verifyOnly: { type: 'boolean', default: false },
        topics: { arrayOf: topic },
      },
      versions: '4+',
    },
    v3AndBelowTransactionalId: { type: 'string', versions: '0-3' },
    v3AndBelowProducerId: { type: 'int64', versions: '0-3' },
    v3AndBelowProducerEpoch: { type: 'int16', versions: '0-3' },
    v3AndBelowTopics: { arrayOf: topic, versions: '0-3' },
  },
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    errorCode: { type: 'int16', versions: '4+' },
    resultsByTransaction: {
      arrayOf: { transactionalId: 'string', topicResults: { arrayOf: topicResult } },
      versions: '4+',
    },
    resultsByTopicV3AndBelow: { arrayOf: topicResult, versions: '0-3' },
  },
} as const satisfies ApiDefinition
