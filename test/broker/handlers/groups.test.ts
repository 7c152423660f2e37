import { errorCodes } from '../../../lib/protocol/error-table.ts'
import {
  deleteGroups, describeGroups, findCoordinator, heartbeat, joinGroup, leaveGroup, listGroups, offsetCommit, offsetDelete, offsetFetch, syncGroup,
} from '../../../lib/protocol/index.ts'
import type { ResponseOf } from '../../../lib/protocol/index.ts'
import { brokerUnderTest, uniqueName } from '../helpers/broker-under-test.ts'
import type { BrokerUnderTest } from '../helpers/broker-under-test.ts'
import { RawClient } from '../helpers/raw-client.ts'
import { createTopic, eventually } from '../helpers/topics.ts'

let broker: BrokerUnderTest
let client: RawClient

beforeAll(async () => {
  broker = await brokerUnderTest()
  client = await RawClient.connect(broker.address)
})

afterAll(async () => {
  client.close()
  await broker.close()
})

type Joined = ResponseOf<typeof joinGroup>

/** The consumer protocol's subscription to topics. */
const subscription = (...topics: string[]): Buffer => {
  const names = topics.map((topic) => Buffer.concat([Buffer.from([0, topic.length]), Buffer.from(topic)]))
  return Buffer.concat([Buffer.from([0, 0, 0, 0, 0, topics.length]), ...names, Buffer.from('ffffffff', 'hex')])
}

const joinAs = (groupId: string, memberId: string, on = client, topics: string[] = ['t'], groupInstanceId?: string): Promise<Joined> =>
  on.request(joinGroup, 9, {
    groupId, memberId, groupInstanceId, sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 10_000, protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: subscription(...topics) }],
  })

/** Joins an empty group by way of MEMBER_ID_REQUIRED and gives itself an assignment. */
const stableMember = async (groupId: string, topics?: string[]): Promise<Joined> => {
  const { errorCode, memberId } = await joinAs(groupId, '', client, topics)
  expect(errorCode).toBe(errorCodes.MEMBER_ID_REQUIRED)
  const joined = await joinAs(groupId, memberId, client, topics)
  expect(joined).toMatchObject({ errorCode: 0, memberId, leader: memberId, protocolName: 'range' })
  const synced = await client.request(syncGroup, 5, {
    groupId, generationId: joined.generationId, memberId, protocolType: 'consumer', protocolName: 'range', assignments: [{ memberId, assignment: Buffer.from('mine') }],
  })
  expect(synced.assignment.toString()).toBe('mine')
  return joined
}

const commit = async (groupId: string, topic: string, offset: number, as: { memberId?: string; generation?: number; metadata?: string } = {}): Promise<number> => {
  const { memberId = '', generation = -1, metadata = 'note' } = as
  const answer = await client.request(offsetCommit, 8, {
    groupId, memberId, generationIdOrMemberEpoch: generation, topics: [{ name: topic, partitions: [{ partitionIndex: 0, committedOffset: offset, committedMetadata: metadata }] }],
  })
  return answer.topics[0]!.partitions[0]!.errorCode
}

const committed = async (groupId: string, topic: string): Promise<number> => {
  const answer = await client.request(offsetFetch, 8, { groups: [{ groupId, topics: [{ name: topic, partitionIndexes: [0] }] }] })
  return answer.groups[0]!.topics[0]!.partitions[0]!.committedOffset
}

/** A group id whose coordinator is ready. */
const newGroup = async (): Promise<string> => {
  const groupId = uniqueName('group')
  await eventually(async () => {
    const { coordinators } = await client.request(findCoordinator, 4, { keyType: 0, coordinatorKeys: [groupId] })
    return coordinators[0]!.errorCode === errorCodes.NONE ? true : undefined
  })
  return groupId
}

describe('a consumer group', () => {
  test('should form, be described, and end', async () => {
    const groupId = await newGroup()
    const { memberId, generationId } = await stableMember(groupId)
    const described = await client.request(describeGroups, 5, { groups: [groupId] })
    expect(described.groups[0]).toMatchObject({ errorCode: 0, groupState: 'Stable', protocolType: 'consumer', protocolData: 'range' })
    expect(described.groups[0]!.members).toEqual([expect.objectContaining({ memberId, clientId: 'raw', memberAssignment: Buffer.from('mine') })])
    expect((await client.request(heartbeat, 4, { groupId, memberId, generationId })).errorCode).toBe(errorCodes.NONE)
    const left = await client.request(leaveGroup, 5, { groupId, members: [{ memberId }] })
    expect(left).toMatchObject({ errorCode: 0, members: [{ memberId, errorCode: 0 }] })
    expect((await client.request(describeGroups, 5, { groups: [groupId] })).groups[0]).toMatchObject({ groupState: 'Empty', members: [] })
  })

  test('should rebalance when a second member comes, and give both their assignment from the leader', async () => {
    const groupId = await newGroup()
    const first = await stableMember(groupId)
    const other = await RawClient.connect(broker.address)
    const { memberId: secondId } = await joinAs(groupId, '', other)
    const secondJoins = joinAs(groupId, secondId, other)
    await eventually(async () => {
      const { errorCode } = await client.request(heartbeat, 4, { groupId, memberId: first.memberId, generationId: first.generationId })
      return errorCode === errorCodes.REBALANCE_IN_PROGRESS ? true : undefined
    })
    const [rejoined, joined] = await Promise.all([joinAs(groupId, first.memberId), secondJoins])
    expect(rejoined.members.map(({ memberId }) => memberId).sort()).toEqual([first.memberId, secondId].sort())
    expect([joined.leader, joined.generationId, joined.members.length]).toEqual([first.memberId, rejoined.generationId, 0])
    const sync = (on: RawClient, memberId: string, assignments: [string, string][]): Promise<ResponseOf<typeof syncGroup>> =>
      on.request(syncGroup, 3, { groupId, generationId: rejoined.generationId, memberId, assignments: assignments.map(([id, text]) => ({ memberId: id, assignment: Buffer.from(text) })) })
    const waiting = sync(other, secondId, [])
    await sync(client, first.memberId, [[first.memberId, 'a'], [secondId, 'b']])
    expect((await waiting).assignment.toString()).toBe('b')
    other.close()
  })

  test('should refuse what is not of its members, protocols and generation', async () => {
    const groupId = await newGroup()
    const { memberId, generationId } = await stableMember(groupId)
    expect((await client.request(heartbeat, 4, { groupId, memberId: 'nobody', generationId })).errorCode).toBe(errorCodes.UNKNOWN_MEMBER_ID)
    expect((await client.request(heartbeat, 4, { groupId, memberId, generationId: generationId + 1 })).errorCode).toBe(errorCodes.ILLEGAL_GENERATION)
    expect((await joinAs(groupId, 'nobody')).errorCode).toBe(errorCodes.UNKNOWN_MEMBER_ID)
    expect((await joinAs('', '')).errorCode).toBe(errorCodes.INVALID_GROUP_ID)
    const refused = await client.request(joinGroup, 5, { groupId, memberId: '', sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 1000, protocolType: 'connect', protocols: [{ name: 'x', metadata: Buffer.alloc(0) }] })
    expect(refused.errorCode).toBe(errorCodes.INCONSISTENT_GROUP_PROTOCOL)
    const impatient = await client.request(joinGroup, 5, { groupId: `${groupId}2`, memberId: '', sessionTimeoutMs: 1, rebalanceTimeoutMs: 1000, protocolType: 'consumer', protocols: [{ name: 'x', metadata: Buffer.alloc(0) }] })
    expect(impatient.errorCode).toBe(errorCodes.INVALID_SESSION_TIMEOUT)
  })
})

describe('committed offsets', () => {
  test('should be kept by group, topic and partition, with metadata', async () => {
    const [groupId, topic] = [await newGroup(), await createTopic(client)]
    expect(await committed(groupId, topic.name)).toBe(-1)
    expect(await commit(groupId, topic.name, 42)).toBe(errorCodes.NONE)
    expect(await committed(groupId, topic.name)).toBe(42)
    const old = await client.request(offsetFetch, 5, { groupId, topics: [{ name: topic.name, partitionIndexes: [0] }] })
    expect(old.topics[0]!.partitions[0]).toMatchObject({ committedOffset: 42, metadata: 'note', errorCode: 0 })
    const all = await client.request(offsetFetch, 8, { groups: [{ groupId, topics: undefined }] })
    expect(all.groups[0]!.topics.map(({ name }) => name)).toEqual([topic.name])
  })

  test('should be addressed by topic id in version 10', async () => {
    const [groupId, topic] = [await newGroup(), await createTopic(client)]
    const answer = await client.request(offsetCommit, 10, { groupId, topics: [{ topicId: topic.id, partitions: [{ partitionIndex: 0, committedOffset: 7 }] }] })
    expect(answer.topics[0]).toMatchObject({ topicId: topic.id, partitions: [{ errorCode: 0 }] })
    const found = await client.request(offsetFetch, 10, { groups: [{ groupId, topics: [{ topicId: topic.id, partitionIndexes: [0] }] }] })
    expect(found.groups[0]!.topics[0]).toMatchObject({ topicId: topic.id, partitions: [{ committedOffset: 7 }] })
  })

  test('should only be taken from members of this generation while there are members, and with metadata that is not too long', async () => {
    const [groupId, topic] = [await newGroup(), await createTopic(client)]
    const { memberId, generationId } = await stableMember(groupId)
    expect(await commit(groupId, topic.name, 1)).toBe(errorCodes.UNKNOWN_MEMBER_ID)
    expect(await commit(groupId, topic.name, 1, { memberId, generation: generationId - 1 })).toBe(errorCodes.ILLEGAL_GENERATION)
    expect(await commit(groupId, topic.name, 1, { memberId, generation: generationId, metadata: 'x'.repeat(5000) })).toBe(errorCodes.OFFSET_METADATA_TOO_LARGE)
    expect(await commit(groupId, topic.name, 5, { memberId, generation: generationId })).toBe(errorCodes.NONE)
    expect(await committed(groupId, topic.name)).toBe(5)
  })

  test('should be deletable unless a member reads the topic', async () => {
    const [groupId, read, unread] = [await newGroup(), await createTopic(client), await createTopic(client)]
    await commit(groupId, read.name, 1)
    await commit(groupId, unread.name, 2)
    await stableMember(groupId, [read.name])
    const answer = await client.request(offsetDelete, 0, { groupId, topics: [read, unread].map(({ name }) => ({ name, partitions: [{ partitionIndex: 0 }] })) })
    const errors = new Map(answer.topics.map(({ name, partitions }) => [name, partitions[0]!.errorCode]))
    expect([errors.get(read.name), errors.get(unread.name)]).toEqual([errorCodes.GROUP_SUBSCRIBED_TO_TOPIC, errorCodes.NONE])
    expect([await committed(groupId, read.name), await committed(groupId, unread.name)]).toEqual([1, -1])
  })
})

describe('groups', () => {
  test('should be listed with their state and type', async () => {
    const [active, empty, topic] = [await newGroup(), await newGroup(), await createTopic(client)]
    await stableMember(active)
    await commit(empty, topic.name, 1)
    const found = async (statesFilter: string[]): Promise<string[]> => {
      const { groups } = await client.request(listGroups, 5, { statesFilter, typesFilter: ['classic'] })
      return groups.filter(({ groupId }) => groupId === active || groupId === empty).map(({ groupId, groupState }) => `${groupId} ${groupState}`).sort()
    }
    expect(await found([])).toEqual([`${active} Stable`, `${empty} Empty`].sort())
    expect(await found(['Stable'])).toEqual([`${active} Stable`])
  })

  test('should be deletable when they are empty', async () => {
    const [active, empty, topic] = [await newGroup(), await newGroup(), await createTopic(client)]
    await stableMember(active)
    await commit(empty, topic.name, 1)
    const { results } = await client.request(deleteGroups, 2, { groupsNames: [active, empty, `${empty}-no`] })
    const errors = new Map(results.map(({ groupId, errorCode }) => [groupId, errorCode]))
    expect([active, empty, `${empty}-no`].map((id) => errors.get(id))).toEqual([errorCodes.NON_EMPTY_GROUP, errorCodes.NONE, errorCodes.GROUP_ID_NOT_FOUND])
    expect(await committed(empty, topic.name)).toBe(-1)
  })

  test('should be dead when nobody knows them', async () => {
    const unknown = await newGroup()
    expect((await client.request(describeGroups, 5, { groups: [unknown] })).groups[0]).toMatchObject({ errorCode: 0, groupState: 'Dead' })
    expect((await client.request(describeGroups, 6, { groups: [unknown] })).groups[0]).toMatchObject({ errorCode: errorCodes.GROUP_ID_NOT_FOUND })
  })
})
