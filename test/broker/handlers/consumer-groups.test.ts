import { errorCodes } from '../../../lib/protocol/error-table.ts'
import {
  consumerGroupDescribe, consumerGroupHeartbeat, deleteGroups, describeConfigs, describeGroups, incrementalAlterConfigs, listGroups, offsetCommit, offsetFetch,
} from '../../../lib/protocol/index.ts'
import type { RequestInput, ResponseOf } from '../../../lib/protocol/index.ts'
import { brokerUnderTest, isRealKafka, uniqueName } from '../helpers/broker-under-test.ts'
import type { BrokerUnderTest } from '../helpers/broker-under-test.ts'
import { RawClient } from '../helpers/raw-client.ts'
import { createTopic, until } from '../helpers/topics.ts'
import type { TestTopic } from '../helpers/topics.ts'

let broker: BrokerUnderTest
let client: RawClient
let topic: TestTopic

beforeAll(async () => {
  broker = await brokerUnderTest()
  client = await RawClient.connect(broker.address)
  topic = await createTopic(client, 4)
})

afterAll(async () => {
  client.close()
  await broker.close()
})

type Answer = ResponseOf<typeof consumerGroupHeartbeat>
type Rest = Partial<RequestInput<typeof consumerGroupHeartbeat>>

const beat = (groupId: string, memberId: string, memberEpoch: number, rest: Rest = {}): Promise<Answer> =>
  client.request(consumerGroupHeartbeat, 1, { groupId, memberId, memberEpoch, ...rest })

const join = (groupId: string, memberId: string, rest: Rest = {}): Promise<Answer> =>
  beat(groupId, memberId, 0, { rebalanceTimeoutMs: 60_000, subscribedTopicNames: [topic.name], topicPartitions: [], ...rest })

/** A name for a group that this very broker coordinates: of a cluster, each broker does for some only. */
const newGroup = async (): Promise<string> => {
  for (;;) {
    const name = uniqueName('group')
    const { groups } = await client.request(consumerGroupDescribe, 1, { groupIds: [name], includeAuthorizedOperations: false })
    if (!isRealKafka || groups[0]!.errorCode === errorCodes.GROUP_ID_NOT_FOUND) return name
  }
}

const given = ({ assignment }: Answer): readonly number[] => assignment?.topicPartitions.flatMap(({ partitions }) => partitions) ?? []

/** A group with one member that has everything. The member's epoch and what it owns. */
const settled = async (groupId: string, memberId: string): Promise<number> => {
  let answer = await join(groupId, memberId)
  let owned = given(answer)
  await until(async () => {
    if (owned.length === 4) return true
    answer = await beat(groupId, memberId, answer.memberEpoch)
    owned = answer.assignment === undefined ? owned : given(answer)
    return owned.length === 4
  })
  return answer.memberEpoch
}

describe('heartbeats of consumer groups', () => {
  test.each<[words: string, request: Rest, code: number, message: string]>([
    ['has no member id', { memberId: '' }, errorCodes.INVALID_REQUEST, "MemberId can't be empty."],
    ['has no group id', { groupId: '' }, errorCodes.INVALID_REQUEST, "GroupId can't be empty."],
    ['has an empty instance id', { instanceId: '' }, errorCodes.INVALID_REQUEST, "InstanceId can't be empty."],
    ['has an empty rack', { rackId: '' }, errorCodes.INVALID_REQUEST, "RackId can't be empty."],
    ['joins without a rebalance time-out', {}, errorCodes.INVALID_REQUEST, 'RebalanceTimeoutMs must be provided in first request.'],
    ['joins with partitions', { rebalanceTimeoutMs: 1 }, errorCodes.INVALID_REQUEST, 'TopicPartitions must be empty when (re-)joining.'],
    [
      'joins without topics', { rebalanceTimeoutMs: 1, topicPartitions: [] }, errorCodes.INVALID_REQUEST,
      'Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.',
    ],
    ['leaves for a moment without being static', { memberEpoch: -2 }, errorCodes.INVALID_REQUEST, "InstanceId can't be null."],
    ['has an impossible epoch', { memberEpoch: -3 }, errorCodes.INVALID_REQUEST, 'MemberEpoch is invalid.'],
    [
      'wants an unknown assignor', { rebalanceTimeoutMs: 1, topicPartitions: [], subscribedTopicNames: [], serverAssignor: 'x' }, errorCodes.UNSUPPORTED_ASSIGNOR,
      'ServerAssignor x is not supported. Supported assignors: uniform, range.',
    ],
    [
      'has a bad pattern', { rebalanceTimeoutMs: 1, topicPartitions: [], subscribedTopicRegex: '(a' }, errorCodes.INVALID_REGULAR_EXPRESSION,
      'SubscribedTopicRegex `(a` is not a valid regular expression: missing closing ).',
    ],
  ])('should be refused when the member %s', async (_words, request, errorCode, errorMessage) => {
    expect(await beat(await newGroup(), 'm', 0, request)).toMatchObject({ errorCode, errorMessage })
  })

  test('should be refused when a group or member is not known', async () => {
    const groupId = await newGroup()
    expect(await beat(groupId, 'm', 5)).toMatchObject({ errorCode: errorCodes.GROUP_ID_NOT_FOUND, errorMessage: `Consumer group ${groupId} not found.` })
    expect(await beat(groupId, 'm', -1)).toMatchObject({ errorCode: errorCodes.GROUP_ID_NOT_FOUND, errorMessage: `Group ${groupId} not found.` })
    await join(groupId, 'm')
    expect(await beat(groupId, 'n', 1)).toMatchObject({ errorCode: errorCodes.UNKNOWN_MEMBER_ID, errorMessage: `Member n is not a member of group ${groupId}.` })
  })
})

describe('a consumer group', () => {
  test('should be listed and described as one, and be no classic group', async () => {
    const groupId = await newGroup()
    const epoch = await settled(groupId, 'm')
    const listed = await client.request(listGroups, 5, { statesFilter: [], typesFilter: ['consumer'] })
    expect(listed.groups.find((group) => group.groupId === groupId)).toEqual({ groupId, protocolType: 'consumer', groupState: 'Stable', groupType: 'consumer' })
    const { groups } = await client.request(consumerGroupDescribe, 1, { groupIds: [groupId, ''], includeAuthorizedOperations: false })
    const assignment = { topicPartitions: [{ topicId: topic.id, topicName: topic.name, partitions: [0, 1, 2, 3] }] }
    expect(groups.find((group) => group.groupId === groupId)).toMatchObject({
      errorCode: 0, groupState: 'Stable', groupEpoch: epoch, assignmentEpoch: epoch, assignorName: 'uniform',
      members: [{ memberId: 'm', memberEpoch: epoch, clientId: 'raw', subscribedTopicNames: [topic.name], subscribedTopicRegex: '', assignment, targetAssignment: assignment, memberType: 1 }],
    })
    expect(groups.find((group) => group.groupId === '')).toMatchObject({ errorCode: errorCodes.INVALID_GROUP_ID })
    const classic = await client.request(describeGroups, 6, { groups: [groupId], includeAuthorizedOperations: false })
    expect(classic.groups[0]).toMatchObject({ errorCode: errorCodes.GROUP_ID_NOT_FOUND, errorMessage: `Group ${groupId} is not a classic group.`, groupState: 'Dead' })
  })

  test('should commit and tell offsets for its members\' epochs only', async () => {
    const groupId = await newGroup()
    const epoch = await settled(groupId, 'm')
    const commit = async (memberId: string, memberEpoch: number, version: number): Promise<number> => {
      const answer = await client.request(offsetCommit, version, {
        groupId, memberId, generationIdOrMemberEpoch: memberEpoch,
        topics: [{ name: topic.name, topicId: topic.id, partitions: [{ partitionIndex: 0, committedOffset: 7, committedMetadata: '' }] }],
      })
      return answer.topics[0]!.partitions[0]!.errorCode
    }
    expect(await commit('m', epoch, 10)).toBe(errorCodes.NONE)
    expect(await commit('m', epoch, 8)).toBe(errorCodes.UNSUPPORTED_VERSION)
    expect(await commit('m', epoch + 1, 9)).toBe(errorCodes.STALE_MEMBER_EPOCH)
    expect(await commit('n', epoch, 9)).toBe(errorCodes.UNKNOWN_MEMBER_ID)
    expect(await commit('', -1, 9)).toBe(errorCodes.UNKNOWN_MEMBER_ID)
    const fetched = async (memberId: string | undefined, memberEpoch: number): Promise<number> => {
      const topics = [{ name: topic.name, topicId: topic.id, partitionIndexes: [0] }]
      const { groups } = await client.request(offsetFetch, 10, { groups: [{ groupId, memberId, memberEpoch, topics }], requireStable: true })
      return groups[0]!.errorCode === errorCodes.NONE ? groups[0]!.topics[0]!.partitions[0]!.committedOffset : -groups[0]!.errorCode
    }
    expect(await fetched('m', epoch)).toBe(7)
    expect(await fetched(undefined, -1)).toBe(7)
    expect(await fetched('m', epoch + 1)).toBe(-errorCodes.STALE_MEMBER_EPOCH)
    expect(await fetched('n', epoch)).toBe(-errorCodes.UNKNOWN_MEMBER_ID)
  })

  test('should be deleted when its members have left, and not before', async () => {
    const groupId = await newGroup()
    await settled(groupId, 'm')
    const deleted = async (): Promise<number> => (await client.request(deleteGroups, 2, { groupsNames: [groupId] })).results[0]!.errorCode
    expect(await deleted()).toBe(errorCodes.NON_EMPTY_GROUP)
    expect(await beat(groupId, 'm', -1)).toMatchObject({ errorCode: 0, memberEpoch: -1 })
    expect(await deleted()).toBe(errorCodes.NONE)
    expect(await deleted()).toBe(errorCodes.GROUP_ID_NOT_FOUND)
  })

  test('should heed its own configuration', async () => {
    const groupId = await newGroup()
    const set = async (name: string, value: string): Promise<number> => {
      const configs = [{ name, configOperation: 0, value }]
      return (await client.request(incrementalAlterConfigs, 1, { resources: [{ resourceType: 32, resourceName: groupId, configs }], validateOnly: false })).responses[0]!.errorCode
    }
    expect(await set('consumer.heartbeat.interval.ms', '7000')).toBe(errorCodes.NONE)
    expect(await set('consumer.session.timeout.ms', '900000')).toBe(errorCodes.INVALID_CONFIG)
    expect(await set('no.such.setting', '1')).toBe(errorCodes.INVALID_CONFIG)
    await until(async () => (await join(groupId, 'm')).heartbeatIntervalMs === 7000)
    const described = await client.request(describeConfigs, 4, { resources: [{ resourceType: 32, resourceName: groupId, configurationKeys: ['consumer.heartbeat.interval.ms'] }] })
    expect(described.results[0]!.configs[0]).toMatchObject({ value: '7000', configSource: 8 })
  })
})
