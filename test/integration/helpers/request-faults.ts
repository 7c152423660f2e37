import type { Broker } from '../../../lib/broker/index.ts'
import { errorCodes } from '../../../lib/protocol/error-table.ts'
import { produce } from '../../../lib/protocol/messages/00-produce.ts'
import { fetch } from '../../../lib/protocol/messages/01-fetch.ts'
import { listOffsets } from '../../../lib/protocol/messages/02-list-offsets.ts'
import { offsetCommit } from '../../../lib/protocol/messages/08-offset-commit.ts'
import { offsetFetch } from '../../../lib/protocol/messages/09-offset-fetch.ts'
import { findCoordinator } from '../../../lib/protocol/messages/10-find-coordinator.ts'
import { joinGroup } from '../../../lib/protocol/messages/11-join-group.ts'
import { heartbeat } from '../../../lib/protocol/messages/12-heartbeat.ts'
import { syncGroup } from '../../../lib/protocol/messages/14-sync-group.ts'
import { apiVersions } from '../../../lib/protocol/messages/18-api-versions.ts'
import { initProducerId } from '../../../lib/protocol/messages/22-init-producer-id.ts'
import { endTxn } from '../../../lib/protocol/messages/26-end-txn.ts'
import { txnOffsetCommit } from '../../../lib/protocol/messages/28-txn-offset-commit.ts'
import type { ApiDefinition } from '../../../lib/protocol/schema.ts'

/** How requests may fail: first what passes by itself, then what loses the transaction or the membership. */
const { COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR, NOT_LEADER_OR_FOLLOWER, REBALANCE_IN_PROGRESS } = errorCodes
const { CONCURRENT_TRANSACTIONS, TRANSACTION_ABORTABLE, PRODUCER_FENCED, ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID } = errorCodes
interface Failure {
  readonly api: ApiDefinition['key']
  readonly passing: number
  readonly losing: number
}
const OF_TRANSACTIONS: readonly Failure[] = [
  { api: produce.key, passing: NOT_LEADER_OR_FOLLOWER, losing: TRANSACTION_ABORTABLE },
  { api: endTxn.key, passing: COORDINATOR_LOAD_IN_PROGRESS, losing: PRODUCER_FENCED },
  { api: txnOffsetCommit.key, passing: COORDINATOR_NOT_AVAILABLE, losing: ILLEGAL_GENERATION },
  { api: initProducerId.key, passing: CONCURRENT_TRANSACTIONS, losing: NOT_COORDINATOR },
]
const WITHOUT_TRANSACTIONS: readonly Failure[] = [
  { api: produce.key, passing: NOT_LEADER_OR_FOLLOWER, losing: NOT_LEADER_OR_FOLLOWER },
  { api: offsetCommit.key, passing: COORDINATOR_NOT_AVAILABLE, losing: ILLEGAL_GENERATION },
]
const OF_GROUPS: readonly Failure[] = [
  { api: heartbeat.key, passing: NOT_COORDINATOR, losing: UNKNOWN_MEMBER_ID },
  { api: joinGroup.key, passing: COORDINATOR_LOAD_IN_PROGRESS, losing: UNKNOWN_MEMBER_ID },
  { api: syncGroup.key, passing: REBALANCE_IN_PROGRESS, losing: ILLEGAL_GENERATION },
  { api: offsetFetch.key, passing: COORDINATOR_LOAD_IN_PROGRESS, losing: NOT_COORDINATOR },
  { api: findCoordinator.key, passing: COORDINATOR_NOT_AVAILABLE, losing: COORDINATOR_NOT_AVAILABLE },
  { api: fetch.key, passing: NOT_LEADER_OR_FOLLOWER, losing: NOT_LEADER_OR_FOLLOWER },
  { api: listOffsets.key, passing: NOT_LEADER_OR_FOLLOWER, losing: NOT_LEADER_OR_FOLLOWER },
]
/** How many of a hundred requests fail; of those that are mostly sent again and again while nothing happens. */
const FAULTS_PERCENT = 1
const GROUP_FAULTS_PERCENT = 0.2
/** How late a slow answer is at most, ms. */
const SLOW_MS = 800

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
  const fail = ({ api, passing, losing }: Failure, percent: number): void => {
    broker.control(api, ({ clientId }) => {
      if (!clientId.startsWith(applications) || random() * 100 > percent) return undefined
      onFault?.()
      const kind = random()
      if (kind < 0.1) return { delayMs: Math.ceil(random() * SLOW_MS) }
      if (kind < 0.3) return { disconnect: 'after' }
      if (kind < 0.4) return { disconnect: 'before' }
      if (kind < 0.6) return { error: passing }
      // done, and told that it was not
      if (kind < 0.8 && api === endTxn.key) return { alter: (response) => ({ ...response, errorCode: losing }) }
      return { error: losing }
    })
  }
  for (const each of transactions ? OF_TRANSACTIONS : WITHOUT_TRANSACTIONS) fail(each, FAULTS_PERCENT)
  for (const each of OF_GROUPS) fail(each, GROUP_FAULTS_PERCENT)
}
