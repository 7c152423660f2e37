import {
  consumerGroupDescribe, consumerGroupHeartbeat, deleteGroups, describeGroups, heartbeat, joinGroup, leaveGroup, listGroups, offsetCommit, offsetDelete, offsetFetch, streamsGroupDescribe,
  streamsGroupHeartbeat, syncGroup,
} from '../../../../lib/protocol/index.ts'
import type { RequestInput, ResponseOf } from '../../../../lib/protocol/index.ts'
import type { TestTopic } from '../../helpers/topics.ts'
import type { Case, Conversation } from '../conversation.ts'

const UNKNOWN_ID = 'abcdefghijklmnopqrstuw'
const PROTOCOLS = [{ name: 'range', metadata: Buffer.from('mine') }]

type Join = RequestInput<typeof joinGroup>

const group = (talk: Conversation): string => talk.name('group')

const join = (talk: Conversation, groupId: string, note: string, options: Partial<Join> & { version?: number } = {}): Promise<ResponseOf<typeof joinGroup> | undefined> => {
  const { version = 9, ...rest } = options
  return talk.ask(joinGroup, version, { groupId, sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 10_000, memberId: '', protocolType: 'consumer', protocols: PROTOCOLS, ...rest }, note)
}

/** A group of one member, which has its assignment. */
const joined = async (talk: Conversation, groupId: string, options: Partial<Join> = {}): Promise<{ memberId: string; generationId: number }> => {
  const told = options.groupInstanceId === undefined ? (await join(talk, groupId, 'first', options))!.memberId : ''
  const { memberId, generationId } = (await join(talk, groupId, 'as it was told', { ...options, memberId: told }))!
  await talk.ask(syncGroup, 5, {
    groupId, generationId, memberId, groupInstanceId: options.groupInstanceId, protocolType: 'consumer', protocolName: 'range', assignments: [{ memberId, assignment: Buffer.from('yours') }],
  })
  return { memberId, generationId }
}

const commit = (talk: Conversation, groupId: string, topic: TestTopic, note: string, options: { version?: number; partition?: number; generation?: number; memberId?: string; metadata?: string; offset?: number; instance?: string } = {}) =>
  talk.ask(offsetCommit, options.version ?? 9, {
    groupId, generationIdOrMemberEpoch: options.generation ?? -1, memberId: options.memberId ?? '', groupInstanceId: options.instance,
    topics: [{ name: topic.name, topicId: topic.id, partitions: [{ partitionIndex: options.partition ?? 0, committedOffset: options.offset ?? 5, committedLeaderEpoch: 0, committedMetadata: options.metadata }] }],
  }, note)

const committed = (talk: Conversation, groupId: string, topics: readonly TestTopic[] | undefined, note: string, options: { version?: number; partitions?: readonly number[]; memberId?: string; memberEpoch?: number } = {}) => {
  const { version = 9, partitions = [0, 1] } = options
  const wanted = topics?.map(({ name, id }) => ({ name, topicId: id, partitionIndexes: partitions }))
  return talk.ask(offsetFetch, version, { groupId, topics: wanted, groups: [{ groupId, topics: wanted, memberId: options.memberId, memberEpoch: options.memberEpoch ?? -1 }], requireStable: false }, note)
}

type Beat = RequestInput<typeof consumerGroupHeartbeat>
type StreamsBeat = RequestInput<typeof streamsGroupHeartbeat>

const beat = (talk: Conversation, groupId: string, note: string, options: Partial<Beat> & { version?: number } = {}) => {
  const { version = 1, ...rest } = options
  return talk.ask(consumerGroupHeartbeat, version, { groupId, memberId: 'm', memberEpoch: 0, rebalanceTimeoutMs: 10_000, subscribedTopicNames: ['no-such-topic'], topicPartitions: [], ...rest }, note)
}

export const groupCases: readonly Case[] = [
  {
    name: 'a member of a classic group',
    run: async (talk) => {
      const groupId = group(talk)
      const { memberId, generationId } = await joined(talk, groupId)
      for (let version = 0; version <= 4; version++) await talk.ask(heartbeat, version, { groupId, generationId, memberId }, 'of the member')
      await talk.ask(heartbeat, 4, { groupId, generationId: generationId + 1, memberId }, 'of another generation')
      await talk.ask(heartbeat, 4, { groupId, generationId, memberId: 'nobody' }, 'of nobody')
      await talk.ask(heartbeat, 4, { groupId, generationId, memberId, groupInstanceId: 'unknown' }, 'of an unknown instance')
      await talk.ask(heartbeat, 4, { groupId: '', generationId, memberId }, 'in no group')
      await talk.ask(heartbeat, 4, { groupId: 'no-such-group', generationId, memberId }, 'in an unknown group')
      for (let version = 0; version <= 6; version++) await talk.ask(describeGroups, version, { groups: [groupId], includeAuthorizedOperations: version >= 3 })
      await talk.ask(syncGroup, 5, { groupId, generationId, memberId, protocolType: 'consumer', protocolName: 'range', assignments: [] }, 'again')
      await talk.ask(syncGroup, 5, { groupId, generationId: 77, memberId, protocolType: 'consumer', protocolName: 'range', assignments: [] }, 'of another generation')
      await talk.ask(syncGroup, 5, { groupId, generationId, memberId, protocolType: 'other', protocolName: 'range', assignments: [] }, 'of another type')
      await talk.ask(syncGroup, 5, { groupId, generationId, memberId, protocolType: 'consumer', protocolName: 'other', assignments: [] }, 'of another protocol')
      await talk.ask(syncGroup, 5, { groupId, generationId, memberId: 'nobody', assignments: [] }, 'of nobody')
      await talk.ask(syncGroup, 5, { groupId: 'no-such-group', generationId, memberId, assignments: [] }, 'in an unknown group')
      await talk.ask(syncGroup, 5, { groupId: '', generationId, memberId, assignments: [] }, 'in no group')
      await join(talk, groupId, 'with another type', { protocolType: 'other' })
      await join(talk, groupId, 'with another protocol', { protocols: [{ name: 'other', metadata: Buffer.alloc(0) }] })
      await talk.ask(deleteGroups, 2, { groupsNames: [groupId] }, 'that has a member')
      await talk.ask(leaveGroup, 5, { groupId, members: [{ memberId: 'nobody' }, { memberId: '', groupInstanceId: 'unknown' }, { memberId }] }, 'of some')
      await talk.ask(leaveGroup, 5, { groupId, members: [{ memberId }] }, 'again')
      await talk.ask(describeGroups, 6, { groups: [groupId], includeAuthorizedOperations: false }, 'without members')
    },
  },
  {
    name: 'JoinGroup and LeaveGroup in every version',
    run: async (talk) => {
      for (let version = 0; version <= 9; version++) {
        const groupId = group(talk)
        const first = await join(talk, groupId, 'first', { version })
        const { memberId, generationId } = version < 4 ? first! : (await join(talk, groupId, 'as it was told', { version, memberId: first!.memberId }))!
        await talk.ask(syncGroup, Math.min(version, 5), { groupId, generationId, memberId, protocolType: 'consumer', protocolName: 'range', assignments: [{ memberId, assignment: Buffer.from('yours') }] })
        await talk.ask(leaveGroup, Math.min(version, 5), { groupId, memberId, members: [{ memberId }] })
        await talk.ask(leaveGroup, Math.min(version, 5), { groupId, memberId, members: [{ memberId }] }, 'again')
        await talk.ask(leaveGroup, Math.min(version, 5), { groupId: '', memberId, members: [{ memberId }] }, 'of no group')
        await talk.ask(leaveGroup, Math.min(version, 5), { groupId: 'no-such-group', memberId, members: [{ memberId }] }, 'of an unknown group')
      }
    },
  },
  {
    name: 'JoinGroup that cannot be',
    run: async (talk) => {
      const groupId = group(talk)
      for (const version of [5, 9]) {
        await join(talk, '', 'no group', { version })
        await join(talk, groupId, 'a short session', { version, sessionTimeoutMs: 5 })
        await join(talk, groupId, 'a long session', { version, sessionTimeoutMs: 2_000_000_000 })
        await join(talk, groupId, 'an unknown member', { version, memberId: 'nobody' })
        await join(talk, groupId, 'no protocols', { version, protocols: [] })
        await join(talk, groupId, 'no type', { version, protocolType: '' })
      }
    },
  },
  {
    name: 'static members',
    run: async (talk) => {
      const groupId = group(talk)
      const groupInstanceId = 'instance'
      const { memberId, generationId } = await joined(talk, groupId, { groupInstanceId })
      const again = await join(talk, groupId, 'back', { groupInstanceId })
      await talk.ask(heartbeat, 4, { groupId, generationId, memberId, groupInstanceId }, 'of the one before')
      await talk.ask(heartbeat, 4, { groupId, generationId: again!.generationId, memberId: again!.memberId, groupInstanceId }, 'of the one now')
      await join(talk, groupId, 'the one before', { groupInstanceId, memberId })
      await talk.ask(leaveGroup, 5, { groupId, members: [{ memberId, groupInstanceId }] }, 'of the one before')
      await talk.ask(leaveGroup, 5, { groupId, members: [{ memberId: '', groupInstanceId }] }, 'by the instance')
    },
  },
  {
    name: 'DescribeGroups, ListGroups and DeleteGroups of what is not',
    run: async (talk) => {
      const groupId = group(talk)
      for (let version = 0; version <= 6; version++) await talk.ask(describeGroups, version, { groups: [groupId], includeAuthorizedOperations: true }, 'unknown')
      await talk.ask(describeGroups, 6, { groups: [], includeAuthorizedOperations: false }, 'none')
      for (let version = 0; version <= 2; version++) await talk.ask(deleteGroups, version, { groupsNames: [groupId] }, 'unknown')
      await talk.ask(deleteGroups, 2, { groupsNames: [] }, 'none')
      await talk.ask(listGroups, 4, { statesFilter: ['NoSuchState'] }, 'in an unknown state')
      await talk.ask(listGroups, 5, { typesFilter: ['nosuchtype'] }, 'of an unknown type')
      await talk.ask(consumerGroupDescribe, 1, { groupIds: [groupId, ''], includeAuthorizedOperations: true }, 'unknown')
      await talk.ask(streamsGroupDescribe, 0, { groupIds: [groupId, ''], includeAuthorizedOperations: true }, 'unknown')
      await talk.ask(consumerGroupDescribe, 0, { groupIds: [], includeAuthorizedOperations: true }, 'none')
    },
  },
  {
    name: 'OffsetCommit and OffsetFetch without members',
    run: async (talk) => {
      const groupId = group(talk)
      const topic = await talk.topic(2)
      const unknown = { name: 'no-such-topic', id: UNKNOWN_ID }
      await committed(talk, groupId, [topic], 'before there is any')
      for (let version = 2; version <= 10; version++) await commit(talk, groupId, topic, '', { version })
      for (let version = 1; version <= 10; version++) {
        await committed(talk, groupId, [topic], '', { version })
        if (version >= 2) await committed(talk, groupId, undefined, 'of all topics', { version })
        await committed(talk, groupId, [unknown], 'of an unknown topic', { version })
        await committed(talk, groupId, [], 'of none', { version })
      }
      for (const version of [9, 10]) {
        await commit(talk, groupId, unknown, 'to an unknown topic', { version })
        await commit(talk, groupId, topic, 'to an unknown partition', { version, partition: 9 })
        await commit(talk, groupId, topic, 'to a negative partition', { version, partition: -1 })
        await commit(talk, groupId, topic, 'of a generation', { version, generation: 3 })
        await commit(talk, groupId, topic, 'of an unknown member', { version, memberId: 'nobody' })
        await commit(talk, groupId, topic, 'of an unknown member in a generation', { version, memberId: 'nobody', generation: 3 })
        await commit(talk, groupId, topic, 'of an unknown instance', { version, instance: 'unknown' })
        await commit(talk, groupId, topic, 'with too much metadata', { version, metadata: 'x'.repeat(5000) })
        await commit(talk, '', topic, 'in no group', { version })
        await commit(talk, 'no-such-group', topic, 'in an unknown group, of a generation', { version, generation: 3 })
      }
      await commit(talk, groupId, topic, 'with metadata', { metadata: 'mine', partition: 1, offset: 7 })
      await commit(talk, groupId, topic, 'of a negative offset', { partition: 1, offset: -7 })
      await committed(talk, groupId, [topic], 'with metadata')
      await committed(talk, '', [topic], 'of no group')
      await committed(talk, groupId, [topic], 'by a member that is none', { memberId: 'nobody', memberEpoch: 3 })
      await talk.ask(offsetCommit, 9, { groupId, topics: [] }, 'of nothing')
      await talk.ask(offsetFetch, 9, { groups: [] }, 'of no groups')
      await talk.ask(describeGroups, 6, { groups: [groupId], includeAuthorizedOperations: false }, 'with offsets alone')
      await talk.ask(offsetDelete, 0, { groupId, topics: [{ name: topic.name, partitions: [{ partitionIndex: 0 }, { partitionIndex: 9 }] }, { name: 'no-such-topic', partitions: [{ partitionIndex: 0 }] }] })
      await talk.ask(offsetDelete, 0, { groupId, topics: [] }, 'of nothing')
      await talk.ask(offsetDelete, 0, { groupId: talk.name('group'), topics: [] }, 'of an unknown group')
      await talk.ask(offsetDelete, 0, { groupId: '', topics: [] }, 'of no group')
      await committed(talk, groupId, undefined, 'after a part was deleted')
      await talk.ask(deleteGroups, 2, { groupsNames: [groupId] }, 'with offsets')
      await talk.ask(deleteGroups, 2, { groupsNames: [groupId] }, 'again')
      await committed(talk, groupId, undefined, 'after the group was deleted')
    },
  },
  {
    name: 'offsets of members',
    run: async (talk) => {
      const groupId = group(talk)
      const topic = await talk.topic(2)
      const { memberId, generationId } = await joined(talk, groupId)
      for (const version of [2, 7, 9, 10]) {
        await commit(talk, groupId, topic, 'of the member', { version, memberId, generation: generationId })
        await commit(talk, groupId, topic, 'of another generation', { version, memberId, generation: generationId + 1 })
        await commit(talk, groupId, topic, 'of nobody', { version, memberId: 'nobody', generation: generationId })
        await commit(talk, groupId, topic, 'from outside', { version })
      }
      await commit(talk, groupId, topic, 'of an unknown instance', { memberId, generation: generationId, instance: 'unknown' })
      await committed(talk, groupId, [topic], 'by the member', { memberId, memberEpoch: generationId })
      await committed(talk, groupId, [topic], 'by another generation', { memberId, memberEpoch: generationId + 1 })
      await talk.ask(offsetDelete, 0, { groupId, topics: [{ name: topic.name, partitions: [{ partitionIndex: 0 }] }] }, 'while it has a member')
      await talk.ask(leaveGroup, 5, { groupId, members: [{ memberId }] })
    },
  },
  {
    name: 'consumer groups',
    run: async (talk) => {
      const groupId = group(talk)
      await beat(talk, groupId, 'no member', { memberId: '' })
      await beat(talk, groupId, 'no member', { memberId: '', memberEpoch: 1 })
      await beat(talk, '', 'no group')
      await beat(talk, groupId, 'no rebalance time-out', { rebalanceTimeoutMs: -1 })
      await beat(talk, groupId, 'no subscription', { subscribedTopicNames: undefined })
      await beat(talk, groupId, 'partitions from the start', { topicPartitions: [{ topicId: UNKNOWN_ID, partitions: [0] }] })
      await beat(talk, groupId, 'no partitions', { topicPartitions: undefined })
      await beat(talk, groupId, 'an unknown assignor', { serverAssignor: 'other' })
      await beat(talk, groupId, 'an empty instance', { instanceId: '' })
      await beat(talk, groupId, 'an empty rack', { rackId: '' })
      await beat(talk, groupId, 'a bad pattern', { subscribedTopicRegex: '[' })
      await beat(talk, groupId, 'a negative epoch', { memberEpoch: -5 })
      await beat(talk, groupId, 'a static leave without an instance', { memberEpoch: -2 })
      await beat(talk, groupId, 'leaving what is not', { memberEpoch: -1 })
      await beat(talk, groupId, 'staying in what is not', { memberEpoch: 3 })
      const told = await beat(talk, groupId, 'joining', { memberId: 'member-1' })
      await beat(talk, groupId, 'staying', { memberId: 'member-1', memberEpoch: told!.memberEpoch })
      await beat(talk, groupId, 'an epoch to come', { memberId: 'member-1', memberEpoch: 9 })
      await beat(talk, groupId, 'nobody', { memberId: 'nobody', memberEpoch: 1 })
      await talk.ask(consumerGroupDescribe, 1, { groupIds: [groupId], includeAuthorizedOperations: true })
      await talk.ask(consumerGroupDescribe, 0, { groupIds: [groupId], includeAuthorizedOperations: false })
      for (const version of [5, 6]) await talk.ask(describeGroups, version, { groups: [groupId], includeAuthorizedOperations: false }, 'of a consumer group')
      await talk.ask(streamsGroupDescribe, 0, { groupIds: [groupId], includeAuthorizedOperations: false }, 'of a consumer group')
      await talk.ask(deleteGroups, 2, { groupsNames: [groupId] }, 'that has a member')
      await talk.ask(heartbeat, 4, { groupId, generationId: 1, memberId: 'nobody' }, 'of a classic member')
      const topic = await talk.topic()
      for (const version of [8, 9, 10]) {
        await commit(talk, groupId, topic, 'of the member', { version, memberId: 'member-1', generation: told!.memberEpoch })
        await commit(talk, groupId, topic, 'of an epoch to come', { version, memberId: 'member-1', generation: 9 })
        await commit(talk, groupId, topic, 'of nobody', { version, memberId: 'nobody', generation: 1 })
        await commit(talk, groupId, topic, 'from outside', { version })
      }
      await committed(talk, groupId, [topic], 'by the member', { memberId: 'member-1', memberEpoch: told!.memberEpoch })
      await committed(talk, groupId, [topic], 'by an epoch to come', { memberId: 'member-1', memberEpoch: 9 })
      await committed(talk, groupId, [topic], 'by nobody', { memberId: 'nobody', memberEpoch: 1 })
      await beat(talk, groupId, 'leaving', { memberId: 'member-1', memberEpoch: -1 })
      await beat(talk, groupId, 'leaving again', { memberId: 'member-1', memberEpoch: -1 })
      await talk.ask(consumerGroupDescribe, 1, { groupIds: [groupId], includeAuthorizedOperations: false }, 'without members')
    },
  },
  {
    name: 'streams groups',
    run: async (talk) => {
      const groupId = group(talk)
      const topology = { epoch: 0, subtopologies: [{ subtopologyId: '0', sourceTopics: ['no-such-topic'], sourceTopicRegex: [], stateChangelogTopics: [], repartitionSinkTopics: [], repartitionSourceTopics: [], copartitionGroups: [] }] }
      const streamsBeat = (note: string, options: Partial<StreamsBeat> = {}) =>
        talk.ask(streamsGroupHeartbeat, 0, {
          groupId, memberId: 'm', memberEpoch: 0, endpointInformationEpoch: 0, rebalanceTimeoutMs: 10_000, topology, activeTasks: [], standbyTasks: [], warmupTasks: [],
          processId: 'p', clientTags: [], taskOffsets: undefined, taskEndOffsets: undefined, shutdownApplication: false, ...options,
        }, note)
      await streamsBeat('no member', { memberId: '' })
      await streamsBeat('no group', { groupId: '' })
      await streamsBeat('an instance', { instanceId: 'i' })
      await streamsBeat('no topology', { topology: undefined })
      await streamsBeat('no rebalance time-out', { rebalanceTimeoutMs: -1 })
      await streamsBeat('a topology later', { memberEpoch: 1 })
      await streamsBeat('leaving what is not', { memberEpoch: -1, topology: undefined })
      await streamsBeat('staying in what is not', { memberEpoch: 3, topology: undefined })
      await streamsBeat('joining')
      await streamsBeat('an epoch to come', { memberEpoch: 9, topology: undefined })
      await talk.ask(streamsGroupDescribe, 0, { groupIds: [groupId], includeAuthorizedOperations: false })
      await talk.ask(consumerGroupDescribe, 1, { groupIds: [groupId], includeAuthorizedOperations: false }, 'of a streams group')
      await talk.ask(describeGroups, 6, { groups: [groupId], includeAuthorizedOperations: false }, 'of a streams group')
      await streamsBeat('leaving', { memberEpoch: -1, topology: undefined })
    },
  },
]
