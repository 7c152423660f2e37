import type { Broker } from '../../../lib/broker/index.ts'
import { errorCodes } from '../../../lib/protocol/error-table.ts'
import { produce } from '../../../lib/protocol/messages/00-produce.ts'
import { offsetCommit } from '../../../lib/protocol/messages/08-offset-commit.ts'
import { apiVersions } from '../../../lib/protocol/messages/18-api-versions.ts'
import { initProducerId } from '../../../lib/protocol/messages/22-init-producer-id.ts'
import { endTxn } from '../../../lib/protocol/messages/26-end-txn.ts'
import { txnOffsetCommit } from '../../../lib/protocol/messages/28-txn-offset-commit.ts'

/** How requests may fail: first what passes by itself, then what loses the transaction or the membership. */
const { COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR, NOT_LEADER_OR_FOLLOWER } = errorCodes
const { CONCURRENT_TRANSACTIONS, TRANSACTION_ABORTABLE, PRODUCER_FENCED, ILLEGAL_GENERATION } = errorCodes
const OF_TRANSACTIONS = [
  { api: produce.key, passing: NOT_LEADER_OR_FOLLOWER, losing: TRANSACTION_ABORTABLE },
  { api: endTxn.key, passing: COORDINATOR_LOAD_IN_PROGRESS, losing: PRODUCER_FENCED },
  { api: txnOffsetCommit.key, passing: COORDINATOR_NOT_AVAILABLE, losing: ILLEGAL_GENERATION },
  { api: initProducerId.key, passing: CONCURRENT_TRANSACTIONS, losing: NOT_COORDINATOR },
]
const WITHOUT_TRANSACTIONS = [
  { api: produce.key, passing: NOT_LEADER_OR_FOLLOWER, losing: NOT_LEADER_OR_FOLLOWER },
  { api: offsetCommit.key, passing: COORDINATOR_NOT_AVAILABLE, losing: ILLEGAL_GENERATION },
]
/** How many of a hundred requests fail. */
const FAULTS_PERCENT = 1

export interface RequestFaults {
  readonly random: () => number
  /** What the client ids of the applications begin with: nobody else's requests fail. */
  readonly applications: string
  readonly transactions: boolean
  /** An older cluster: transactions v1. */
  readonly isOld: boolean
  readonly onFault?: () => void
}

/** Lets some requests of applications fail, or take effect and say that they did not. */
export const failRequests = (broker: Broker, { random, applications, transactions, isOld, onFault }: RequestFaults): void => {
  if (isOld) broker.control(apiVersions.key, () => ({ alter: (response) => ({ ...response, finalizedFeatures: [] }) }))
  for (const { api, passing, losing } of transactions ? OF_TRANSACTIONS : WITHOUT_TRANSACTIONS) {
    broker.control(api, ({ clientId }) => {
      if (!clientId.startsWith(applications) || random() * 100 > FAULTS_PERCENT) return undefined
      onFault?.()
      const kind = random()
      if (kind < 0.3) return { disconnect: 'after' }
      if (kind < 0.4) return { disconnect: 'before' }
      if (kind < 0.6) return { error: passing }
      // done, and told that it was not
      if (kind < 0.8 && api === endTxn.key) return { alter: (response) => ({ ...response, errorCode: losing }) }
      return { error: losing }
    })
  }
}
