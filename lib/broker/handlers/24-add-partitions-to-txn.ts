import { addPartitionsToTxn } from '../../protocol/messages/24-add-partitions-to-txn.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import type { TransactionOwner } from '../transactions/transaction-coordinator.ts'
import { fencedAsOldEpoch, whenSafe } from './transaction-answers.ts'
import { isCoordinator } from './coordinated.ts'
import { handler } from './handler.ts'
import type { RequestContext } from './handler.ts'

const PRODUCER_FENCED_SINCE = 2
const BATCHED_SINCE = 4

type Topics = readonly { readonly name: string; readonly partitions: readonly number[] }[]

interface TopicResult {
  readonly name: string
  readonly resultsByPartition: readonly { readonly partitionIndex: number; readonly partitionErrorCode: number }[]
}

const results = (topics: Topics, errorOf: (topic: string, partition: number) => number): TopicResult[] =>
  topics.map(({ name, partitions }) => ({
    name,
    resultsByPartition: partitions.map((partitionIndex) => ({ partitionIndex, partitionErrorCode: errorOf(name, partitionIndex) })),
  }))

/** All of the partitions are added, or none. */
const addTo = (context: RequestContext, owner: TransactionOwner, topics: Topics, verifyOnly: boolean): TopicResult[] => {
  const { broker, apiVersion } = context
  if (!isCoordinator(context, owner.transactionalId)) return results(topics, () => errorCodes.NOT_COORDINATOR)
  const isKnown = (topic: string, partition: number): boolean => broker.topics.log(topic, partition) !== undefined
  const partitions = topics.flatMap(({ name, partitions: indexes }) => indexes.map((index) => [name, index] as const))
  if (!partitions.every(([topic, partition]) => isKnown(topic, partition))) {
    return results(topics, (topic, partition) => (isKnown(topic, partition) ? errorCodes.OPERATION_NOT_ATTEMPTED : errorCodes.UNKNOWN_TOPIC_OR_PARTITION))
  }
  if (verifyOnly) return results(topics, (topic, partition) => broker.transactions.verify(owner, { partitions: [[topic, partition]] }))
  const error = fencedAsOldEpoch(broker.transactions.add(owner, { partitions }), apiVersion < PRODUCER_FENCED_SINCE)
  return results(topics, () => error)
}

export const addPartitionsToTxnHandler = handler<typeof addPartitionsToTxn>({
  api: addPartitionsToTxn,
  handle: (request, context) => {
    const { broker, apiVersion } = context
    if (apiVersion < BATCHED_SINCE) {
      const { v3AndBelowTransactionalId: transactionalId, v3AndBelowProducerId: producerId, v3AndBelowProducerEpoch: producerEpoch } = request
      return whenSafe(broker, { resultsByTopicV3AndBelow: addTo(context, { transactionalId, producerId, producerEpoch }, request.v3AndBelowTopics, false) })
    }
    return whenSafe(broker, {
      errorCode: errorCodes.NONE,
      resultsByTransaction: request.transactions.map((one) => ({
        transactionalId: one.transactionalId, topicResults: addTo(context, one, one.topics, one.verifyOnly),
      })),
    })
  },
  fail: (request, errorCode) => ({
    errorCode,
    resultsByTopicV3AndBelow: results(request.v3AndBelowTopics, () => errorCode),
    resultsByTransaction: request.transactions.map(({ transactionalId, topics }) => ({ transactionalId, topicResults: results(topics, () => errorCode) })),
  }),
})
