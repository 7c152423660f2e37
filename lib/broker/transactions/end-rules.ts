import { errorCodes } from '../../protocol/error-table.ts'
import type { TransactionOwner } from './transaction-coordinator.ts'
import { LAST_EPOCH } from './transaction.ts'
import type { Transaction } from './transaction.ts'

const { NONE, INVALID_PRODUCER_ID_MAPPING, PRODUCER_FENCED, CONCURRENT_TRANSACTIONS, INVALID_TXN_STATE } = errorCodes

/**
 * Whether a producer may end its transaction so: error code NONE when it may, `retry` when it already has and only the
 * answer was lost.
 */
export const whyCannotEnd = (transaction: Transaction, owner: TransactionOwner, commit: boolean, raisesEpoch: boolean): number | 'retry' =>
  raisesEpoch ? v2(transaction, owner, commit) : v1(transaction, owner, commit)

/** Transactions v1: the epoch stays, so the same request again is a retry. */
const v1 = ({ state, producerId, epoch }: Transaction, owner: TransactionOwner, commit: boolean): number | 'retry' => {
  if (producerId !== owner.producerId) return INVALID_PRODUCER_ID_MAPPING
  if (epoch !== owner.producerEpoch) return PRODUCER_FENCED
  switch (state) {
    case 'Ongoing': return NONE
    case 'CompleteCommit':
    case 'CompleteAbort': return commit === (state === 'CompleteCommit') ? 'retry' : INVALID_TXN_STATE
    case 'PrepareCommit':
    case 'PrepareAbort': return commit === (state === 'PrepareCommit') ? CONCURRENT_TRANSACTIONS : INVALID_TXN_STATE
    default: return INVALID_TXN_STATE
  }
}

/** Transactions v2: a request with the epoch before the present one is a retry, the same epoch asks to end the next transaction. */
const v2 = ({ state, producerId, previousProducerId, epoch }: Transaction, owner: TransactionOwner, commit: boolean): number | 'retry' => {
  const afterOverflow = previousProducerId === owner.producerId && owner.producerEpoch === LAST_EPOCH && epoch === 0
  const afterRaise = epoch === owner.producerEpoch + 1
  if (producerId !== owner.producerId && !afterOverflow) return INVALID_PRODUCER_ID_MAPPING
  switch (state) {
    case 'Ongoing': return epoch === owner.producerEpoch ? NONE : PRODUCER_FENCED
    case 'PrepareCommit':
    case 'PrepareAbort':
      if (!afterRaise) return PRODUCER_FENCED
      return commit === (state === 'PrepareCommit') ? CONCURRENT_TRANSACTIONS : INVALID_TXN_STATE
    case 'CompleteCommit':
    case 'CompleteAbort':
      if (afterRaise || afterOverflow) return commit === (state === 'CompleteCommit') ? 'retry' : INVALID_TXN_STATE
      if (epoch !== owner.producerEpoch) return PRODUCER_FENCED
      return commit ? INVALID_TXN_STATE : NONE
    default:
      if (epoch !== owner.producerEpoch) return PRODUCER_FENCED
      return commit ? INVALID_TXN_STATE : NONE
  }
}
