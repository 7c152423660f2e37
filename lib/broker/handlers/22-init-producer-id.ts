import { initProducerId } from '../../protocol/index.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { handler } from './handler.ts'

const LAST_EPOCH = 32766

export const initProducerIdHandler = handler<typeof initProducerId>({
  api: initProducerId,
  handle: ({ transactionalId, producerId, producerEpoch }, { broker }) => {
    if (transactionalId === '') return { errorCode: errorCodes.INVALID_REQUEST, producerEpoch: -1 }
    // Transactions are not among the apis that this broker advertises.
    if (transactionalId !== undefined) return { errorCode: errorCodes.UNSUPPORTED_VERSION, producerEpoch: -1 }
    if (producerId >= 0 && producerEpoch >= 0 && producerEpoch < LAST_EPOCH) return { errorCode: errorCodes.NONE, producerId, producerEpoch: producerEpoch + 1 }
    const answer = { errorCode: errorCodes.NONE, producerId: broker.producerIds.next(), producerEpoch: 0 }
    return broker.journal.flushed()?.then(() => answer) ?? answer
  },
  fail: (_request, errorCode) => ({ errorCode, producerEpoch: -1 }),
})
