import {
  alterClientQuotas, alterPartitionReassignments, alterReplicaLogDirs, apiVersions, describeClientQuotas, describeCluster, describeLogDirs, electLeaders, findCoordinator,
  listConfigResources, listPartitionReassignments, updateFeatures,
} from '../../../../lib/protocol/index.ts'
import type { RequestInput } from '../../../../lib/protocol/index.ts'
import type { Case, Conversation } from '../conversation.ts'

const NODE = 1

type QuotaEntry = RequestInput<typeof alterClientQuotas>['entries'][number]

const quotas = async (talk: Conversation, entry: QuotaEntry, note: string, validateOnly = false): Promise<void> =>
  void (await talk.ask(alterClientQuotas, 1, { entries: [entry], validateOnly }, note))

const user = (entityName: string | undefined): { entityType: string; entityName: string | undefined } => ({ entityType: 'user', entityName })
const client = (entityName: string | undefined): { entityType: string; entityName: string | undefined } => ({ entityType: 'client-id', entityName })
const ip = (entityName: string | undefined): { entityType: string; entityName: string | undefined } => ({ entityType: 'ip', entityName })
const set = (key: string, value: number): QuotaEntry['ops'][number] => ({ key, value, remove: false })
const unset = (key: string): QuotaEntry['ops'][number] => ({ key, value: 0, remove: true })

export const clusterCases: readonly Case[] = [
  {
    name: 'features in every version that has them',
    run: async (talk) => {
      for (const version of [3, 4]) {
        const client = await talk.client()
        const { supportedFeatures, finalizedFeatures, zkMigrationReady } = await client.request(apiVersions, version, { clientSoftwareName: 'test', clientSoftwareVersion: '1' })
        const shared = (name: string): boolean => name !== 'kraft.version'
        const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1)
        talk.exchanges.push({
          asked: `ApiVersions v${version}`,
          answer: {
            supported: supportedFeatures.filter(({ name }) => shared(name)).map((one) => ({ ...one })).sort(byName),
            finalized: finalizedFeatures.filter(({ name }) => shared(name)).map((one) => ({ ...one })).sort(byName),
            zkMigrationReady,
          },
        })
      }
      await talk.ask(apiVersions, 3, { clientSoftwareName: ' bad', clientSoftwareVersion: '1' }, 'with a bad name')
    },
  },
  {
    name: 'DescribeCluster',
    run: async (talk) => {
      await talk.everyVersion(describeCluster, { includeClusterAuthorizedOperations: false })
      await talk.everyVersion(describeCluster, { includeClusterAuthorizedOperations: true }, 'with operations')
      await talk.ask(describeCluster, 1, { includeClusterAuthorizedOperations: false, endpointType: 2 }, 'for controllers')
      await talk.ask(describeCluster, 1, { includeClusterAuthorizedOperations: false, endpointType: 7 }, 'for what is not')
      await talk.ask(describeCluster, 2, { includeClusterAuthorizedOperations: false, includeFencedBrokers: true }, 'with fenced brokers')
    },
  },
  {
    name: 'FindCoordinator',
    run: async (talk) => {
      const [group, other] = [talk.name('group'), talk.name('group')]
      await talk.everyVersion(findCoordinator, { key: group, keyType: 0, coordinatorKeys: [group, other] }, 'of groups')
      await talk.everyVersion(findCoordinator, { key: group, keyType: 1, coordinatorKeys: [group] }, 'of a transactional id', 1)
      const shared = (topicId: string, partition: string): string => `${group}:${topicId}:${partition}`
      const shareKeys = [shared('nT3i4OXyR0mr0my1RZx9pQ', '0'), `a:${shared('nT3i4OXyR0mr0my1RZx9pQ', '3')}`]
      const badKeys = [group, shared('no-uuid', '0'), shared('nT3i4OXyR0mr0my1RZx9pQ', 'x'), shared('nT3i4OXyR0mr0my1RZx9pQ', '-1'), ':nT3i4OXyR0mr0my1RZx9pQ:0', shared('nT3i4OXyR0mr0my1RZx9pQ', '')]
      for (const version of [4, 5, 6]) for (const key of [...shareKeys, ...badKeys]) await talk.ask(findCoordinator, version, { key, keyType: 2, coordinatorKeys: [key] }, `of a partition of a share group, ${key.replaceAll(group, 'group')}`)
      for (const version of [3, 6]) {
        await talk.ask(findCoordinator, version, { key: group, keyType: 9, coordinatorKeys: [group] }, 'of an unknown type')
        await talk.ask(findCoordinator, version, { key: '', keyType: 0, coordinatorKeys: [''] }, 'of the empty group')
      }
      await talk.ask(findCoordinator, 6, { coordinatorKeys: [] }, 'of nobody')
      await talk.ask(findCoordinator, 6, { coordinatorKeys: [group, group] }, 'of the same twice')
    },
  },
  {
    name: 'client quotas: what may be set',
    run: async (talk) => {
      const name = talk.name('user')
      await quotas(talk, { entity: [user(name)], ops: [set('producer_byte_rate', 1000), set('request_percentage', 12.5)] }, 'a user')
      await quotas(talk, { entity: [user(name), client('c')], ops: [set('consumer_byte_rate', 5)] }, 'a user with a client id')
      await quotas(talk, { entity: [ip('10.1.2.3')], ops: [set('connection_creation_rate', 5)] }, 'an address', true)
      await quotas(talk, { entity: [ip(undefined)], ops: [set('connection_creation_rate', 5)] }, 'all addresses', true)
      await quotas(talk, { entity: [client(undefined)], ops: [set('controller_mutation_rate', 0.5)] }, 'all client ids', true)
      await quotas(talk, { entity: [user(name)], ops: [unset('consumer_byte_rate')] }, 'away with what is not there')
      await quotas(talk, { entity: [], ops: [set('consumer_byte_rate', 1)] }, 'nobody')
      await quotas(talk, { entity: [{ entityType: 'planet', entityName: 'x' }], ops: [set('consumer_byte_rate', 1)] }, 'an unknown type')
      await quotas(talk, { entity: [user('')], ops: [set('consumer_byte_rate', 1)] }, 'an empty name')
      await quotas(talk, { entity: [ip('10.1.2.3'), user(name)], ops: [set('connection_creation_rate', 1)] }, 'address and user')
      await quotas(talk, { entity: [ip('not an address')], ops: [set('connection_creation_rate', 1)] }, 'no address')
      await quotas(talk, { entity: [user(name)], ops: [set('no_such_rate', 1)] }, 'an unknown key')
      await quotas(talk, { entity: [user(name)], ops: [unset('no_such_rate')] }, 'away with an unknown key')
      await quotas(talk, { entity: [user(name)], ops: [set('connection_creation_rate', 1)] }, 'a key of addresses')
      await quotas(talk, { entity: [user(name)], ops: [set('consumer_byte_rate', 0)] }, 'nothing')
      await quotas(talk, { entity: [user(name)], ops: [set('consumer_byte_rate', -1)] }, 'less than nothing')
      await quotas(talk, { entity: [user(name)], ops: [set('consumer_byte_rate', 1.5)] }, 'a fraction of a byte')
      await quotas(talk, { entity: [ip('10.1.2.3')], ops: [set('connection_creation_rate', 2 ** 40)] }, 'too much')
      await quotas(talk, { entity: [user(name), user(name)], ops: [set('consumer_byte_rate', 1)] }, 'a user twice')
    },
  },
  {
    name: 'client quotas: what is told of them',
    run: async (talk) => {
      const [first, second] = [talk.name('user'), talk.name('user')]
      await quotas(talk, { entity: [user(first)], ops: [set('producer_byte_rate', 1000)] }, 'a user')
      await quotas(talk, { entity: [user(first), client('c')], ops: [set('producer_byte_rate', 2000)] }, 'a user with a client id')
      await quotas(talk, { entity: [user(second)], ops: [set('producer_byte_rate', 1)] }, 'only checked', true)
      const describe = (components: RequestInput<typeof describeClientQuotas>['components'], strict: boolean, note: string) => talk.ask(describeClientQuotas, 1, { components, strict }, note)
      await new Promise((resolve) => setTimeout(resolve, process.env.MILLRACE_BROKERS === undefined ? 0 : 500))
      const named = { entityType: 'user', matchType: 0, match: first }
      await describe([named], true, 'of the user alone')
      await describe([named, { entityType: 'client-id', matchType: 0, match: 'c' }], false, 'of user and client id')
      await describe([named, { entityType: 'client-id', matchType: 2, match: undefined }], false, 'of user and any client id')
      await describe([named, { entityType: 'client-id', matchType: 1, match: undefined }], false, 'of user and the default client id')
      await describe([{ entityType: 'user', matchType: 0, match: second }], false, 'of somebody without')
      await describe([named, named], false, 'of the user twice')
      await describe([{ entityType: 'user', matchType: 0, match: undefined }], false, 'of no name')
      await describe([{ entityType: 'user', matchType: 1, match: 'x' }], false, 'of a default with a name')
      await describe([{ entityType: 'user', matchType: 9, match: undefined }], false, 'of an unknown kind')
      await describe([{ entityType: '', matchType: 2, match: undefined }], false, 'of no type')
      await describe([{ entityType: 'planet', matchType: 2, match: undefined }], false, 'of an unknown type')
      await describe([{ entityType: 'ip', matchType: 2, match: undefined }, named], false, 'of address and user')
      await quotas(talk, { entity: [user(first)], ops: [unset('producer_byte_rate')] }, 'away with it')
      await quotas(talk, { entity: [user(first), client('c')], ops: [unset('producer_byte_rate')] }, 'away with it')
    },
  },
  {
    name: 'UpdateFeatures without a change',
    run: async (talk) => {
      const update = (feature: string, maxVersionLevel: number, upgradeType: number, note: string, version = 1) =>
        talk.ask(updateFeatures, version, { featureUpdates: [{ feature, maxVersionLevel, upgradeType }], validateOnly: true }, note)
      await update('transaction.version', 2, 1, 'the same level')
      await update('transaction.version', 2, 1, 'the same level', 2)
      await update('transaction.version', 9, 1, 'too high')
      await update('transaction.version', 9, 1, 'too high', 2)
      await update('transaction.version', 1, 1, 'down without saying so')
      await update('transaction.version', 1, 2, 'down')
      await update('no.such.feature', 1, 1, 'an unknown one')
      await update('group.version', -1, 1, 'below nothing')
      await update('group.version', 1, 7, 'an unknown way')
      await update('group.version', 1, 2, 'down to the same level')
      await talk.ask(updateFeatures, 1, { featureUpdates: [], validateOnly: true }, 'nothing')
    },
  },
  {
    name: 'ElectLeaders',
    run: async (talk) => {
      const { name } = await talk.topic(2)
      await talk.everyVersion(electLeaders, { electionType: 0, topicPartitions: [{ topic: name, partitions: [0, 1] }] }, 'preferred')
      await talk.ask(electLeaders, 2, { electionType: 1, topicPartitions: [{ topic: name, partitions: [0] }] }, 'unclean')
      await talk.ask(electLeaders, 2, { electionType: 7, topicPartitions: [{ topic: name, partitions: [0] }] }, 'of an unknown type')
      await talk.ask(electLeaders, 2, { electionType: 0, topicPartitions: [{ topic: name, partitions: [9] }, { topic: 'no-such-topic', partitions: [0] }] }, 'of what is not')
      await talk.ask(electLeaders, 2, { electionType: 0, topicPartitions: [] }, 'of nothing')
    },
  },
  {
    name: 'reassignments on one broker',
    run: async (talk) => {
      const { name } = await talk.topic(2)
      const alter = (partitionIndex: number, replicas: readonly number[] | undefined, note: string, topic = name, options: { allowReplicationFactorChange?: boolean } = {}) =>
        talk.ask(alterPartitionReassignments, 1, { topics: [{ name: topic, partitions: [{ partitionIndex, replicas }] }], ...options }, note)
      await alter(0, [NODE], 'to where it is')
      await alter(0, undefined, 'cancelled')
      await alter(0, [], 'to nobody')
      await alter(0, [NODE, NODE], 'to the same twice')
      await alter(0, [77], 'to an unknown broker')
      await alter(0, [-1], 'to a negative broker')
      await alter(0, [NODE, 77], 'with other numbers', name, { allowReplicationFactorChange: false })
      await alter(9, [NODE], 'of an unknown partition')
      await alter(0, [NODE], 'of an unknown topic', 'no-such-topic')
      await talk.ask(alterPartitionReassignments, 0, { topics: [] }, 'of nothing')
      await talk.ask(listPartitionReassignments, 0, { topics: [{ name, partitionIndexes: [0, 1] }] })
      await talk.ask(listPartitionReassignments, 0, { topics: [{ name: 'no-such-topic', partitionIndexes: [0] }] }, 'of an unknown topic')
      await talk.ask(listPartitionReassignments, 0, { topics: undefined }, 'all')
    },
  },
  {
    name: 'log directories',
    run: async (talk) => {
      const { name } = await talk.topic(2)
      await talk.everyVersion(describeLogDirs, { topics: [{ topic: name, partitions: [0, 1] }] })
      await talk.ask(describeLogDirs, 4, { topics: [{ topic: name, partitions: [1, 9] }, { topic: 'no-such-topic', partitions: [0] }] }, 'with what is not')
      await talk.ask(describeLogDirs, 4, { topics: [] }, 'of nothing')
      await talk.ask(alterReplicaLogDirs, 2, { dirs: [{ path: '/no/such/directory', topics: [{ name, partitions: [0, 9] }, { name: 'no-such-topic', partitions: [0] }] }] }, 'to an unknown directory')
      await talk.ask(alterReplicaLogDirs, 2, { dirs: [] }, 'of nothing')
    },
  },
  {
    name: 'ListConfigResources of unknown types',
    run: async (talk) => {
      await talk.ask(listConfigResources, 0, {})
      await talk.ask(listConfigResources, 1, { resourceTypes: [4] }, 'brokers')
      await talk.ask(listConfigResources, 1, { resourceTypes: [8] }, 'loggers')
      await talk.ask(listConfigResources, 1, { resourceTypes: [16] }, 'metrics')
      await talk.ask(listConfigResources, 1, { resourceTypes: [77] }, 'an unknown type')
      await talk.ask(listConfigResources, 1, { resourceTypes: [4, 4] }, 'brokers twice')
    },
  },
]
