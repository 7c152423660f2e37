import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Broker } from '../../../lib/broker/index.ts'
import type { BrokerOptions } from '../../../lib/broker/index.ts'
import { createAclsHandler } from '../../../lib/broker/handlers/30-create-acls.ts'
import { deleteAclsHandler } from '../../../lib/broker/handlers/31-delete-acls.ts'
import { describeAclsHandler } from '../../../lib/broker/handlers/29-describe-acls.ts'
import { describeLogDirsHandler } from '../../../lib/broker/handlers/35-describe-log-dirs.ts'
import { electLeadersHandler } from '../../../lib/broker/handlers/43-elect-leaders.ts'
import { listPartitionReassignmentsHandler } from '../../../lib/broker/handlers/46-list-partition-reassignments.ts'
import { describeUserScramCredentialsHandler } from '../../../lib/broker/handlers/50-describe-user-scram-credentials.ts'
import { alterUserScramCredentialsHandler } from '../../../lib/broker/handlers/51-alter-user-scram-credentials.ts'
import { alterReplicaLogDirsHandler } from '../../../lib/broker/handlers/34-alter-replica-log-dirs.ts'
import { alterPartitionReassignmentsHandler } from '../../../lib/broker/handlers/45-alter-partition-reassignments.ts'
import { describeClientQuotasHandler } from '../../../lib/broker/handlers/48-describe-client-quotas.ts'
import { alterClientQuotasHandler } from '../../../lib/broker/handlers/49-alter-client-quotas.ts'
import { describeQuorumHandler } from '../../../lib/broker/handlers/55-describe-quorum.ts'
import { updateFeaturesHandler } from '../../../lib/broker/handlers/57-update-features.ts'
import { listConfigResourcesHandler } from '../../../lib/broker/handlers/74-list-config-resources.ts'
import { onDemand } from '../../../lib/broker/handlers/index.ts'
import { Operation, PatternType, Permission, ResourceType } from '../../../lib/broker/security/acl.ts'
import type { Acl } from '../../../lib/broker/security/acl.ts'
import { guards } from '../../../lib/broker/security/guards/index.ts'
import * as protocol from '../../../lib/protocol/index.ts'
import { shareGroupHeartbeat } from '../../../lib/protocol/messages/76-share-group-heartbeat.ts'
import { shareGroupDescribe } from '../../../lib/protocol/messages/77-share-group-describe.ts'
import { shareFetch } from '../../../lib/protocol/messages/78-share-fetch.ts'
import { describeShareGroupOffsets } from '../../../lib/protocol/messages/90-describe-share-group-offsets.ts'
import { alterShareGroupOffsets } from '../../../lib/protocol/messages/91-alter-share-group-offsets.ts'
import { deleteShareGroupOffsets } from '../../../lib/protocol/messages/92-delete-share-group-offsets.ts'
import { writeTxnMarkers } from '../../../lib/protocol/messages/27-write-txn-markers.ts'
import type { ApiDefinition, RequestInput } from '../../../lib/protocol/index.ts'
import { errorCodes } from '../../../lib/protocol/error-table.ts'
import { batchOf } from '../helpers/batches.ts'
import { RawClient } from '../helpers/raw-client.ts'
import { authenticatePlain } from '../helpers/sasl.ts'
import { createTopic } from '../helpers/topics.ts'

// Who may do what, and what others are told, was compared with Kafka 4.3.1, request by request.

const { READ, WRITE, CREATE, DELETE, ALTER, DESCRIBE, CLUSTER_ACTION, DESCRIBE_CONFIGS, ALTER_CONFIGS, IDEMPOTENT_WRITE, ALL } = Operation
const { TOPIC, GROUP, CLUSTER, TRANSACTIONAL_ID } = ResourceType
const OF_TOPIC = errorCodes.TOPIC_AUTHORIZATION_FAILED
const OF_GROUP = errorCodes.GROUP_AUTHORIZATION_FAILED
const OF_CLUSTER = errorCodes.CLUSTER_AUTHORIZATION_FAILED
const OF_TRANSACTION = errorCodes.TRANSACTIONAL_ID_AUTHORIZATION_FAILED
const REFUSALS: readonly number[] = [OF_TOPIC, OF_GROUP, OF_CLUSTER, OF_TRANSACTION]

/** A request of any api. */
type Body = RequestInput<ApiDefinition>

let broker: Broker
/** A super user. */
let admin: RawClient
/** Somebody who may do only what rules allow. */
let alice: RawClient
let wine: string
let wineId: string

beforeAll(async () => {
  broker = await Broker.start({
    listeners: [{ protocol: 'PLAINTEXT' }, { protocol: 'SASL_PLAINTEXT' }],
    users: { alice: 'alice-secret' },
    acls: { superUsers: ['User:ANONYMOUS'] },
  })
  admin = await RawClient.connect(broker.address)
  alice = await RawClient.connect(broker.addressesOf('SASL_PLAINTEXT')[0]!)
  expect(await authenticatePlain(alice, 'alice', 'alice-secret')).toMatchObject({ errorCode: 0 });
  ({ name: wine, id: wineId } = await createTopic(admin))
})

afterAll(async () => {
  admin.close()
  alice.close()
  await broker.close()
})

const everything = { resourceTypeFilter: ResourceType.ANY, patternTypeFilter: PatternType.ANY, operation: Operation.ANY, permissionType: Permission.ANY }

afterEach(() => admin.request(deleteAclsHandler.api, 2, { filters: [everything] }))

const rule = (resourceType: number, resourceName: string, operation: number, others: Partial<Acl> = {}): Body => {
  const { patternType: resourcePatternType = PatternType.LITERAL, permission: permissionType = Permission.ALLOW, principal = 'User:alice', host = '*' } = others
  return { resourceType, resourceName, resourcePatternType, principal, host, operation, permissionType }
}

const set = async (...creations: readonly Body[]): Promise<void> => {
  await admin.request(deleteAclsHandler.api, 2, { filters: [everything] })
  const { results } = (await admin.request(createAclsHandler.api, 2, { creations })) as { results: readonly { errorCode: number }[] }
  expect(results.map(({ errorCode }) => errorCode)).toEqual(creations.map(() => 0))
}

/** All error codes of a response, wherever they are. */
const codesOf = (response: unknown): number[] => {
  if (Array.isArray(response)) return response.flatMap(codesOf)
  if (typeof response !== 'object' || response === null || Buffer.isBuffer(response)) return []
  return Object.entries(response).flatMap(([name, value]) => (typeof value === 'number' && /errorCode$/i.test(name) ? [value] : codesOf(value)))
}

const refusalsOf = async (client: RawClient, api: ApiDefinition, version: number, body: Body): Promise<number[]> =>
  [...new Set(codesOf(await client.request(api, version, body)).filter((code) => REFUSALS.includes(code)))].sort()

const cluster = (operation: number): Body => rule(CLUSTER, 'kafka-cluster', operation)
const partitions = [{ partitionIndex: 0, partition: 0, index: 0, fetchOffset: 0, partitionMaxBytes: 1, timestamp: -1, committedOffset: 1, committedMetadata: '', leaderEpoch: 0, offset: 0 }]
const owner = { transactionalId: 'txn', producerId: 1, producerEpoch: 0 }
const produced = (name: string, more: Body = {}): Body => ({ acks: -1, timeoutMs: 1, topicData: [{ name, partitionData: [{ index: 0, records: batchOf([{ value: 'x' }]) }] }], ...more })
const configured = (resourceType: number, resourceName: string): Body => ({ validateOnly: true, resources: [{ resourceType, resourceName, configs: [] }] })

/** A request, what it takes, and what one is told without: by each rule but the last, and with all of them nothing. */
const table: readonly [name: string, api: ApiDefinition, version: number, body: () => Body, rules: () => Body[], refusals: readonly number[]][] = [
  ['Produce', protocol.produce, 9, () => produced(wine), () => [rule(TOPIC, wine, WRITE)], [OF_TOPIC]],
  ['Produce by id', protocol.produce, 13, () => produced('', { topicData: [{ topicId: wineId, partitionData: [{ index: 0, records: batchOf([{ value: 'x' }]) }] }] }), () => [rule(TOPIC, wine, WRITE)], [OF_TOPIC]],
  ['Produce in a transaction', protocol.produce, 9, () => produced(wine, { transactionalId: 'txn' }), () => [rule(TRANSACTIONAL_ID, 'txn', WRITE), rule(TOPIC, wine, WRITE)], [OF_TRANSACTION, OF_TOPIC]],
  ['Fetch', protocol.fetch, 12, () => ({ topics: [{ topic: wine, partitions }] }), () => [rule(TOPIC, wine, READ)], [OF_TOPIC]],
  ['Fetch by id', protocol.fetch, 13, () => ({ topics: [{ topicId: wineId, partitions }] }), () => [rule(TOPIC, wine, READ)], [OF_TOPIC]],
  ['ListOffsets', protocol.listOffsets, 7, () => ({ topics: [{ name: wine, partitions }] }), () => [rule(TOPIC, wine, DESCRIBE)], [OF_TOPIC]],
  ['Metadata', protocol.metadata, 9, () => ({ topics: [{ name: wine }] }), () => [rule(TOPIC, wine, DESCRIBE)], [OF_TOPIC]],
  ['Metadata by id', protocol.metadata, 12, () => ({ topics: [{ topicId: wineId }] }), () => [rule(TOPIC, wine, DESCRIBE)], [OF_TOPIC]],
  ['Metadata that creates', protocol.metadata, 9, () => ({ topics: [{ name: randomUUID() }] }), () => [rule(TOPIC, '*', DESCRIBE), rule(TOPIC, '*', CREATE)], [OF_TOPIC, OF_TOPIC]],
  ['OffsetCommit', protocol.offsetCommit, 8, () => ({ groupId: 'g', generationIdOrMemberEpoch: -1, memberId: '', topics: [{ name: wine, partitions }] }), () => [rule(GROUP, 'g', READ), rule(TOPIC, wine, READ)], [OF_GROUP, OF_TOPIC]],
  ['OffsetCommit by id', protocol.offsetCommit, 10, () => ({ groupId: 'g', generationIdOrMemberEpoch: -1, memberId: '', topics: [{ topicId: wineId, partitions }] }), () => [rule(GROUP, 'g', READ), rule(TOPIC, wine, READ)], [OF_GROUP, OF_TOPIC]],
  ['OffsetFetch v1', protocol.offsetFetch, 1, () => ({ groupId: 'g', topics: [{ name: wine, partitionIndexes: [0] }] }), () => [rule(GROUP, 'g', DESCRIBE), rule(TOPIC, wine, DESCRIBE)], [OF_GROUP, OF_TOPIC]],
  ['OffsetFetch v5', protocol.offsetFetch, 5, () => ({ groupId: 'g', topics: [{ name: wine, partitionIndexes: [0] }] }), () => [rule(GROUP, 'g', DESCRIBE), rule(TOPIC, wine, DESCRIBE)], [OF_GROUP, OF_TOPIC]],
  ['OffsetFetch v8', protocol.offsetFetch, 8, () => ({ groups: [{ groupId: 'g', topics: [{ name: wine, partitionIndexes: [0] }] }] }), () => [rule(GROUP, 'g', DESCRIBE), rule(TOPIC, wine, DESCRIBE)], [OF_GROUP, OF_TOPIC]],
  ['OffsetFetch by id', protocol.offsetFetch, 10, () => ({ groups: [{ groupId: 'g', topics: [{ topicId: wineId, partitionIndexes: [0] }] }] }), () => [rule(GROUP, 'g', DESCRIBE), rule(TOPIC, wine, DESCRIBE)], [OF_GROUP, OF_TOPIC]],
  ['FindCoordinator of a group', protocol.findCoordinator, 2, () => ({ keyType: 0, key: 'g' }), () => [rule(GROUP, 'g', DESCRIBE)], [OF_GROUP]],
  ['FindCoordinator of groups', protocol.findCoordinator, 4, () => ({ keyType: 0, coordinatorKeys: ['g'] }), () => [rule(GROUP, 'g', DESCRIBE)], [OF_GROUP]],
  ['FindCoordinator of transactions', protocol.findCoordinator, 4, () => ({ keyType: 1, coordinatorKeys: ['txn'] }), () => [rule(TRANSACTIONAL_ID, 'txn', DESCRIBE)], [OF_TRANSACTION]],
  ['FindCoordinator of share groups', protocol.findCoordinator, 6, () => ({ keyType: 2, coordinatorKeys: ['g:nT3i4OXyR0mr0my1RZx9pQ:0'] }), () => [cluster(CLUSTER_ACTION)], [OF_CLUSTER]],
  ['JoinGroup', protocol.joinGroup, 5, () => ({ groupId: 'j', sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 1, memberId: '', protocolType: 'consumer', protocols: [] }), () => [rule(GROUP, 'j', READ)], [OF_GROUP]],
  ['SyncGroup', protocol.syncGroup, 3, () => ({ groupId: 'j', generationId: 1, memberId: 'x', assignments: [] }), () => [rule(GROUP, 'j', READ)], [OF_GROUP]],
  ['Heartbeat', protocol.heartbeat, 3, () => ({ groupId: 'j', generationId: 1, memberId: 'x' }), () => [rule(GROUP, 'j', READ)], [OF_GROUP]],
  ['LeaveGroup', protocol.leaveGroup, 4, () => ({ groupId: 'j', members: [] }), () => [rule(GROUP, 'j', READ)], [OF_GROUP]],
  ['DescribeGroups', protocol.describeGroups, 5, () => ({ groups: ['g'] }), () => [rule(GROUP, 'g', DESCRIBE)], [OF_GROUP]],
  ['DeleteGroups', protocol.deleteGroups, 2, () => ({ groupsNames: ['none'] }), () => [rule(GROUP, 'none', DELETE)], [OF_GROUP]],
  ['OffsetDelete', protocol.offsetDelete, 0, () => ({ groupId: 'g', topics: [{ name: wine, partitions }] }), () => [rule(GROUP, 'g', DELETE), rule(TOPIC, wine, READ)], [OF_GROUP, OF_TOPIC]],
  ['ConsumerGroupHeartbeat', protocol.consumerGroupHeartbeat, 1, () => ({ groupId: 'c', memberId: 'm', memberEpoch: 0, rebalanceTimeoutMs: 1000, subscribedTopicNames: [wine], topicPartitions: [] }), () => [rule(GROUP, 'c', READ), rule(TOPIC, wine, DESCRIBE)], [OF_GROUP, OF_TOPIC]],
  ['ConsumerGroupDescribe', protocol.consumerGroupDescribe, 1, () => ({ groupIds: ['c'] }), () => [rule(GROUP, 'c', DESCRIBE), rule(TOPIC, wine, DESCRIBE)], [OF_GROUP, OF_TOPIC]],
  ['StreamsGroupHeartbeat', protocol.streamsGroupHeartbeat, 0, () => streamsJoin('s'), () => [rule(GROUP, 's', READ), rule(TOPIC, '*', DESCRIBE)], [OF_GROUP, OF_TOPIC]],
  ['StreamsGroupDescribe', protocol.streamsGroupDescribe, 0, () => ({ groupIds: ['s'] }), () => [rule(GROUP, 's', DESCRIBE), rule(TOPIC, '*', DESCRIBE)], [OF_GROUP, OF_TOPIC]],
  ['ShareGroupHeartbeat', shareGroupHeartbeat, 1, () => ({ groupId: 'sh', memberId: 'm', memberEpoch: 0, subscribedTopicNames: [wine] }), () => [rule(GROUP, 'sh', READ), rule(TOPIC, wine, DESCRIBE)], [OF_GROUP, OF_TOPIC]],
  ['ShareGroupDescribe', shareGroupDescribe, 1, () => ({ groupIds: ['sh'] }), () => [rule(GROUP, 'sh', DESCRIBE), rule(TOPIC, wine, DESCRIBE)], [OF_GROUP, OF_TOPIC]],
  ['ShareFetch', shareFetch, 1, () => ({ groupId: 'sh', memberId: randomUUID(), maxRecords: 1, maxWaitMs: 0, topics: [{ topicId: wineId, partitions: [{ partitionIndex: 0, acknowledgementBatches: [] }] }] }), () => [rule(GROUP, 'sh', READ), rule(TOPIC, wine, READ)], [OF_GROUP, OF_TOPIC]],
  ['DescribeShareGroupOffsets', describeShareGroupOffsets, 0, () => ({ groups: [{ groupId: 'sh', topics: [{ topicName: wine, partitions: [0] }] }] }), () => [rule(GROUP, 'sh', DESCRIBE), rule(TOPIC, wine, DESCRIBE)], [OF_GROUP, OF_TOPIC]],
  ['AlterShareGroupOffsets', alterShareGroupOffsets, 0, () => ({ groupId: 'none', topics: [{ topicName: wine, partitions: [{ partitionIndex: 0, startOffset: 0 }] }] }), () => [rule(GROUP, 'none', READ), rule(TOPIC, wine, READ)], [OF_GROUP, OF_TOPIC]],
  ['DeleteShareGroupOffsets', deleteShareGroupOffsets, 0, () => ({ groupId: 'none', topics: [{ topicName: wine }] }), () => [rule(GROUP, 'none', DELETE), rule(TOPIC, wine, READ)], [OF_GROUP, OF_TOPIC]],
  ['CreateTopics', protocol.createTopics, 5, () => ({ validateOnly: true, topics: [{ name: 'new', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }] }), () => [rule(TOPIC, 'new', CREATE), rule(TOPIC, 'new', DESCRIBE_CONFIGS)], [OF_TOPIC, OF_TOPIC]],
  ['CreateTopics of any name', protocol.createTopics, 5, () => ({ validateOnly: true, topics: [{ name: 'new', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }] }), () => [cluster(CREATE), rule(TOPIC, '*', DESCRIBE_CONFIGS)], [OF_TOPIC, OF_TOPIC]],
  ['DeleteTopics', protocol.deleteTopics, 5, () => ({ topicNames: ['none'] }), () => [rule(TOPIC, 'none', DELETE)], [OF_TOPIC]],
  ['DeleteTopics of any name', protocol.deleteTopics, 5, () => ({ topicNames: ['none'] }), () => [cluster(DELETE)], [OF_TOPIC]],
  ['DeleteRecords', protocol.deleteRecords, 2, () => ({ topics: [{ name: wine, partitions }] }), () => [rule(TOPIC, wine, DELETE)], [OF_TOPIC]],
  ['CreatePartitions', protocol.createPartitions, 3, () => ({ validateOnly: true, topics: [{ name: wine, count: 2 }] }), () => [rule(TOPIC, wine, ALTER)], [OF_TOPIC]],
  ['OffsetForLeaderEpoch', protocol.offsetForLeaderEpoch, 4, () => ({ topics: [{ topic: wine, partitions }] }), () => [rule(TOPIC, wine, DESCRIBE)], [OF_TOPIC]],
  ['DescribeProducers', protocol.describeProducers, 0, () => ({ topics: [{ name: wine, partitionIndexes: [0] }] }), () => [rule(TOPIC, wine, READ)], [OF_TOPIC]],
  ['DescribeTopicPartitions', protocol.describeTopicPartitions, 0, () => ({ topics: [{ name: wine }], responsePartitionLimit: 9 }), () => [rule(TOPIC, wine, DESCRIBE)], [OF_TOPIC]],
  ['InitProducerId', protocol.initProducerId, 4, () => ({ transactionTimeoutMs: 1 }), () => [cluster(IDEMPOTENT_WRITE)], [OF_CLUSTER]],
  ['InitProducerId of who may write anywhere', protocol.initProducerId, 4, () => ({ transactionTimeoutMs: 1 }), () => [rule(TOPIC, 'any', WRITE)], [OF_CLUSTER]],
  ['InitProducerId for transactions', protocol.initProducerId, 4, () => ({ transactionalId: 'txn', transactionTimeoutMs: 1 }), () => [rule(TRANSACTIONAL_ID, 'txn', WRITE)], [OF_TRANSACTION]],
  ['AddPartitionsToTxn', protocol.addPartitionsToTxn, 3, () => ({ v3AndBelowTransactionalId: 'txn', v3AndBelowProducerId: 1, v3AndBelowProducerEpoch: 0, v3AndBelowTopics: [{ name: wine, partitions: [0] }] }), () => [rule(TRANSACTIONAL_ID, 'txn', WRITE), rule(TOPIC, wine, WRITE)], [OF_TRANSACTION, OF_TOPIC]],
  ['AddPartitionsToTxn of brokers', protocol.addPartitionsToTxn, 5, () => ({ transactions: [] }), () => [cluster(CLUSTER_ACTION)], [OF_CLUSTER]],
  ['AddOffsetsToTxn', protocol.addOffsetsToTxn, 3, () => ({ ...owner, groupId: 'g' }), () => [rule(TRANSACTIONAL_ID, 'txn', WRITE), rule(GROUP, 'g', READ)], [OF_TRANSACTION, OF_GROUP]],
  ['EndTxn', protocol.endTxn, 3, () => ({ ...owner, committed: true }), () => [rule(TRANSACTIONAL_ID, 'txn', WRITE)], [OF_TRANSACTION]],
  ['TxnOffsetCommit', protocol.txnOffsetCommit, 3, () => ({ ...owner, groupId: 'g', topics: [{ name: wine, partitions }] }), () => [rule(TRANSACTIONAL_ID, 'txn', WRITE), rule(GROUP, 'g', READ), rule(TOPIC, wine, READ)], [OF_TRANSACTION, OF_GROUP, OF_TOPIC]],
  ['WriteTxnMarkers', writeTxnMarkers, 1, () => ({ markers: [{ producerId: 1, producerEpoch: 0, transactionResult: true, coordinatorEpoch: 0, topics: [{ name: 'none', partitionIndexes: [0] }] }] }), () => [cluster(ALTER)], [OF_CLUSTER]],
  ['DescribeTransactions', protocol.describeTransactions, 0, () => ({ transactionalIds: ['txn'] }), () => [rule(TRANSACTIONAL_ID, 'txn', DESCRIBE)], [OF_TRANSACTION]],
  ['DescribeAcls', describeAclsHandler.api, 2, () => everything, () => [cluster(DESCRIBE)], [OF_CLUSTER]],
  ['CreateAcls', createAclsHandler.api, 2, () => ({ creations: [rule(TOPIC, 'x', READ)] }), () => [cluster(ALTER)], [OF_CLUSTER]],
  ['DeleteAcls', deleteAclsHandler.api, 2, () => ({ filters: [{ ...everything, resourceNameFilter: 'nothing' }] }), () => [cluster(ALTER)], [OF_CLUSTER]],
  ['DescribeConfigs of a topic', protocol.describeConfigs, 4, () => ({ resources: [{ resourceType: 2, resourceName: wine }] }), () => [rule(TOPIC, wine, DESCRIBE_CONFIGS)], [OF_TOPIC]],
  ['DescribeConfigs of a broker', protocol.describeConfigs, 4, () => ({ resources: [{ resourceType: 4, resourceName: '0' }] }), () => [cluster(DESCRIBE_CONFIGS)], [OF_CLUSTER]],
  ['DescribeConfigs of a group', protocol.describeConfigs, 4, () => ({ resources: [{ resourceType: 32, resourceName: 'g' }] }), () => [rule(GROUP, 'g', DESCRIBE_CONFIGS)], [OF_GROUP]],
  ['AlterConfigs', protocol.alterConfigs, 1, () => configured(2, wine), () => [rule(TOPIC, wine, ALTER_CONFIGS)], [OF_TOPIC]],
  ['IncrementalAlterConfigs of a topic', protocol.incrementalAlterConfigs, 1, () => configured(2, wine), () => [rule(TOPIC, wine, ALTER_CONFIGS)], [OF_TOPIC]],
  ['IncrementalAlterConfigs of a broker', protocol.incrementalAlterConfigs, 1, () => configured(4, '0'), () => [cluster(ALTER_CONFIGS)], [OF_CLUSTER]],
  ['IncrementalAlterConfigs of a group', protocol.incrementalAlterConfigs, 1, () => configured(32, 'g'), () => [rule(GROUP, 'g', ALTER_CONFIGS)], [OF_GROUP]],
  ['DescribeLogDirs', describeLogDirsHandler.api, 4, () => ({ topics: [] }), () => [cluster(DESCRIBE)], [OF_CLUSTER]],
  ['ElectLeaders', electLeadersHandler.api, 2, () => ({ electionType: 0, topicPartitions: [{ topic: wine, partitions: [0] }] }), () => [cluster(ALTER)], [OF_CLUSTER]],
  ['ListPartitionReassignments', listPartitionReassignmentsHandler.api, 0, () => ({}), () => [cluster(DESCRIBE)], [OF_CLUSTER]],
  ['AlterReplicaLogDirs', alterReplicaLogDirsHandler.api, 2, () => ({ dirs: [{ path: '/x', topics: [{ name: wine, partitions: [0] }] }] }), () => [cluster(ALTER)], [OF_CLUSTER]],
  ['AlterPartitionReassignments', alterPartitionReassignmentsHandler.api, 0, () => ({ topics: [] }), () => [cluster(ALTER)], [OF_CLUSTER]],
  ['DescribeClientQuotas', describeClientQuotasHandler.api, 1, () => ({ components: [], strict: false }), () => [cluster(DESCRIBE_CONFIGS)], [OF_CLUSTER]],
  ['AlterClientQuotas', alterClientQuotasHandler.api, 1, () => ({ entries: [{ entity: [{ entityType: 'user', entityName: 'x' }], ops: [] }], validateOnly: true }), () => [cluster(ALTER_CONFIGS)], [OF_CLUSTER]],
  ['DescribeQuorum', describeQuorumHandler.api, 0, () => ({ topics: [] }), () => [cluster(DESCRIBE)], [OF_CLUSTER]],
  ['UpdateFeatures', updateFeaturesHandler.api, 1, () => ({ featureUpdates: [], validateOnly: true }), () => [cluster(ALTER)], [OF_CLUSTER]],
  ['ListConfigResources', listConfigResourcesHandler.api, 1, () => ({ resourceTypes: [] }), () => [cluster(DESCRIBE_CONFIGS)], [OF_CLUSTER]],
  ['DescribeUserScramCredentials', describeUserScramCredentialsHandler.api, 0, () => ({}), () => [cluster(DESCRIBE)], [OF_CLUSTER]],
  ['AlterUserScramCredentials', alterUserScramCredentialsHandler.api, 0, () => ({ deletions: [{ name: 'x', mechanism: 1 }], upsertions: [] }), () => [cluster(ALTER)], [OF_CLUSTER]],
]

const streamsJoin = (groupId: string): Body => ({
  groupId, memberId: 'm', memberEpoch: 0, endpointInformationEpoch: -1, rebalanceTimeoutMs: 1000, processId: 'p', clientTags: [], activeTasks: [], standbyTasks: [], warmupTasks: [],
  topology: {
    epoch: 0,
    subtopologies: [{
      subtopologyId: '0', sourceTopics: [wine], sourceTopicRegex: [], stateChangelogTopics: [{ name: `${groupId}-changelog`, partitions: 0, replicationFactor: 0, topicConfigs: [] }],
      repartitionSinkTopics: [], repartitionSourceTopics: [], copartitionGroups: [],
    }],
  },
})

describe('a broker with ACLs', () => {
  test.each(table)('should let a client use %s by its rules, and tell it what it lacks otherwise', async (_name, api, version, body, rules, refusals) => {
    for (const [i, refusal] of refusals.entries()) {
      await set(...rules().slice(0, i))
      expect(await refusalsOf(alice, api, version, body())).toEqual([refusal])
    }
    await set(...rules())
    expect(await refusalsOf(alice, api, version, body())).toEqual([])
    expect(await refusalsOf(admin, api, version, body())).toEqual([])
  })

  test('should have a guard before each of its apis', () => {
    expect([0, 1, 2, 3, 18, ...onDemand.map(([apiKey]) => apiKey)].filter((apiKey) => !guards.has(apiKey))).toEqual([])
  })

  test('should show a client only the topics, groups and transactions that it may see', async () => {
    const { name: other } = await createTopic(admin)
    await admin.request(protocol.offsetCommit, 8, { groupId: 'g', generationIdOrMemberEpoch: -1, memberId: '', topics: [wine, other].map((name) => ({ name, partitions })) })
    await admin.request(protocol.initProducerId, 4, { transactionalId: 'txn', transactionTimeoutMs: 1000 })
    const shown = async (): Promise<unknown[]> => [
      (await alice.request(protocol.metadata, 9, { topics: undefined })).topics.map(({ name }) => name),
      (await alice.request(protocol.describeTopicPartitions, 0, { topics: [], responsePartitionLimit: 100 })).topics.map(({ name }) => name),
      (await alice.request(protocol.listGroups, 4, { statesFilter: [] })).groups.map(({ groupId }) => groupId).filter((id) => id === 'g'),
      (await alice.request(protocol.offsetFetch, 8, { groups: [{ groupId: 'g', topics: undefined }] })).groups[0]!.topics.map(({ name }) => name),
      (await alice.request(protocol.listTransactions, 0, { stateFilters: [], producerIdFilters: [] })).transactionStates.map(({ transactionalId }) => transactionalId),
    ]
    await set()
    expect(await shown()).toEqual([[], [], [], [], []])
    await set(rule(TOPIC, wine, DESCRIBE), rule(GROUP, 'g', DESCRIBE), rule(TRANSACTIONAL_ID, 'txn', DESCRIBE))
    expect(await shown()).toEqual([[wine], [wine], ['g'], [wine], ['txn']])
    await set(cluster(DESCRIBE))
    expect((await shown())[2]).toEqual(['g'])
  })

  test('should answer for each topic of a request by itself, and never tell whether one exists that may not be seen', async () => {
    const { name: other } = await createTopic(admin)
    await set(rule(TOPIC, wine, ALL))
    const names = [wine, other, 'does-not-exist']
    const { topics } = await alice.request(protocol.metadata, 9, { topics: names.map((name) => ({ name })), allowAutoTopicCreation: true })
    expect(new Map(topics.map(({ name, errorCode }) => [name, errorCode]))).toEqual(new Map([[wine, 0], [other, OF_TOPIC], ['does-not-exist', OF_TOPIC]]))
    const { responses } = await alice.request(protocol.produce, 9, { acks: -1, timeoutMs: 1, topicData: names.map((name) => ({ name, partitionData: [{ index: 0, records: batchOf([{ value: 'x' }]) }] })) })
    expect(new Map(responses.map(({ name, partitionResponses }) => [name, partitionResponses[0]!.errorCode]))).toEqual(new Map([[wine, 0], [other, OF_TOPIC], ['does-not-exist', OF_TOPIC]]))
    expect((await admin.request(protocol.metadata, 9, { topics: undefined })).topics.map(({ name }) => name)).not.toContain('does-not-exist')
  })

  test('should close the connection of a producer that wants no answer and may not write', async () => {
    const client = await RawClient.connect(broker.addressesOf('SASL_PLAINTEXT')[0]!)
    await authenticatePlain(client, 'alice', 'alice-secret')
    client.send(protocol.produce, 9, produced(wine, { acks: 0 }) as never)
    await client.closed
  })

  test('should let rules for prefixes, wildcards and hosts apply, and denials win', async () => {
    const refused = (): Promise<number[]> => refusalsOf(alice, protocol.listOffsets, 7, { topics: [{ name: wine, partitions }] })
    const prefix = wine.slice(0, -2)
    const decisions: [Body[], number[]][] = [
      [[rule(TOPIC, prefix, READ, { patternType: PatternType.PREFIXED })], []],
      [[rule(TOPIC, prefix, READ)], [OF_TOPIC]],
      [[rule(TOPIC, '*', READ, { principal: 'User:*' })], []],
      [[rule(TOPIC, wine, READ, { principal: 'User:bob' })], [OF_TOPIC]],
      [[rule(TOPIC, wine, READ, { host: '127.0.0.1' })], []],
      [[rule(TOPIC, wine, READ, { host: '10.0.0.1' })], [OF_TOPIC]],
      [[rule(TOPIC, wine, ALL), rule(TOPIC, prefix, DESCRIBE, { patternType: PatternType.PREFIXED, permission: Permission.DENY })], [OF_TOPIC]],
      [[rule(TOPIC, wine, ALL), rule(TOPIC, '*', ALL, { permission: Permission.DENY })], [OF_TOPIC]],
    ]
    for (const [rules, expected] of decisions) {
      await set(...rules)
      expect(await refused()).toEqual(expected)
    }
  })

  test('should tell a client what it may do', async () => {
    await set(rule(TOPIC, wine, READ), rule(GROUP, 'g', DELETE), cluster(DESCRIBE))
    const bits = (...operations: readonly number[]): number => operations.reduce((sum, operation) => sum | (1 << operation), 0)
    const asked = { includeTopicAuthorizedOperations: true, includeClusterAuthorizedOperations: true }
    const { topics, clusterAuthorizedOperations } = await alice.request(protocol.metadata, 9, { topics: [{ name: wine }], ...asked })
    expect([topics[0]!.topicAuthorizedOperations, clusterAuthorizedOperations]).toEqual([bits(READ, DESCRIBE), bits(DESCRIBE)])
    expect(await alice.request(protocol.describeCluster, 0, asked)).toMatchObject({ clusterAuthorizedOperations: bits(DESCRIBE) })
    const { groups } = await alice.request(protocol.describeGroups, 5, { groups: ['g'], includeAuthorizedOperations: true })
    expect(groups[0]).toMatchObject({ authorizedOperations: bits(DELETE, DESCRIBE) })
    await set()
    expect(await alice.request(protocol.describeCluster, 0, asked)).toMatchObject({ clusterAuthorizedOperations: 0 })
  })

  test('should stop a fetch session where a client may no longer read', async () => {
    await set(rule(TOPIC, wine, READ))
    const fetched = { maxWaitMs: 0, minBytes: 0, maxBytes: 1000, forgottenTopicsData: [] }
    const { sessionId } = await alice.request(protocol.fetch, 12, { ...fetched, sessionEpoch: 0, topics: [{ topic: wine, partitions }] })
    expect(sessionId).not.toBe(0)
    await set()
    const { responses } = await alice.request(protocol.fetch, 12, { ...fetched, sessionId, sessionEpoch: 1, topics: [] })
    expect(responses[0]!.partitions[0]).toMatchObject({ errorCode: OF_TOPIC })
  })

  test('should give a member with a pattern only topics that it may see', async () => {
    const { name: hidden } = await createTopic(admin)
    await set(rule(GROUP, 'pattern', READ), rule(TOPIC, wine, DESCRIBE))
    const beat = { groupId: 'pattern', memberId: 'm', rebalanceTimeoutMs: 1000, subscribedTopicRegex: `${wine}|${hidden}`, topicPartitions: [] }
    const { assignment } = await alice.request(protocol.consumerGroupHeartbeat, 1, { ...beat, memberEpoch: 0 })
    expect(assignment?.topicPartitions.map(({ topicId }) => topicId)).toEqual([wineId])
  })

  test('should make internal topics of a streams group only for those who may create them', async () => {
    await set(rule(GROUP, 'app', READ), rule(TOPIC, '*', DESCRIBE))
    const first = await alice.request(protocol.streamsGroupHeartbeat, 0, streamsJoin('app') as never)
    expect(first).toMatchObject({ errorCode: 0, status: [{ statusCode: 3, statusDetail: 'Internal topics are missing: app-changelog; Unauthorized to CREATE on topics app-changelog.' }] })
    await set(rule(GROUP, 'app', READ), rule(TOPIC, '*', DESCRIBE), rule(TOPIC, 'app-', CREATE, { patternType: PatternType.PREFIXED }))
    expect(await alice.request(protocol.streamsGroupHeartbeat, 0, streamsJoin('app') as never)).toMatchObject({ errorCode: 0, status: [] })
    expect((await admin.request(protocol.metadata, 9, { topics: undefined })).topics.map(({ name }) => name)).toContain('app-changelog')
  })

  test.each<[string, Body]>([
    ['any type', rule(ResourceType.ANY, 'x', READ)],
    ['an unknown type', rule(99, 'x', READ)],
    ['any operation', rule(TOPIC, 'x', Operation.ANY)],
    ['any permission', rule(TOPIC, 'x', READ, { permission: Permission.ANY })],
    ['a pattern that is a question', rule(TOPIC, 'x', READ, { patternType: PatternType.MATCH })],
    ['no name', rule(TOPIC, '', READ)],
    ['another cluster', rule(CLUSTER, 'x', READ)],
    ['nobody', rule(TOPIC, 'x', READ, { principal: 'alice' })],
  ])('should refuse a rule about %s', async (_what, creation) => {
    expect(await admin.request(createAclsHandler.api, 2, { creations: [creation] })).toMatchObject({ results: [{ errorCode: errorCodes.INVALID_REQUEST }] })
  })

  test('should describe and delete the rules that a filter finds', async () => {
    await set(rule(TOPIC, wine, READ), rule(TOPIC, wine, WRITE), rule(GROUP, 'g', READ))
    const described = await admin.request(describeAclsHandler.api, 3, { ...everything, resourceTypeFilter: TOPIC })
    expect(described).toMatchObject({ errorCode: 0, resources: [{ resourceType: TOPIC, resourceName: wine, patternType: PatternType.LITERAL, acls: [{ operation: READ, permissionType: Permission.ALLOW, principal: 'User:alice', host: '*' }, { operation: WRITE }] }] })
    const { filterResults } = (await admin.request(deleteAclsHandler.api, 3, { filters: [{ ...everything, operation: READ }, { ...everything, resourceTypeFilter: 0 }] })) as { filterResults: readonly { errorCode: number; matchingAcls: readonly object[] }[] }
    expect(filterResults.map(({ errorCode, matchingAcls }) => [errorCode, matchingAcls.length])).toEqual([[0, 2], [errorCodes.INVALID_REQUEST, 0]])
    expect(await admin.request(describeAclsHandler.api, 3, everything)).toMatchObject({ resources: [{ acls: [{ operation: WRITE }] }] })
  })
})

test('a broker without ACLs should say so, and let everybody do everything', async () => {
  await using open = await Broker.start()
  const client = await RawClient.connect(open.address)
  expect(await client.request(describeAclsHandler.api, 2, everything)).toMatchObject({ errorCode: errorCodes.SECURITY_DISABLED })
  expect(await client.request(createAclsHandler.api, 2, { creations: [rule(TOPIC, 'x', READ)] })).toMatchObject({ results: [{ errorCode: errorCodes.SECURITY_DISABLED }] })
  expect(await client.request(deleteAclsHandler.api, 2, { filters: [everything] })).toMatchObject({ filterResults: [{ errorCode: errorCodes.SECURITY_DISABLED }] })
  const { topics } = await client.request(protocol.metadata, 9, { topics: [{ name: 'new' }], includeTopicAuthorizedOperations: true })
  expect(topics[0]).toMatchObject({ errorCode: 0, topicAuthorizedOperations: 3576 })
  client.close()
})

test('rules should be there after a restart', async () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'acls-'))
  for (const created of [true, false]) {
    await using kept = await Broker.start({ dir, acls: { superUsers: ['User:ANONYMOUS'] } })
    const client = await RawClient.connect(kept.address)
    if (created) await client.request(createAclsHandler.api, 2, { creations: [rule(TOPIC, 'a/b', READ, { principal: 'User:CN=x,O=y' })] })
    expect(await client.request(describeAclsHandler.api, 2, everything)).toMatchObject({ resources: [{ resourceName: 'a/b', acls: [{ principal: 'User:CN=x,O=y', host: '*', operation: READ }] }] })
    client.close()
  }
  rmSync(dir, { recursive: true })
})

test('Broker.start should refuse super users that are not written as users, and users without a name or password', async () => {
  const wrong: BrokerOptions[] = [{ acls: { superUsers: ['alice'] } }, { users: { '': 'x' } }, { users: { alice: '' } }]
  for (const options of wrong) {
    await expect(Broker.start(options)).rejects.toMatchObject({ code: 'MILLRACE_BROKER_CONFIG_INVALID' })
  }
})
