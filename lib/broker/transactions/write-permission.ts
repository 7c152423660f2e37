import { errorCodes } from '../../protocol/error-table.ts'
import type { TransactionCoordinator, TransactionOwner, TransactionScope } from './transaction-coordinator.ts'

/** How much a client understands of what may be wrong with its transaction, from the version of its request. */
export const Grasp = {
  /** Before KIP-890: only the errors that there were then. */
  OLD: 0,
  /** Knows TRANSACTION_ABORTABLE. */
  ABORTABLE: 1,
  /** Transactions v2: writing to a partition adds it to the transaction. */
  ADDS: 2,
} as const
export type Grasp = (typeof Grasp)[keyof typeof Grasp]

/** Whether a producer may write to something in its transaction, as the coordinator sees it; in errors the client knows. */
export const mayWrite = (transactions: TransactionCoordinator, owner: TransactionOwner, scope: TransactionScope, grasp: Grasp): number => {
  const error = grasp === Grasp.ADDS ? transactions.add(owner, scope) : transactions.verify(owner, scope)
  switch (error) {
    case errorCodes.PRODUCER_FENCED: return errorCodes.INVALID_PRODUCER_EPOCH
    case errorCodes.TRANSACTION_ABORTABLE: return grasp === Grasp.OLD ? errorCodes.INVALID_TXN_STATE : error
    default: return error
  }
}
