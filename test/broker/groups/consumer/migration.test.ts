import { errorCodes } from '../../../../lib/protocol/error-table.ts'
import {
  consumerGroupDescribe, consumerGroupHeartbeat, decodeConsumerAssignment, describeGroups, encodeConsumerAssignment, encodeConsumerSubscription, heartbeat, joinGroup, leaveGroup, syncGroup,
} from '../../../../lib/protocol/index.ts'
import type { ResponseOf } from '../../../../lib/protocol/index.ts'
import { Broker } from '../../../../lib/broker/index.ts'
import type { BrokerOptions } from '../../../../lib/broker/index.ts'
import { RawClient } from '../../helpers/raw-client.ts'
import { createTopic } from '../../helpers/topics.ts'

let broker: Broker
let client: RawClient
let topic: string

const start = async (config: BrokerOptions['config'] = {}): Promise<void> => {
  broker = await Broker.start({ config })
  client = await RawClient.connect(broker.address)
  topic = (await createTopic(client, 4)).name
}

afterEach(async () => {
  client.close()
  await broker.close()
})

/** Members of the classic protocol that assign cooperatively: `owned` is what they hold. */
const classicJoin = (memberId: string, owned: number[] = []): Promise<ResponseOf<typeof joinGroup>> => {
  const metadata = encodeConsumerSubscription({ topics: [topic], userData: undefined, ownedPartitions: [{ topic, partitions: owned }], generationId: -1 })
  return client.request(joinGroup, 3, { groupId: 'g', memberId, sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 10_000, protocolType: 'consumer', protocols: [{ name: 'cooperative-sticky', metadata }] })
}

const classicSync = async (memberId: string, generationId: number, assignments: { memberId: string; assignment: Buffer }[] = []): Promise<number[]> => {
  const { errorCode, assignment } = await client.request(syncGroup, 3, { groupId: 'g', memberId, generationId, assignments })
  expect(errorCode).toBe(errorCodes.NONE)
  return decodeConsumerAssignment(assignment).assignedPartitions.flatMap(({ partitions }) => partitions)
}

const classicBeat = async (memberId: string, generationId: number): Promise<number> => (await client.request(heartbeat, 3, { groupId: 'g', memberId, generationId })).errorCode

const consumerBeat = (memberId: string, memberEpoch: number, rest: object = {}): Promise<ResponseOf<typeof consumerGroupHeartbeat>> =>
  client.request(consumerGroupHeartbeat, 1, { groupId: 'g', memberId, memberEpoch, ...rest })

const consumerJoin = (memberId: string): Promise<ResponseOf<typeof consumerGroupHeartbeat>> =>
  consumerBeat(memberId, 0, { rebalanceTimeoutMs: 10_000, subscribedTopicNames: [topic], topicPartitions: [] })

const given = ({ assignment }: ResponseOf<typeof consumerGroupHeartbeat>): readonly number[] => assignment?.topicPartitions.flatMap(({ partitions }) => partitions) ?? []

/** A classic group of one member that holds everything. */
const classicGroup = async (): Promise<ResponseOf<typeof joinGroup>> => {
  const joined = await classicJoin('')
  const all = encodeConsumerAssignment({ assignedPartitions: [{ topic, partitions: [0, 1, 2, 3] }], userData: undefined })
  expect(await classicSync(joined.memberId, joined.generationId, [{ memberId: joined.memberId, assignment: all }])).toEqual([0, 1, 2, 3])
  return joined
}

/** A member of each protocol, with two partitions each. Their ids and epochs. */
const mixedGroup = async (): Promise<{ classicId: string; generationId: number; epoch: number }> => {
  const { memberId, generationId } = await classicGroup()
  const joined = await consumerJoin('c')
  expect([joined.errorCode, given(joined)]).toEqual([0, []])
  expect(await classicBeat(memberId, generationId)).toBe(errorCodes.REBALANCE_IN_PROGRESS)
  const asked = await classicJoin(memberId, [0, 1, 2, 3])
  const kept = await classicSync(memberId, asked.generationId)
  expect(kept).toHaveLength(2)
  expect(given(await consumerBeat('c', joined.memberEpoch))).toEqual([])
  expect(await classicBeat(memberId, asked.generationId)).toBe(errorCodes.REBALANCE_IN_PROGRESS)
  const settled = await classicJoin(memberId, kept)
  expect(await classicSync(memberId, settled.generationId)).toEqual(kept)
  expect(await classicBeat(memberId, settled.generationId)).toBe(errorCodes.NONE)
  const rest = await consumerBeat('c', joined.memberEpoch)
  expect([...kept, ...given(rest)].sort()).toEqual([0, 1, 2, 3])
  return { classicId: memberId, generationId: settled.generationId, epoch: rest.memberEpoch }
}

describe('a group that moves from one protocol to the other', () => {
  test('should take its classic members along, who give up partitions one rebalance after the other', async () => {
    await start()
    await mixedGroup()
    const { groups } = await client.request(consumerGroupDescribe, 1, { groupIds: ['g'], includeAuthorizedOperations: false })
    expect(groups[0]).toMatchObject({ groupState: 'Stable' })
    expect(groups[0]!.members.map(({ memberType }) => memberType).sort()).toEqual([0, 1])
  })

  test('should give everything to the new members when the last classic one has left', async () => {
    await start()
    const { classicId, epoch } = await mixedGroup()
    expect((await client.request(leaveGroup, 3, { groupId: 'g', members: [{ memberId: classicId }] })).members[0]!.errorCode).toBe(errorCodes.NONE)
    expect(given(await consumerBeat('c', epoch))).toEqual([0, 1, 2, 3])
  })

  test('should be a classic group again when the last new member has left, and rebalance', async () => {
    await start()
    const { classicId, generationId } = await mixedGroup()
    expect((await consumerBeat('c', -1)).errorCode).toBe(errorCodes.NONE)
    expect(await classicBeat(classicId, generationId)).toBe(errorCodes.REBALANCE_IN_PROGRESS)
    const rejoined = await classicJoin(classicId)
    expect(rejoined).toMatchObject({ errorCode: 0, leader: classicId })
    expect(rejoined.generationId).toBeGreaterThan(generationId)
    const { groups } = await client.request(describeGroups, 5, { groups: ['g'] })
    expect(groups[0]).toMatchObject({ protocolType: 'consumer', groupState: 'CompletingRebalance' })
  })

  test('should not move when the broker does not allow it', async () => {
    await start({ 'group.consumer.migration.policy': 'disabled' })
    const { memberId, generationId } = await classicGroup()
    expect(await consumerJoin('c')).toMatchObject({ errorCode: errorCodes.GROUP_ID_NOT_FOUND })
    expect(await classicBeat(memberId, generationId)).toBe(errorCodes.NONE)
  })

  test('should move at once while it has no members', async () => {
    await start({ 'group.consumer.migration.policy': 'disabled' })
    const { memberId } = await classicGroup()
    await client.request(leaveGroup, 2, { groupId: 'g', memberId })
    expect(given(await consumerJoin('c'))).toEqual([0, 1, 2, 3])
    await consumerBeat('c', -1)
    expect(await classicJoin('')).toMatchObject({ errorCode: 0, protocolName: 'cooperative-sticky' })
  })
})
