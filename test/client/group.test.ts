import { silentLogger } from '../../lib/core/log.ts'
import { GroupMember } from '../../lib/client/group.ts'
import type { Cluster } from '../../lib/client/cluster.ts'
import type { GroupMemberOptions } from '../../lib/client/types.ts'
import { errorCodes } from '../../lib/protocol/error-table.ts'
import { TestCluster, unique, until } from './test-cluster.ts'

const OFFSET_COMMIT = 8
const JOIN = 11
const HEARTBEAT = 12

let kafka: TestCluster

beforeAll(async () => {
  kafka = await TestCluster.start()
})

afterAll(() => kafka.close())

interface Watched {
  readonly member: GroupMember
  /** What the owner was told, in order. */
  readonly told: string[]
}

const members: GroupMember[] = []

afterEach(async () => {
  await Promise.all(members.splice(0).map((member) => member.leave({ force: true })))
})

/** A member that gets `share of <n>` and notes what it is told. */
const watch = (groupId: string, name: string, options: Partial<GroupMemberOptions> = {}, cluster: Cluster = kafka.cluster): Watched => {
  const told: string[] = []
  const member = new GroupMember(cluster, {
    groupId,
    protocolType: 'test',
    sessionTimeoutMs: 6000,
    rebalanceTimeoutMs: 6000,
    heartbeatIntervalMs: 50,
    protocols: [{ name: 'test', metadata: () => Buffer.from(name) }],
    assign: (_me, _protocol, all) => new Map(all.map(({ memberId, metadata }) => [memberId, Buffer.from(`share of ${metadata.toString()} among ${all.length}`)])),
    onAssignment: (assignment) => void told.push(assignment.toString()),
    onRevoke: () => void told.push('revoke'),
    onLost: (error) => void told.push(`lost: ${error.kafkaName}`),
    onError: (error) => void told.push(`error: ${error.kafkaName}`),
    ...options,
  })
  members.push(member)
  return { member, told }
}

const stable = (...all: Watched[]): Promise<void> =>
  until(() => all.every(({ member }) => member.state === 'stable' && member.generation === all[0]!.member.generation))

describe('GroupMember', () => {
  test('should share a group with another member, in generations that both know', async () => {
    const group = unique('two')
    const a = watch(group, 'a')
    await a.member.join()
    expect(a.told).toEqual(['share of a among 1'])
    expect(a.member).toMatchObject({ state: 'stable', isLeader: true })
    const b = watch(group, 'b')
    await b.member.join()
    await stable(a, b)
    expect(a.told).toEqual(['share of a among 1', 'revoke', 'share of a among 2'])
    expect(b.told).toEqual(['share of b among 2'])
    expect(b.member.isLeader).toBe(false)
    await b.member.leave()
    await until(() => a.told.at(-1) === 'share of a among 1')
    expect(b.member).toMatchObject({ state: 'closed', generation: -1 })
  })

  test('should commit and fetch offsets in the name of its generation', async () => {
    const topic = await kafka.topic('commit', { numPartitions: 2 })
    const { member } = watch(unique('commit'), 'a')
    await member.join()
    await member.commitOffsets(new Map([[`${topic}-1`, { offset: 42, metadata: 'so far', leaderEpoch: 0 }]]))
    const fetched = await member.fetchOffsets([{ topic, partition: 0 }, { topic, partition: 1 }])
    expect([...fetched]).toEqual([[`${topic}-1`, { offset: 42, metadata: 'so far', leaderEpoch: 0 }]])
  })

  test('should join again with fresh metadata when its owner asks for it', async () => {
    let name = 'before'
    const a = watch(unique('rejoin'), '', { protocols: [{ name: 'test', metadata: () => Buffer.from(name) }] })
    await a.member.join()
    const { generation } = a.member
    name = 'after'
    a.member.requestRejoin('something changed')
    a.member.requestRejoin('twice')
    await until(() => a.told.includes('share of after among 1'))
    expect(a.told).toEqual(['share of before among 1', 'revoke', 'share of after among 1'])
    expect(a.member.generation).toBe(generation + 1)
  })

  test('should let its owner work on the old generation until it is done revoking, heartbeats going on', async () => {
    const topic = await kafka.topic('revoke')
    const group = unique('revoke')
    let release = (): void => {}
    const slow = new Promise<void>((resolve) => (release = resolve))
    let committed = false
    const a: Watched = watch(group, 'a', {
      sessionTimeoutMs: 6000,
      onRevoke: async () => {
        await slow
        await a.member.commitOffsets(new Map([[`${topic}-0`, { offset: 1 }]]))
        committed = true
      },
    })
    await a.member.join()
    const b = watch(group, 'b')
    const joined = b.member.join()
    await until(() => a.member.state === 'joining')
    expect(b.told).toEqual([])
    release()
    await joined
    expect(committed).toBe(true)
    expect((await b.member.fetchOffsets([{ topic, partition: 0 }])).get(`${topic}-0`)?.offset).toBe(1)
  })

  test('should never force a cooperative owner to give anything up', async () => {
    const group = unique('cooperative')
    const a = watch(group, 'a', { onRevoke: undefined })
    await a.member.join()
    const b = watch(group, 'b', { onRevoke: undefined })
    await b.member.join()
    await stable(a, b)
    expect(a.told).toEqual(['share of a among 1', 'share of a among 2'])
  })

  test('should keep its place without a rebalance when it comes back as a static member', async () => {
    const group = unique('static')
    const a = watch(group, 'a')
    const b = watch(group, 'b', { groupInstanceId: 'b' })
    await a.member.join()
    await b.member.join()
    await stable(a, b)
    const { generation } = a.member
    await b.member.leave()
    const again = watch(group, 'b', { groupInstanceId: 'b' })
    await again.member.join()
    expect(again.told).toEqual(['share of b among 2'])
    expect([a.member.generation, again.member.generation]).toEqual([generation, generation])
  })

  test('should end when another takes its static place', async () => {
    const group = unique('fenced')
    const first = watch(group, 'first', { groupInstanceId: 'same' })
    await first.member.join()
    const second = watch(group, 'second', { groupInstanceId: 'same' })
    await second.member.join()
    await until(() => first.member.state === 'failed')
    expect(first.told).toEqual(['share of first among 1', 'lost: FENCED_INSTANCE_ID', 'error: FENCED_INSTANCE_ID'])
    await expect(first.member.commitOffsets(new Map([['t-0', { offset: 1 }]]))).rejects.toMatchObject({ code: 'MILLRACE_CLIENT_MEMBER_FENCED' })
  })

  test('should refuse to commit when it is in no generation', async () => {
    const { member } = watch(unique('outside'), 'a')
    await expect(member.commitOffsets(new Map([['t-0', { offset: 1 }]]))).rejects.toMatchObject({ code: 'MILLRACE_CLIENT_COMMIT_FAILED' })
    await member.join()
    await member.leave()
    await expect(member.commitOffsets(new Map([['t-0', { offset: 1 }]]))).rejects.toMatchObject({ code: 'MILLRACE_CLIENT_COMMIT_FAILED' })
  })

  test('should fail for good when the group speaks another protocol', async () => {
    const group = unique('protocol')
    const a = watch(group, 'a')
    await a.member.join()
    const b = watch(group, 'b', { protocols: [{ name: 'other', metadata: () => Buffer.alloc(0) }] })
    await expect(b.member.join()).rejects.toMatchObject({ kafkaName: 'INCONSISTENT_GROUP_PROTOCOL' })
    expect(b.told).toEqual(['error: INCONSISTENT_GROUP_PROTOCOL'])
  })

  test('should try again when assigning failed', async () => {
    let attempts = 0
    const a = watch(unique('assign'), 'a', {
      assign: async (me) => {
        if (++attempts < 3) throw new Error('topics are not ready')
        return new Map([[me, Buffer.from('at last')]])
      },
    })
    await a.member.join()
    expect(a.told).toEqual(['at last'])
  })

  test('should say in the log that it cannot join when that goes on for a while', async () => {
    const warnings: string[] = []
    const logger = { ...silentLogger, warn: (fields: object, message = '') => void warnings.push(`${message}: ${JSON.stringify(fields)}`) }
    let attempts = 0
    const a = watch(unique('hard'), 'a', {
      assign: async (me) => {
        if (++attempts < 15) throw new Error('topics are not ready')
        return new Map([[me, Buffer.from('at last')]])
      },
    }, kafka.open({ logger, retryBackoffMs: 1, retryBackoffMaxMs: 2 }))
    await a.member.join()
    expect(warnings).toEqual([expect.stringMatching(/^joining the group again: .*"attempts":10/)])
  })

  test('should leave while it waits for others', async () => {
    const group = unique('waiting')
    let release = (): void => {}
    const slow = new Promise<void>((resolve) => (release = resolve))
    const a = watch(group, 'a', { onRevoke: () => slow })
    await a.member.join()
    const b = watch(group, 'b')
    const joined = b.member.join()
    await until(() => a.member.state === 'joining')
    await b.member.leave()
    await expect(joined).rejects.toMatchObject({ code: 'MILLRACE_CLIENT_CLOSED' })
    release()
  })
})

describe('GroupMember on a coordinator that fails', () => {
  let faulty: TestCluster

  beforeAll(async () => {
    faulty = await TestCluster.embedded()
  })

  afterAll(() => faulty.close())

  const once = (apiKey: number, error: number): void => {
    const stop = faulty.broker!.control(apiKey, () => {
      stop()
      return { error }
    })
  }

  test('should tell its owner that the membership lapsed and join anew when the coordinator forgot it', async () => {
    const a = watch(unique('forgotten'), 'a', { sessionTimeoutMs: 500 }, faulty.cluster)
    await a.member.join()
    once(HEARTBEAT, errorCodes.UNKNOWN_MEMBER_ID)
    await until(() => a.told.length === 3)
    expect(a.told).toEqual(['share of a among 1', 'lost: UNKNOWN_MEMBER_ID', expect.stringContaining('share of a') as string])
  })

  test('should tell who commits that the group went on without it', async () => {
    const topic = await faulty.topic('illegal')
    const a = watch(unique('illegal'), 'a', { heartbeatIntervalMs: 3000 }, faulty.cluster)
    await a.member.join()
    once(OFFSET_COMMIT, errorCodes.ILLEGAL_GENERATION)
    const commit = (): Promise<void> => a.member.commitOffsets(new Map([[`${topic}-0`, { offset: 1 }]]))
    await expect(commit()).rejects.toMatchObject({ code: 'MILLRACE_CLIENT_COMMIT_FAILED', kafkaName: 'ILLEGAL_GENERATION', retriable: false })
    await until(() => a.told.length === 3)
    expect(a.told[1]).toBe('lost: ILLEGAL_GENERATION')
    await commit()
  })

  test('should report a commit during a rebalance as one to repeat, and rejoin', async () => {
    const topic = await faulty.topic('rebalancing')
    const a = watch(unique('rebalancing'), 'a', { heartbeatIntervalMs: 3000 }, faulty.cluster)
    await a.member.join()
    once(OFFSET_COMMIT, errorCodes.REBALANCE_IN_PROGRESS)
    const offsets = new Map([[`${topic}-0`, { offset: 1 }]])
    await expect(a.member.commitOffsets(offsets)).rejects.toMatchObject({ code: 'MILLRACE_CLIENT_REBALANCE_IN_PROGRESS', retriable: true })
    await until(() => a.told.length === 3)
    await a.member.commitOffsets(offsets)
  })

  test('should repeat commits and joins when the coordinator is not ready', async () => {
    const topic = await faulty.topic('loading')
    once(JOIN, errorCodes.COORDINATOR_LOAD_IN_PROGRESS)
    const a = watch(unique('loading'), 'a', {}, faulty.cluster)
    await a.member.join()
    once(OFFSET_COMMIT, errorCodes.NOT_COORDINATOR)
    await a.member.commitOffsets(new Map([[`${topic}-0`, { offset: 1 }]]))
    expect(a.told).toEqual(['share of a among 1'])
  })
})
