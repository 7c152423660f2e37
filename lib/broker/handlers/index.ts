import { produceHandler } from './00-produce.ts'
import { fetchHandler } from './01-fetch.ts'
import { metadataHandler } from './03-metadata.ts'
import { HandlerTable } from './handler-table.ts'
import type { HandlerOnDemand, ReadyHandler } from './handler-table.ts'

/** What every client asks for; ApiVersions is the table's own. */
const ready: readonly ReadyHandler[] = [
  // Old librdkafka looks for version 0 here to tell whether the broker knows newer formats; asking for it closes the connection.
  [produceHandler, '0-13'],
  [fetchHandler],
  [metadataHandler],
]

export const onDemand: readonly HandlerOnDemand[] = [
  [2, '1-11', async () => (await import('./02-list-offsets.ts')).listOffsetsHandler],
  [8, '2-10', async () => (await import('./08-offset-commit.ts')).offsetCommitHandler],
  [9, '1-10', async () => (await import('./09-offset-fetch.ts')).offsetFetchHandler],
  [10, '0-6', async () => (await import('./10-find-coordinator.ts')).findCoordinatorHandler],
  [11, '0-9', async () => (await import('./11-join-group.ts')).joinGroupHandler],
  [12, '0-4', async () => (await import('./12-heartbeat.ts')).heartbeatHandler],
  [13, '0-5', async () => (await import('./13-leave-group.ts')).leaveGroupHandler],
  [14, '0-5', async () => (await import('./14-sync-group.ts')).syncGroupHandler],
  [15, '0-6', async () => (await import('./15-describe-groups.ts')).describeGroupsHandler],
  [16, '0-5', async () => (await import('./16-list-groups.ts')).listGroupsHandler],
  [17, '0-1', async () => (await import('./17-sasl-handshake.ts')).saslHandshakeHandler],
  [19, '2-7', async () => (await import('./19-create-topics.ts')).createTopicsHandler],
  [20, '1-6', async () => (await import('./20-delete-topics.ts')).deleteTopicsHandler],
  [21, '0-2', async () => (await import('./21-delete-records.ts')).deleteRecordsHandler],
  [22, '0-5', async () => (await import('./22-init-producer-id.ts')).initProducerIdHandler],
  [23, '2-4', async () => (await import('./23-offset-for-leader-epoch.ts')).offsetForLeaderEpochHandler],
  [24, '0-5', async () => (await import('./24-add-partitions-to-txn.ts')).addPartitionsToTxnHandler],
  [25, '0-4', async () => (await import('./25-add-offsets-to-txn.ts')).addOffsetsToTxnHandler],
  [26, '0-5', async () => (await import('./26-end-txn.ts')).endTxnHandler],
  [27, '1-2', async () => (await import('./27-write-txn-markers.ts')).writeTxnMarkersHandler],
  [28, '0-5', async () => (await import('./28-txn-offset-commit.ts')).txnOffsetCommitHandler],
  [29, '1-3', async () => (await import('./29-describe-acls.ts')).describeAclsHandler],
  [30, '1-3', async () => (await import('./30-create-acls.ts')).createAclsHandler],
  [31, '1-3', async () => (await import('./31-delete-acls.ts')).deleteAclsHandler],
  [32, '1-4', async () => (await import('./32-describe-configs.ts')).describeConfigsHandler],
  [33, '0-2', async () => (await import('./33-alter-configs.ts')).alterConfigsHandler],
  [34, '1-2', async () => (await import('./34-alter-replica-log-dirs.ts')).alterReplicaLogDirsHandler],
  [35, '1-5', async () => (await import('./35-describe-log-dirs.ts')).describeLogDirsHandler],
  [36, '0-2', async () => (await import('./36-sasl-authenticate.ts')).saslAuthenticateHandler],
  [37, '0-3', async () => (await import('./37-create-partitions.ts')).createPartitionsHandler],
  [38, '1-3', async () => (await import('./38-delegation-tokens.ts')).createDelegationTokenHandler],
  [39, '1-2', async () => (await import('./38-delegation-tokens.ts')).renewDelegationTokenHandler],
  [40, '1-2', async () => (await import('./38-delegation-tokens.ts')).expireDelegationTokenHandler],
  [41, '1-3', async () => (await import('./38-delegation-tokens.ts')).describeDelegationTokenHandler],
  [42, '0-2', async () => (await import('./42-delete-groups.ts')).deleteGroupsHandler],
  [43, '0-2', async () => (await import('./43-elect-leaders.ts')).electLeadersHandler],
  [44, '0-1', async () => (await import('./44-incremental-alter-configs.ts')).incrementalAlterConfigsHandler],
  [45, '0-1', async () => (await import('./45-alter-partition-reassignments.ts')).alterPartitionReassignmentsHandler],
  [46, '0', async () => (await import('./46-list-partition-reassignments.ts')).listPartitionReassignmentsHandler],
  [47, '0', async () => (await import('./47-offset-delete.ts')).offsetDeleteHandler],
  [48, '0-1', async () => (await import('./48-describe-client-quotas.ts')).describeClientQuotasHandler],
  [49, '0-1', async () => (await import('./49-alter-client-quotas.ts')).alterClientQuotasHandler],
  [55, '0-2', async () => (await import('./55-describe-quorum.ts')).describeQuorumHandler],
  [57, '0-2', async () => (await import('./57-update-features.ts')).updateFeaturesHandler],
  [50, '0', async () => (await import('./50-describe-user-scram-credentials.ts')).describeUserScramCredentialsHandler],
  [51, '0', async () => (await import('./51-alter-user-scram-credentials.ts')).alterUserScramCredentialsHandler],
  [60, '0-2', async () => (await import('./60-describe-cluster.ts')).describeClusterHandler],
  [61, '0', async () => (await import('./61-describe-producers.ts')).describeProducersHandler],
  [65, '0', async () => (await import('./65-describe-transactions.ts')).describeTransactionsHandler],
  [66, '0-2', async () => (await import('./66-list-transactions.ts')).listTransactionsHandler],
  [68, '0-1', async () => (await import('./68-consumer-group-heartbeat.ts')).consumerGroupHeartbeatHandler],
  [69, '0-1', async () => (await import('./69-consumer-group-describe.ts')).consumerGroupDescribeHandler],
  [74, '0-1', async () => (await import('./74-list-config-resources.ts')).listConfigResourcesHandler],
  [75, '0', async () => (await import('./75-describe-topic-partitions.ts')).describeTopicPartitionsHandler],
  [76, '1', async () => (await import('./76-share-group-heartbeat.ts')).shareGroupHeartbeatHandler],
  [77, '1', async () => (await import('./77-share-group-describe.ts')).shareGroupDescribeHandler],
  [78, '1-2', async () => (await import('./78-share-fetch.ts')).shareFetchHandler],
  [79, '1-2', async () => (await import('./79-share-acknowledge.ts')).shareAcknowledgeHandler],
  [88, '0', async () => (await import('./88-streams-group-heartbeat.ts')).streamsGroupHeartbeatHandler],
  [89, '0', async () => (await import('./89-streams-group-describe.ts')).streamsGroupDescribeHandler],
  [90, '0-1', async () => (await import('./90-describe-share-group-offsets.ts')).describeShareGroupOffsetsHandler],
  [91, '0', async () => (await import('./91-alter-share-group-offsets.ts')).alterShareGroupOffsetsHandler],
  [92, '0', async () => (await import('./92-delete-share-group-offsets.ts')).deleteShareGroupOffsetsHandler],
]

/** What brokers answer. */
export const handlers = new HandlerTable(ready, onDemand)
