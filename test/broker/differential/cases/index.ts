import type { Case } from '../conversation.ts'
import { clusterCases } from './cluster.ts'
import { configCases } from './configs.ts'
import { groupCases } from './groups.ts'
import { logCases } from './logs.ts'
import { shareGroupCases } from './share-groups.ts'
import { topicCases } from './topics.ts'
import { transactionCases } from './transactions.ts'

/** All that brokers are asked, by the file that has the answers. */
export const areas: Readonly<Record<string, readonly Case[]>> = {
  cluster: clusterCases,
  configs: configCases,
  groups: groupCases,
  logs: logCases,
  shareGroups: shareGroupCases,
  topics: topicCases,
  transactions: transactionCases,
}
