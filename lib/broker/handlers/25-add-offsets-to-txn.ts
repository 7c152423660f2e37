import { addOffsetsToTxn } from '../../protocol/messages/25-add-offsets-to-txn.ts'
import { fencedAsOldEpoch, whenSafe } from './transaction-answers.ts'
import { coordinated } from './coordinated.ts'
import { topLevelError } from './handler.ts'

const PRODUCER_FENCED_SINCE = 2

export const addOffsetsToTxnHandler = coordinated<typeof addOffsetsToTxn>({
  api: addOffsetsToTxn,
  handle: (request, { broker, apiVersion }) => {
    const error = broker.transactions.add(request, { groups: [request.groupId] })
    return whenSafe(broker, { errorCode: fencedAsOldEpoch(error, apiVersion < PRODUCER_FENCED_SINCE) })
  },
  fail: topLevelError,
}, ({ transactionalId }) => transactionalId)
