import { endTxn } from '../../protocol/messages/26-end-txn.ts'
import type { ResponseInput } from '../../protocol/index.ts'
import type { ProducerAnswer } from '../transactions/transaction-coordinator.ts'
import { fencedAsOldEpoch } from './transaction-answers.ts'
import { coordinated } from './coordinated.ts'

const PRODUCER_FENCED_SINCE = 2
const RAISED_EPOCH_SINCE = 5

export const endTxnHandler = coordinated<typeof endTxn>({
  api: endTxn,
  handle: (request, { broker, apiVersion }) => {
    const shown = (answer: ProducerAnswer): ResponseInput<typeof endTxn> => ({ ...answer, errorCode: fencedAsOldEpoch(answer.errorCode, apiVersion < PRODUCER_FENCED_SINCE) })
    const answer = broker.transactions.end(request, request.committed, apiVersion >= RAISED_EPOCH_SINCE)
    return answer instanceof Promise ? answer.then(shown) : shown(answer)
  },
  fail: (_request, errorCode) => ({ errorCode }),
}, ({ transactionalId }) => transactionalId)
