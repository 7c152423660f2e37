import { describeTransactions } from '../../protocol/messages/65-describe-transactions.ts'
import type { ResponseInput } from '../../protocol/index.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { OFFSETS_TOPIC, coordinatorPartition } from '../cluster/coordinator-partition.ts'
import type { Transaction } from '../transactions/transaction.ts'
import { isCoordinator } from './coordinated.ts'
import { handler } from './handler.ts'

type Answer = ResponseInput<typeof describeTransactions>['transactionStates'][number]

const failed = (transactionalId: string, errorCode: number): Answer => ({
  errorCode, transactionalId, transactionState: '', transactionTimeoutMs: 0, transactionStartTimeMs: 0, producerId: 0, producerEpoch: 0, topics: [],
})

/** What is in the transaction; groups as the partitions in which Kafka keeps their offsets. */
const topicsOf = ({ partitions, groups }: Transaction): Answer['topics'] => {
  const topics = [...partitions].map(([topic, indexes]) => ({ topic, partitions: [...indexes] }))
  return groups.size === 0 ? topics : [...topics, { topic: OFFSETS_TOPIC, partitions: [...new Set([...groups].map(coordinatorPartition))] }]
}

export const describeTransactionsHandler = handler<typeof describeTransactions>({
  api: describeTransactions,
  handle: ({ transactionalIds }, context) => ({
    transactionStates: transactionalIds.map((transactionalId): Answer => {
      if (transactionalId === '') return failed(transactionalId, errorCodes.INVALID_REQUEST)
      if (!isCoordinator(context, transactionalId)) return failed(transactionalId, errorCodes.NOT_COORDINATOR)
      const found = context.broker.transactions.get(transactionalId)
      if (found === undefined) return failed(transactionalId, errorCodes.TRANSACTIONAL_ID_NOT_FOUND)
      const { state, timeoutMs, startMs, producerId, epoch } = found
      return {
        errorCode: errorCodes.NONE,
        transactionalId,
        transactionState: state,
        transactionTimeoutMs: timeoutMs,
        transactionStartTimeMs: startMs,
        producerId,
        producerEpoch: epoch,
        topics: topicsOf(found),
      }
    }),
  }),
  fail: ({ transactionalIds }, errorCode) => ({ transactionStates: transactionalIds.map((transactionalId) => failed(transactionalId, errorCode)) }),
})
