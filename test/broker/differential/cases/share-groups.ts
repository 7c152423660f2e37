import {
  alterShareGroupOffsets, consumerGroupDescribe, deleteGroups, deleteShareGroupOffsets, describeGroups, describeShareGroupOffsets, incrementalAlterConfigs, produce, shareAcknowledge, shareFetch,
  shareGroupDescribe, shareGroupHeartbeat,
} from '../../../../lib/protocol/index.ts'
import type { RequestInput } from '../../../../lib/protocol/index.ts'
import { batchOf, numbered } from '../../helpers/batches.ts'
import { isRealKafka } from '../../helpers/broker-under-test.ts'
import { until } from '../../helpers/topics.ts'
import type { TestTopic } from '../../helpers/topics.ts'
import type { Case, Conversation } from '../conversation.ts'

type Beat = RequestInput<typeof shareGroupHeartbeat>
type Fetch = RequestInput<typeof shareFetch>

const MEMBER = 'YWJjZGVmZ2hpamtsbW5vcA'

const beat = (talk: Conversation, groupId: string, note: string, options: Partial<Beat> = {}) =>
  talk.ask(shareGroupHeartbeat, 1, { groupId, memberId: MEMBER, memberEpoch: 0, subscribedTopicNames: ['no-such-topic'], ...options }, note)

const batches = (firstOffset: number, lastOffset: number, ...acknowledgeTypes: number[]) => [{ firstOffset, lastOffset, acknowledgeTypes }]

/** A group that begins with the first records, a member of it, and a topic with ten records in two batches. */
const prepared = async (talk: Conversation, settings: Readonly<Record<string, string>> = {}): Promise<{ groupId: string; topic: TestTopic }> => {
  const groupId = talk.name('group')
  const topic = await talk.topic()
  const client = await talk.client()
  const configs = Object.entries({ 'share.auto.offset.reset': 'earliest', ...settings }).map(([name, value]) => ({ name, configOperation: 0, value }))
  await client.request(incrementalAlterConfigs, 1, { resources: [{ resourceType: 32, resourceName: groupId, configs }], validateOnly: false })
  if (isRealKafka) await new Promise((resolve) => setTimeout(resolve, 500))
  for (let i = 0; i < 2; i++) await client.request(produce, 9, { acks: -1, timeoutMs: 1000, topicData: [{ name: topic.name, partitionData: [{ index: 0, records: batchOf(numbered(5)) }] }] })
  const join = (memberEpoch: number) => client.request(shareGroupHeartbeat, 1, { groupId, memberId: MEMBER, memberEpoch, subscribedTopicNames: [topic.name] })
  let epoch = 0
  await until(async () => {
    const { memberEpoch, assignment } = await join(epoch)
    epoch = memberEpoch
    return assignment?.topicPartitions.length === 1
  })
  return { groupId, topic }
}

const session = (talk: Conversation, groupId: string, { id }: TestTopic) => {
  let shareSessionEpoch = 0
  const partitions = (acknowledgementBatches: ReturnType<typeof batches>) => [{ topicId: id, partitions: [{ partitionIndex: 0, acknowledgementBatches }] }]
  return {
    fetch: (note: string, acknowledgementBatches: ReturnType<typeof batches> = [], options: Partial<Fetch> = {}) =>
      talk.ask(shareFetch, 2, {
        groupId, memberId: MEMBER, shareSessionEpoch: shareSessionEpoch++, maxWaitMs: 500, minBytes: 1, maxRecords: 100, batchSize: 100, forgottenTopicsData: [], topics: partitions(acknowledgementBatches), ...options,
      }, note),
    acknowledge: (note: string, acknowledgementBatches: ReturnType<typeof batches>, options: Partial<RequestInput<typeof shareAcknowledge>> = {}) =>
      talk.ask(shareAcknowledge, 2, { groupId, memberId: MEMBER, shareSessionEpoch: shareSessionEpoch++, topics: partitions(acknowledgementBatches), ...options }, note),
    /** Asks in silence until there is something: a cluster sets up its state first. */
    untilThere: async (): Promise<void> => {
      const client = await talk.client()
      await until(async () => {
        const answer = await client.request(shareFetch, 2, {
          groupId, memberId: MEMBER, shareSessionEpoch: shareSessionEpoch++, maxWaitMs: 200, minBytes: 1, maxRecords: 1, batchSize: 1, shareAcquireMode: 1, forgottenTopicsData: [], topics: partitions([]),
        })
        return answer.responses[0]?.partitions[0]?.acquiredRecords.length === 1
      })
    },
  }
}

export const shareGroupCases: readonly Case[] = [
  {
    name: 'members of share groups',
    run: async (talk) => {
      const groupId = talk.name('group')
      await beat(talk, groupId, 'no member', { memberId: '' })
      await beat(talk, '', 'no group')
      await beat(talk, groupId, 'an empty rack', { rackId: '' })
      await beat(talk, groupId, 'no subscription', { subscribedTopicNames: undefined })
      await beat(talk, groupId, 'an empty subscription', { subscribedTopicNames: [] })
      await beat(talk, groupId, 'an epoch below all', { memberEpoch: -5 })
      await beat(talk, groupId, 'leaving what is not', { memberEpoch: -1 })
      await beat(talk, groupId, 'staying in what is not', { memberEpoch: 3 })
      const told = await beat(talk, groupId, 'joining')
      await beat(talk, groupId, 'staying', { memberEpoch: told!.memberEpoch, subscribedTopicNames: undefined })
      await beat(talk, groupId, 'an epoch to come', { memberEpoch: 9 })
      await beat(talk, groupId, 'nobody', { memberId: 'MTIzNDU2Nzg5MDEyMzQ1Ng', memberEpoch: 1 })
      await talk.ask(shareGroupDescribe, 1, { groupIds: [groupId, ''], includeAuthorizedOperations: true })
      await talk.ask(shareGroupDescribe, 1, { groupIds: ['no-such-group'], includeAuthorizedOperations: true }, 'unknown')
      await talk.ask(consumerGroupDescribe, 1, { groupIds: [groupId], includeAuthorizedOperations: false }, 'of a share group')
      await talk.ask(describeGroups, 6, { groups: [groupId], includeAuthorizedOperations: false }, 'of a share group')
      await talk.ask(deleteGroups, 2, { groupsNames: [groupId] }, 'that has a member')
      await beat(talk, groupId, 'leaving', { memberEpoch: -1 })
      await beat(talk, groupId, 'leaving again', { memberEpoch: -1 })
      await talk.ask(deleteGroups, 2, { groupsNames: [groupId] }, 'without members')
    },
  },
  {
    name: 'what becomes of shared records',
    run: async (talk) => {
      const { groupId, topic } = await prepared(talk)
      const { fetch, acknowledge, untilThere } = session(talk, groupId, topic)
      await untilThere()
      await acknowledge('accepted', batches(0, 0, 1))
      await fetch('the others')
      await acknowledge('accepted again', batches(0, 0, 1))
      await acknowledge('released', batches(1, 1, 2))
      await fetch('the one that was released')
      await acknowledge('rejected', batches(1, 1, 3))
      await acknowledge('a type for each', batches(2, 4, 1, 2, 0))
      await acknowledge('too few types', batches(5, 7, 1, 1))
      await acknowledge('an unknown type', batches(5, 5, 9))
      await acknowledge('no types', batches(5, 5))
      await acknowledge('backwards', batches(7, 5, 1))
      await acknowledge('what is not there', batches(50, 51, 1))
      await fetch('with acknowledgements', batches(5, 6, 1))
      await fetch('with bad acknowledgements', batches(5, 6, 1), { maxWaitMs: 0 })
      await acknowledge('renewed', batches(7, 7, 4), { isRenewAck: true })
      await acknowledge('the last', batches(7, 9, 1), { shareSessionEpoch: -1 })
      await talk.ask(shareFetch, 2, { groupId, memberId: MEMBER, shareSessionEpoch: 5, maxWaitMs: 0, minBytes: 1, maxRecords: 1, batchSize: 1, topics: [], forgottenTopicsData: [] }, 'in no session')
    },
  },
  {
    name: 'renewals where they are not allowed',
    run: async (talk) => {
      const { groupId, topic } = await prepared(talk, { 'share.renew.acknowledge.enable': 'false' })
      const { fetch, acknowledge, untilThere } = session(talk, groupId, topic)
      await untilThere()
      await acknowledge('renewed', batches(0, 0, 4), { isRenewAck: true })
      await acknowledge('renewed with others', batches(0, 2, 1, 4, 1), { isRenewAck: true })
      await acknowledge('renewed beyond the end', batches(50, 51, 4), { isRenewAck: true })
      await acknowledge('accepted', batches(0, 2, 1))
      await fetch('the others')
    },
  },
  {
    name: 'share sessions',
    run: async (talk) => {
      const { groupId, topic } = await prepared(talk)
      const { fetch, acknowledge, untilThere } = session(talk, groupId, topic)
      await untilThere()
      await fetch('out of turn', [], { shareSessionEpoch: 77 })
      await acknowledge('out of turn', batches(0, 0, 1), { shareSessionEpoch: 77 })
      await acknowledge('first of all', batches(0, 0, 1), { shareSessionEpoch: 0 })
      await talk.ask(shareAcknowledge, 2, { groupId: talk.name('group'), memberId: MEMBER, shareSessionEpoch: 3, topics: [] }, 'in an unknown group')
      await fetch('to the end', [], { shareSessionEpoch: -1, topics: [] })
      await fetch('after the end', [], { shareSessionEpoch: 3 })
    },
  },
  {
    name: 'offsets of share groups',
    run: async (talk) => {
      const topic = await talk.topic()
      const groupId = talk.name('group')
      const describe = (note: string, topics: RequestInput<typeof describeShareGroupOffsets>['groups'][number]['topics'], group = groupId, version = 1) =>
        talk.ask(describeShareGroupOffsets, version, { groups: [{ groupId: group, topics }] }, note)
      const mine = [{ topicName: topic.name, partitions: [0] }]
      await describe('before there is any', mine)
      await describe('of all before there is any', undefined)
      await talk.ask(alterShareGroupOffsets, 0, { groupId, topics: [{ topicName: topic.name, partitions: [{ partitionIndex: 0, startOffset: 0 }] }] })
      if (isRealKafka) await new Promise((resolve) => setTimeout(resolve, 500))
      await describe('altered', mine)
      await describe('altered', mine, groupId, 0)
      await describe('of all', undefined)
      await describe('of what is not', [{ topicName: 'no-such-topic', partitions: [0] }])
      await talk.ask(alterShareGroupOffsets, 0, { groupId, topics: [{ topicName: 'no-such-topic', partitions: [{ partitionIndex: 0, startOffset: 0 }] }, { topicName: topic.name, partitions: [{ partitionIndex: 9, startOffset: 0 }] }] }, 'of what is not')
      await talk.ask(deleteShareGroupOffsets, 0, { groupId, topics: [{ topicName: topic.name }, { topicName: 'no-such-topic' }] })
      await describe('after they were deleted', mine)
      await talk.ask(deleteShareGroupOffsets, 0, { groupId: talk.name('group'), topics: [{ topicName: topic.name }] }, 'of an unknown group')
      await talk.ask(alterShareGroupOffsets, 0, { groupId: '', topics: [] }, 'of no group')
    },
  },
]
