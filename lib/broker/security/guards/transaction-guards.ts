import { errorCodes } from '../../../protocol/error-table.ts'
import type { addOffsetsToTxn, addPartitionsToTxn, describeTransactions, endTxn, initProducerId, listTransactions, txnOffsetCommit } from '../../../protocol/index.ts'
import { Operation, ResourceType } from '../acl.ts'
import { guard, split, then } from './guard.ts'

const { READ, WRITE, DESCRIBE, CLUSTER_ACTION, IDEMPOTENT_WRITE } = Operation
const { TOPIC, GROUP, TRANSACTIONAL_ID } = ResourceType
const { TOPIC_AUTHORIZATION_FAILED, GROUP_AUTHORIZATION_FAILED, CLUSTER_AUTHORIZATION_FAILED, TRANSACTIONAL_ID_AUTHORIZATION_FAILED, OPERATION_NOT_ATTEMPTED } = errorCodes

/** From here on AddPartitionsToTxn is what brokers ask each other. */
const OF_BROKERS_SINCE = 4

export const initProducerIdGuard = guard<typeof initProducerId>((request, context, handler, gate) => {
  const { transactionalId } = request
  if (transactionalId !== undefined) {
    return gate.may(WRITE, TRANSACTIONAL_ID, transactionalId) ? handler.handle(request, context) : handler.fail(request, TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
  }
  // Who may write to any topic may do so without duplicates.
  const mayWrite = gate.mayOnCluster(IDEMPOTENT_WRITE) || gate.maySomewhere(WRITE, TOPIC)
  return mayWrite ? handler.handle(request, context) : handler.fail(request, CLUSTER_AUTHORIZATION_FAILED)
})

export const addPartitionsToTxnGuard = guard<typeof addPartitionsToTxn>((request, context, handler, gate) => {
  if (context.apiVersion >= OF_BROKERS_SINCE) return gate.mayOnCluster(CLUSTER_ACTION) ? handler.handle(request, context) : { errorCode: CLUSTER_AUTHORIZATION_FAILED, resultsByTransaction: [] }
  const { v3AndBelowTransactionalId: transactionalId, v3AndBelowTopics: topics } = request
  if (!gate.may(WRITE, TRANSACTIONAL_ID, transactionalId)) return handler.fail(request, TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
  const allowed = topics.filter(({ name }) => gate.may(WRITE, TOPIC, name))
  if (allowed.length === topics.length) return handler.handle(request, context)
  // All are added, or none.
  const resultsByTopicV3AndBelow = topics.map((topic) => ({
    name: topic.name,
    resultsByPartition: topic.partitions.map((partitionIndex) => ({ partitionIndex, partitionErrorCode: allowed.includes(topic) ? OPERATION_NOT_ATTEMPTED : TOPIC_AUTHORIZATION_FAILED })),
  }))
  return { resultsByTopicV3AndBelow }
})

export const addOffsetsToTxnGuard = guard<typeof addOffsetsToTxn>((request, context, handler, gate) => {
  if (!gate.may(WRITE, TRANSACTIONAL_ID, request.transactionalId)) return handler.fail(request, TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
  return gate.may(READ, GROUP, request.groupId) ? handler.handle(request, context) : handler.fail(request, GROUP_AUTHORIZATION_FAILED)
})

export const endTxnGuard = guard<typeof endTxn>((request, context, handler, gate) =>
  gate.may(WRITE, TRANSACTIONAL_ID, request.transactionalId) ? handler.handle(request, context) : handler.fail(request, TRANSACTIONAL_ID_AUTHORIZATION_FAILED))

export const txnOffsetCommitGuard = guard<typeof txnOffsetCommit>((request, context, handler, gate) => {
  if (!gate.may(WRITE, TRANSACTIONAL_ID, request.transactionalId)) return handler.fail(request, TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
  if (!gate.may(READ, GROUP, request.groupId)) return handler.fail(request, GROUP_AUTHORIZATION_FAILED)
  return split<typeof txnOffsetCommit, 'topics', 'topics'>(
    { asked: 'topics', answered: 'topics' }, request, context, handler, TOPIC_AUTHORIZATION_FAILED, ({ name }) => gate.may(READ, TOPIC, name))
})

export const describeTransactionsGuard = guard<typeof describeTransactions>((request, context, handler, gate) => {
  const answer = split<typeof describeTransactions, 'transactionalIds', 'transactionStates'>(
    { asked: 'transactionalIds', answered: 'transactionStates' }, request, context, handler, TRANSACTIONAL_ID_AUTHORIZATION_FAILED, (id) => gate.may(DESCRIBE, TRANSACTIONAL_ID, id))
  return then(answer, (given) => given && {
    ...given, transactionStates: given.transactionStates.map((state) => ({ ...state, topics: state.topics.filter(({ topic }) => gate.may(DESCRIBE, TOPIC, topic)) })),
  })
})

export const listTransactionsGuard = guard<typeof listTransactions>((request, context, handler, gate) =>
  then(handler.handle(request, context), (answer) => answer && {
    ...answer, transactionStates: answer.transactionStates.filter(({ transactionalId }) => gate.may(DESCRIBE, TRANSACTIONAL_ID, transactionalId)),
  }))
