import { errorCodes } from '../../../lib/protocol/error-table.ts'
import { ClassicGroup } from '../../../lib/broker/groups/classic-group.ts'
import type { GroupHooks, JoinRequest } from '../../../lib/broker/groups/classic-group.ts'
import type { JoinAnswer, SyncAnswer } from '../../../lib/broker/groups/member.ts'

const group = (hooks: Partial<GroupHooks> = {}): ClassicGroup => new ClassicGroup('g', { initialRebalanceDelayMs: 0, maxSize: 100, changed: () => {}, ...hooks })

const request = (overrides: Partial<JoinRequest> = {}): JoinRequest => ({
  memberId: '',
  groupInstanceId: undefined,
  clientId: 'client',
  clientHost: '/127.0.0.1',
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 60_000,
  protocolType: 'consumer',
  protocols: [{ name: 'range', metadata: Buffer.from('m') }],
  requiresKnownMemberId: false,
  canSkipAssignment: true,
  ...overrides,
})

const sync = (of: ClassicGroup, joined: JoinAnswer, assignments: Record<string, string> = {}, groupInstanceId?: string): SyncAnswer | Promise<SyncAnswer> =>
  of.sync({
    memberId: joined.memberId,
    groupInstanceId,
    generationId: joined.generationId,
    protocolType: undefined,
    protocolName: undefined,
    assignments: Object.entries(assignments).map(([memberId, text]) => ({ memberId, assignment: Buffer.from(text) })),
  })

/** A group of one stable member. */
const stable = async (overrides: Partial<JoinRequest> = {}): Promise<{ of: ClassicGroup; leader: JoinAnswer }> => {
  const of = group()
  const leader = await of.join(request(overrides))
  await sync(of, leader, { [leader.memberId]: 'all' }, overrides.groupInstanceId)
  return { of, leader }
}

beforeEach(() => jest.useFakeTimers())
afterEach(() => jest.useRealTimers())

describe('a classic group', () => {
  test('should make the first member its leader and tell it, and nobody else, of all members', async () => {
    const { of, leader } = await stable()
    const second = of.join(request())
    const again = of.join(request({ memberId: leader.memberId }))
    const [joined, rejoined] = [await second, await again]
    expect(joined).toMatchObject({ generationId: 2, leader: leader.memberId, members: [], protocolName: 'range' })
    expect(rejoined.members.map(({ memberId }) => memberId)).toEqual([leader.memberId, joined.memberId])
  })

  test('should give a new member its id first when the client knows that error', async () => {
    const of = group()
    const refused = await of.join(request({ requiresKnownMemberId: true }))
    expect(refused.errorCode).toBe(errorCodes.MEMBER_ID_REQUIRED)
    expect(await of.join(request({ memberId: refused.memberId, requiresKnownMemberId: true }))).toMatchObject({ errorCode: 0, memberId: refused.memberId })
  })

  test('should hand out assignments once the leader has sent them', async () => {
    const { of, leader } = await stable()
    const second = of.join(request())
    const rejoined = await of.join(request({ memberId: leader.memberId }))
    const joined = await second
    const waiting = sync(of, joined)
    expect(of.state).toBe('CompletingRebalance')
    await sync(of, rejoined, { [leader.memberId]: 'mine', [joined.memberId]: 'yours' })
    expect((await waiting).assignment.toString()).toBe('yours')
    expect(of.state).toBe('Stable')
  })

  test('should tell members by their heartbeats that it rebalances', async () => {
    const { of, leader } = await stable()
    expect(of.heartbeat(leader.memberId, undefined, 1)).toBe(errorCodes.NONE)
    void of.join(request())
    expect(of.heartbeat(leader.memberId, undefined, 1)).toBe(errorCodes.REBALANCE_IN_PROGRESS)
    expect(of.heartbeat('nobody', undefined, 1)).toBe(errorCodes.UNKNOWN_MEMBER_ID)
    expect(of.heartbeat(leader.memberId, undefined, 9)).toBe(errorCodes.ILLEGAL_GENERATION)
  })

  test('should go on without members that do not rejoin within the rebalance time-out', async () => {
    const { of, leader } = await stable({ sessionTimeoutMs: 1_000_000, rebalanceTimeoutMs: 5000 })
    const second = of.join(request({ rebalanceTimeoutMs: 5000 }))
    jest.advanceTimersByTime(5000)
    const joined = await second
    expect(joined).toMatchObject({ generationId: 2, leader: joined.memberId })
    expect([...of.members.keys()]).toEqual([joined.memberId])
    expect(of.heartbeat(leader.memberId, undefined, 1)).toBe(errorCodes.UNKNOWN_MEMBER_ID)
  })

  test('should remove a member whose session ends, and become empty without members', async () => {
    const { of, leader } = await stable()
    jest.advanceTimersByTime(9000)
    of.heartbeat(leader.memberId, undefined, 1)
    jest.advanceTimersByTime(9000)
    expect(of.state).toBe('Stable')
    jest.advanceTimersByTime(1000)
    expect([of.state, of.members.size, of.generationId]).toEqual(['Empty', 0, 2])
  })

  test('should remove a member that joined but never asked for its assignment', async () => {
    const of = group()
    const first = await of.join(request({ sessionTimeoutMs: 1_000_000 }))
    jest.advanceTimersByTime(60_000)
    expect(of.members.has(first.memberId)).toBe(false)
  })

  test('should answer a member that asks again with the same metadata from the current generation', async () => {
    const { of, leader } = await stable()
    const second = of.join(request())
    const rejoined = await of.join(request({ memberId: leader.memberId }))
    const joined = await second
    const waiting = sync(of, joined)
    await sync(of, rejoined, {})
    await waiting
    expect(await of.join(request({ memberId: joined.memberId }))).toMatchObject({ generationId: 2, members: [] })
    expect(of.state).toBe('Stable')
  })

  test('should rebalance when its leader joins again, or a member with other metadata', async () => {
    const { of, leader } = await stable()
    expect(await of.join(request({ memberId: leader.memberId }))).toMatchObject({ generationId: 2 })
  })

  test('should choose the protocol that most members like best of those that all have', async () => {
    const of = group()
    const protocols = (...names: string[]): JoinRequest['protocols'] => names.map((name) => ({ name, metadata: Buffer.from(name) }))
    const first = await of.join(request({ protocols: protocols('sticky', 'range', 'roundrobin') }))
    const others = [of.join(request({ protocols: protocols('roundrobin', 'range') })), of.join(request({ protocols: protocols('roundrobin', 'range') }))]
    const again = await of.join(request({ memberId: first.memberId, protocols: protocols('sticky', 'range', 'roundrobin') }))
    await Promise.all(others)
    expect(again.protocolName).toBe('roundrobin')
    expect(again.members.map(({ metadata }) => metadata.toString())).toEqual(['roundrobin', 'roundrobin', 'roundrobin'])
  })

  test('should refuse a member without a protocol in common, or of another type', async () => {
    const { of } = await stable()
    expect(await of.join(request({ protocols: [{ name: 'other', metadata: Buffer.alloc(0) }] }))).toMatchObject({ errorCode: errorCodes.INCONSISTENT_GROUP_PROTOCOL })
    expect(await of.join(request({ protocolType: 'connect' }))).toMatchObject({ errorCode: errorCodes.INCONSISTENT_GROUP_PROTOCOL })
    expect(await of.join(request({ protocols: [] }))).toMatchObject({ errorCode: errorCodes.INCONSISTENT_GROUP_PROTOCOL })
  })

  test('should refuse members over its size', async () => {
    const of = group({ maxSize: 1 })
    await of.join(request())
    expect(await of.join(request())).toMatchObject({ errorCode: errorCodes.GROUP_MAX_SIZE_REACHED })
  })

  test('should wait for more members when it was empty and the initial delay says so', async () => {
    const of = group({ initialRebalanceDelayMs: 3000 })
    const joins = [of.join(request()), of.join(request())]
    jest.advanceTimersByTime(3000)
    const [first, second] = await Promise.all(joins)
    expect([first!.generationId, second!.generationId]).toEqual([1, 1])
    expect(first!.members.length).toBe(2)
  })

  test('should let a member leave, and the others rebalance', async () => {
    const { of, leader } = await stable()
    const second = of.join(request())
    await of.join(request({ memberId: leader.memberId }))
    const joined = await second
    expect(of.leave(joined.memberId, undefined)).toBe(errorCodes.NONE)
    expect(of.leave(joined.memberId, undefined)).toBe(errorCodes.UNKNOWN_MEMBER_ID)
    expect(of.state).toBe('PreparingRebalance')
  })

  test('should only take commits of its members of this generation, and of anybody while it has none', async () => {
    const of = group()
    expect(of.commitError('', undefined, -1)).toBe(errorCodes.NONE)
    const { of: full, leader } = await stable()
    expect(full.commitError('', undefined, -1)).toBe(errorCodes.UNKNOWN_MEMBER_ID)
    expect(full.commitError(leader.memberId, undefined, 0)).toBe(errorCodes.ILLEGAL_GENERATION)
    expect(full.commitError(leader.memberId, undefined, 1)).toBe(errorCodes.NONE)
  })
})

describe('a static member', () => {
  test('should get its assignment back under a new id, without a rebalance', async () => {
    const { of, leader } = await stable({ groupInstanceId: 'one' })
    const back = await of.join(request({ groupInstanceId: 'one' }))
    expect(back).toMatchObject({ errorCode: 0, generationId: 1, leader: back.memberId, skipAssignment: true })
    expect(back.memberId).not.toBe(leader.memberId)
    expect((await sync(of, back, {}, 'one')).assignment.toString()).toBe('all')
  })

  test('should be told that another leads, when it led and its client cannot skip the assignment', async () => {
    const { of, leader } = await stable({ groupInstanceId: 'one' })
    const back = await of.join(request({ groupInstanceId: 'one', canSkipAssignment: false }))
    expect(back).toMatchObject({ leader: leader.memberId, members: [], skipAssignment: false })
  })

  test('should fence its predecessor', async () => {
    const { of, leader } = await stable({ groupInstanceId: 'one' })
    await of.join(request({ groupInstanceId: 'one' }))
    expect(of.heartbeat(leader.memberId, 'one', 1)).toBe(errorCodes.FENCED_INSTANCE_ID)
    expect(of.commitError(leader.memberId, 'one', 1)).toBe(errorCodes.FENCED_INSTANCE_ID)
  })

  test('should be removed by its instance id alone', async () => {
    const { of } = await stable({ groupInstanceId: 'one' })
    expect(of.leave('', 'two')).toBe(errorCodes.UNKNOWN_MEMBER_ID)
    expect(of.leave('', 'one')).toBe(errorCodes.NONE)
    expect(of.state).toBe('Empty')
  })
})
