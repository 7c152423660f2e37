import { errorCodes } from '../../../../lib/protocol/error-table.ts'
import { ConsumerGroup } from '../../../../lib/broker/groups/consumer/consumer-group.ts'
import type { ConsumerGroupHooks, ConsumerHeartbeat } from '../../../../lib/broker/groups/consumer/consumer-group.ts'
import type { MemberHeartbeatAnswer } from '../../../../lib/broker/groups/consumer/topic-partitions.ts'
import { restoreConsumerGroup, storeConsumerGroup } from '../../../../lib/broker/groups/consumer/stored-consumer-group.ts'
import { FakeTopics } from '../../helpers/fake-topics.ts'

const topics = (count = 4): FakeTopics => new FakeTopics({ t: count })

const hooks = (of: Partial<ConsumerGroupHooks> = {}): ConsumerGroupHooks => ({
  maxSize: 10,
  assignors: ['uniform', 'range'],
  settings: () => ({ sessionTimeoutMs: 45_000, heartbeatIntervalMs: 5_000, assignmentIntervalMs: 0 }),
  topics: topics(),
  now: () => Date.now(),
  changed: () => {},
  onlyClassicLeft: () => {},
  ...of,
})

const beat = (of: ConsumerGroup, memberId: string, memberEpoch: number, rest: Partial<ConsumerHeartbeat> = {}): MemberHeartbeatAnswer =>
  of.heartbeat({
    memberId, memberEpoch, instanceId: undefined, rackId: undefined, rebalanceTimeoutMs: -1, subscribedTopicNames: undefined, subscribedTopicRegex: undefined,
    serverAssignor: undefined, topicPartitions: undefined, clientId: 'c', clientHost: '/h', ...rest,
  })

const join = (of: ConsumerGroup, memberId: string, rest: Partial<ConsumerHeartbeat> = {}): MemberHeartbeatAnswer =>
  beat(of, memberId, 0, { rebalanceTimeoutMs: 60_000, subscribedTopicNames: ['t'], topicPartitions: [], ...rest })

const given = (answer: MemberHeartbeatAnswer): readonly number[] | undefined => answer.assignment?.topicPartitions.flatMap(({ partitions }) => partitions)
const owns = (...partitions: number[]): Partial<ConsumerHeartbeat> => ({ topicPartitions: partitions.length === 0 ? [] : [{ topicId: 't', partitions }] })

beforeEach(() => jest.useFakeTimers())
afterEach(() => jest.useRealTimers())

/** A group whose epochs are counted from 1, not from 2 as Kafka's, to be read more easily. */
const newGroup = (groupHooks: ConsumerGroupHooks): ConsumerGroup => {
  const group = new ConsumerGroup('g', groupHooks)
  group.epoch = 0
  return group
}

describe('a consumer group', () => {
  test('should give its first member everything', () => {
    const group = newGroup(hooks())
    const joined = join(group, 'm1')
    expect(joined).toMatchObject({ errorCode: 0, memberId: 'm1', memberEpoch: 1, heartbeatIntervalMs: 5_000 })
    expect(given(joined)).toEqual([0, 1, 2, 3])
    expect(group.state).toBe('Stable')
  })

  test('should say what a member shall have only when that changed, or the member says all about itself', () => {
    const group = newGroup(hooks())
    join(group, 'm1')
    expect(given(beat(group, 'm1', 1))).toBeUndefined()
    expect(given(beat(group, 'm1', 1, { rebalanceTimeoutMs: 60_000, subscribedTopicNames: ['t'], ...owns(0, 1, 2, 3) }))).toEqual([0, 1, 2, 3])
  })

  test('should give a partition to the next member only after the last one has let it go', () => {
    const group = newGroup(hooks())
    join(group, 'm1')
    expect(given(join(group, 'm2'))).toEqual([])
    const asked = beat(group, 'm1', 1)
    expect([asked.memberEpoch, given(asked)?.length]).toEqual([1, 2])
    expect(given(beat(group, 'm2', 2))).toBeUndefined()
    expect(beat(group, 'm1', 1, owns(...given(asked)!))).toMatchObject({ memberEpoch: 2 })
    expect(given(beat(group, 'm2', 2))?.length).toBe(2)
    expect(group.state).toBe('Stable')
  })

  test('should refuse epochs that are not the member\'s, but for the last one when its answer was lost', () => {
    const group = newGroup(hooks())
    join(group, 'm1')
    expect(beat(group, 'm1', 7)).toMatchObject({ errorCode: errorCodes.FENCED_MEMBER_EPOCH })
    join(group, 'm2')
    const kept = given(beat(group, 'm1', 1))!
    beat(group, 'm1', 1, owns(...kept))
    expect(beat(group, 'm1', 1)).toMatchObject({ errorCode: errorCodes.FENCED_MEMBER_EPOCH })
    expect(beat(group, 'm1', 1, owns(...kept))).toMatchObject({ errorCode: 0, memberEpoch: 2 })
    expect(beat(group, 'nobody', 1)).toMatchObject({ errorCode: errorCodes.UNKNOWN_MEMBER_ID, errorMessage: 'Member nobody is not a member of group g.' })
  })

  test('should forget a member that is silent for the session time-out', () => {
    const group = newGroup(hooks())
    join(group, 'm1')
    join(group, 'm2')
    jest.advanceTimersByTime(44_000)
    beat(group, 'm2', 2)
    jest.advanceTimersByTime(2_000)
    expect([...group.members.keys()]).toEqual(['m2'])
    expect(given(beat(group, 'm2', 2))).toEqual([0, 1, 2, 3])
  })

  test('should forget a member that does not give up partitions within its rebalance time-out', () => {
    const group = newGroup(hooks({ settings: () => ({ sessionTimeoutMs: 100_000, heartbeatIntervalMs: 1, assignmentIntervalMs: 0 }) }))
    join(group, 'm1')
    join(group, 'm2')
    beat(group, 'm1', 1)
    jest.advanceTimersByTime(60_001)
    expect([...group.members.keys()]).toEqual(['m2'])
  })

  test('should assign anew when a topic gets partitions or comes to be', () => {
    const known = topics(2)
    const group = newGroup(hooks({ topics: known }))
    join(group, 'm1', { subscribedTopicNames: ['t', 'later'] })
    known.set('other', 5)
    expect(beat(group, 'm1', 1)).toMatchObject({ memberEpoch: 1 })
    known.set('t', 3)
    known.set('later', 1)
    const told = beat(group, 'm1', 1)
    expect(told.memberEpoch).toBe(2)
    expect(given(told)).toHaveLength(4)
  })

  test('should assign the topics that match a pattern', () => {
    const known = topics()
    const group = newGroup(hooks({ topics: known }))
    expect(given(join(group, 'm1', { subscribedTopicNames: undefined, subscribedTopicRegex: 't|u' }))).toHaveLength(4)
    known.set('u', 1)
    expect(given(beat(group, 'm1', 1))).toHaveLength(5)
  })

  test('should use the assignor that most members ask for', () => {
    const group = newGroup(hooks())
    join(group, 'm1')
    expect(group.assignor).toBe('uniform')
    join(group, 'm2', { serverAssignor: 'range' })
    expect(group.assignor).toBe('range')
  })

  test('should make targets no more often than it is told to', () => {
    let nowMs = 0
    const group = newGroup(hooks({ now: () => nowMs, settings: () => ({ sessionTimeoutMs: 45_000, heartbeatIntervalMs: 1, assignmentIntervalMs: 1_000 }) }))
    join(group, 'm1')
    nowMs = 500
    expect(join(group, 'm2')).toMatchObject({ memberEpoch: 1 })
    expect(group.state).toBe('Assigning')
    nowMs = 1_000
    expect(beat(group, 'm2', 1)).toMatchObject({ memberEpoch: 2 })
  })

  test('should take no more members than it may', () => {
    const group = newGroup(hooks({ maxSize: 1 }))
    join(group, 'm1')
    expect(join(group, 'm2')).toMatchObject({ errorCode: errorCodes.GROUP_MAX_SIZE_REACHED })
    expect(join(group, 'm1')).toMatchObject({ errorCode: 0 })
  })

  test('should keep the place of a static member that leaves for a moment', () => {
    const group = newGroup(hooks())
    join(group, 'm1', { instanceId: 'i' })
    expect(join(group, 'm2', { instanceId: 'i' })).toMatchObject({ errorCode: errorCodes.UNRELEASED_INSTANCE_ID })
    expect(beat(group, 'm1', -2, { instanceId: 'i' })).toMatchObject({ errorCode: 0, memberEpoch: -2 })
    const back = join(group, 'm2', { instanceId: 'i' })
    expect(back).toMatchObject({ errorCode: 0, memberEpoch: 1 })
    expect(given(back)).toHaveLength(4)
    expect(beat(group, 'm1', 1, { instanceId: 'i' })).toMatchObject({ errorCode: errorCodes.FENCED_INSTANCE_ID })
  })

  test('should let a member commit in an older epoch what it has had since then', () => {
    const group = newGroup(hooks())
    join(group, 'm1')
    join(group, 'm2')
    const kept = given(beat(group, 'm1', 1))!
    beat(group, 'm1', 1, owns(...kept))
    expect(group.commitRefusal('m1', 2, 9)).toBe(errorCodes.NONE)
    expect(group.commitRefusal('m1', 3, 9)).toBe(errorCodes.STALE_MEMBER_EPOCH)
    expect(group.commitRefusal('m1', 2, 8)).toBe(errorCodes.UNSUPPORTED_VERSION)
    expect(group.commitRefusal('', -1, 9)).toBe(errorCodes.UNKNOWN_MEMBER_ID)
    const older = group.commitRefusal('m1', 1, 9) as (topicId: string, partition: number) => number
    expect([0, 1, 2, 3].map((partition) => older('t', partition) === errorCodes.NONE)).toEqual([0, 1, 2, 3].map((partition) => kept.includes(partition)))
  })

  test('should go on after a restart as if nothing had been', () => {
    const known = topics()
    const group = newGroup(hooks({ topics: known }))
    join(group, 'm1', { instanceId: 'i' })
    join(group, 'm2')
    const kept = given(beat(group, 'm1', 1, { instanceId: 'i' }))!
    const again = restoreConsumerGroup('g', JSON.parse(JSON.stringify(storeConsumerGroup(group))), hooks({ topics: known }))
    expect(beat(again, 'm1', 1, { instanceId: 'i', ...owns(...kept) })).toMatchObject({ errorCode: 0, memberEpoch: 2 })
    expect(given(beat(again, 'm2', 2))).toHaveLength(2)
    expect(again.epoch).toBe(2)
  })
})
