import type { Logger } from '../core/log.ts'
import type { Time } from '../core/time.ts'
import type { Cluster } from './cluster/cluster.ts'
import type { Features } from './cluster/features.ts'
import type { BrokerConfig } from './config/broker-config.ts'
import type { FrozenMetadata } from './faults/frozen-metadata.ts'
import type { Faults } from './faults/faults.ts'
import type { FetchSessions } from './fetch/fetch-sessions.ts'
import type { GroupCoordinator } from './groups/group-coordinator.ts'
import type { Listener } from './network/listener.ts'
import type { SharePartitions } from './groups/share/share-partitions.ts'
import type { ShareSessions } from './groups/share/share-sessions.ts'
import type { BrokerLimits } from './options.ts'
import type { ProducerIds } from './producer-ids.ts'
import type { ClientQuotas } from './quotas/client-quotas.ts'
import type { Authorizer } from './security/authorizer.ts'
import type { Credentials } from './security/credentials.ts'
import type { Journal } from './storage/journal.ts'
import type { TopicRegistry } from './topics/topic-registry.ts'
import type { TransactionCoordinator } from './transactions/transaction-coordinator.ts'

/** Everything that handlers work on. */
export interface BrokerState {
  readonly cluster: Cluster
  readonly clusterId: string
  /** Where everything is kept; `undefined` in memory. */
  readonly directory: string | undefined
  readonly config: BrokerConfig
  readonly limits: BrokerLimits
  readonly topics: TopicRegistry
  readonly groups: GroupCoordinator
  readonly producerIds: ProducerIds
  readonly transactions: TransactionCoordinator
  readonly journal: Journal
  readonly features: Features
  readonly quotas: ClientQuotas
  readonly faults: Faults
  /** What is told instead of the present state of things, by those broker ids. */
  readonly frozenMetadata: Map<number, FrozenMetadata>
  readonly fetchSessions: FetchSessions
  readonly shares: SharePartitions
  readonly shareSessions: ShareSessions
  readonly time: Time
  readonly logger: Logger
  /** Of all broker ids. */
  readonly listeners: readonly Listener[]
  /** Decides who may do what; `undefined` without ACLs, when everybody may do everything. */
  readonly authorizer: Authorizer | undefined
  /** Who may come in. */
  credentials(): Promise<Credentials>
}
