import { initProducerId } from '../../protocol/messages/22-init-producer-id.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { fencedAsOldEpoch, whenSafe } from './transaction-answers.ts'
import { coordinated } from './coordinated.ts'

const PRODUCER_FENCED_SINCE = 4

export const initProducerIdHandler = coordinated<typeof initProducerId>({
  api: initProducerId,
  handle: ({ transactionalId, transactionTimeoutMs, producerId, producerEpoch }, { broker, apiVersion }) => {
    if ((producerId < 0) !== (producerEpoch < 0)) return { errorCode: errorCodes.INVALID_REQUEST, producerEpoch: -1 }
    if (transactionalId === undefined) return whenSafe(broker, { errorCode: errorCodes.NONE, producerId: broker.producerIds.next(), producerEpoch: 0 })
    const given = broker.transactions.init(transactionalId, transactionTimeoutMs, producerId < 0 ? undefined : { producerId, epoch: producerEpoch })
    return whenSafe(broker, { ...given, errorCode: fencedAsOldEpoch(given.errorCode, apiVersion < PRODUCER_FENCED_SINCE) })
  },
  fail: (_request, errorCode) => ({ errorCode, producerEpoch: -1 }),
}, ({ transactionalId }) => transactionalId)
