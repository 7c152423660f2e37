import { errorCodes } from '../../../../lib/protocol/error-table.ts'
import { restoreStreamsGroup, storeStreamsGroup } from '../../../../lib/broker/groups/streams/stored-streams-group.ts'
import { StreamsGroup } from '../../../../lib/broker/groups/streams/streams-group.ts'
import type { StreamsGroupHooks, StreamsGroupSettings, StreamsHeartbeat, StreamsHeartbeatAnswer } from '../../../../lib/broker/groups/streams/streams-group.ts'
import { tasksFromIds } from '../../../../lib/broker/groups/streams/streams-member.ts'
import { StreamsStatus } from '../../../../lib/broker/groups/streams/streams-topology.ts'
import type { StreamsTopology } from '../../../../lib/broker/groups/streams/streams-topology.ts'
import { NO_TASKS } from '../../../../lib/broker/groups/streams/task-assignor.ts'
import { FakeTopics } from '../../helpers/fake-topics.ts'

const topology: StreamsTopology = {
  epoch: 0,
  subtopologies: [{
    subtopologyId: '0', sourceTopics: ['in'], sourceTopicRegex: [], repartitionSinkTopics: [], repartitionSourceTopics: [], copartitionGroups: [],
    stateChangelogTopics: [{ name: 'log', partitions: 0, replicationFactor: 0, topicConfigs: [] }],
  }],
}

interface GroupOptions {
  readonly topics?: FakeTopics
  readonly settings?: Partial<StreamsGroupSettings>
  readonly now?: () => number
}

const hooks = ({ topics = new FakeTopics({ in: 4 }), settings = {}, now = () => Date.now() }: GroupOptions = {}): StreamsGroupHooks => ({
  maxSize: 10,
  settings: () => ({ sessionTimeoutMs: 45_000, heartbeatIntervalMs: 5_000, assignmentIntervalMs: 0, initialRebalanceDelayMs: 0, standbyReplicas: 0, ...settings }),
  topics,
  now,
  changed: () => {},
  createTopic: ({ name, partitions }) => topics.set(name, partitions) as undefined,
})

const group = (options?: GroupOptions): StreamsGroup => new StreamsGroup('g', hooks(options))

const beat = (of: StreamsGroup, memberId: string, memberEpoch: number, rest: Partial<StreamsHeartbeat> = {}): StreamsHeartbeatAnswer =>
  of.heartbeat({
    memberId, memberEpoch, endpointInformationEpoch: 0, rackId: undefined, rebalanceTimeoutMs: -1, topology: undefined, tasks: undefined, processId: undefined,
    userEndpoint: undefined, clientTags: undefined, taskOffsets: undefined, taskEndOffsets: undefined, shutdownApplication: false, clientId: 'c', clientHost: '/h', ...rest,
  })

const join = (of: StreamsGroup, memberId: string, rest: Partial<StreamsHeartbeat> = {}): StreamsHeartbeatAnswer =>
  beat(of, memberId, 0, { rebalanceTimeoutMs: 60_000, topology, tasks: NO_TASKS, processId: `p-${memberId}`, ...rest })

const active = ({ activeTasks }: StreamsHeartbeatAnswer): readonly number[] | undefined => activeTasks?.flatMap(({ partitions }) => partitions)
const has = (...partitions: number[]): Partial<StreamsHeartbeat> => ({ tasks: { ...NO_TASKS, active: tasksFromIds([{ subtopologyId: '0', partitions }]) } })

beforeEach(() => jest.useFakeTimers())
afterEach(() => jest.useRealTimers())

describe('a streams group', () => {
  test('should make the internal topics and give its first member all tasks', () => {
    const topics = new FakeTopics({ in: 4 })
    const of = group({ topics })
    const joined = join(of, 'm1')
    expect(joined).toMatchObject({ errorCode: 0, memberEpoch: 2, status: [], standbyTasks: [], warmupTasks: [] })
    expect(active(joined)).toEqual([0, 1, 2, 3])
    expect(topics.get('log')!.partitions).toHaveLength(4)
    expect(of.state).toBe('Stable')
  })

  test('should tell its members why they get nothing while a source topic is missing', () => {
    const topics = new FakeTopics()
    const of = group({ topics })
    const joined = join(of, 'm1')
    expect(joined).toMatchObject({ status: [{ statusCode: StreamsStatus.MISSING_SOURCE_TOPICS }], activeTasks: [] })
    expect(of.state).toBe('NotReady')
    topics.set('in', 2)
    const told = beat(of, 'm1', joined.memberEpoch)
    expect(told.status).toEqual([])
    expect(active(told)).toEqual([0, 1])
  })

  test('should move a task only after its member has let it go', () => {
    const of = group()
    join(of, 'm1')
    expect(active(join(of, 'm2'))).toEqual([])
    const asked = beat(of, 'm1', 2)
    expect(active(asked)).toHaveLength(2)
    expect(active(beat(of, 'm2', 3))).toBeUndefined()
    expect(beat(of, 'm1', 2, has(...active(asked)!))).toMatchObject({ memberEpoch: 3 })
    expect(active(beat(of, 'm2', 3))).toHaveLength(2)
  })

  test('should give standbys to other processes only', () => {
    const of = group({ settings: { standbyReplicas: 1 } })
    join(of, 'm1', { processId: 'p' })
    join(of, 'm2', { processId: 'p' })
    expect([...of.target.values()].map(({ standby }) => standby.size)).toEqual([0, 0])
    join(of, 'm3', { processId: 'q' })
    expect([...of.target.values()].reduce((sum, { standby }) => sum + (standby.get('0')?.size ?? 0), 0)).toBe(4)
  })

  test('should wait for further members when it is told to', () => {
    let nowMs = 0
    const of = group({ settings: { initialRebalanceDelayMs: 3_000 }, now: () => nowMs })
    expect(join(of, 'm1')).toMatchObject({ activeTasks: [], status: [{ statusCode: StreamsStatus.ASSIGNMENT_DELAYED }] })
    nowMs = 3_000
    expect(active(join(of, 'm2'))).toEqual([1, 3])
  })

  test('should refuse another topology, and tell members of an older one', () => {
    const of = group()
    join(of, 'm1', { topology: { ...topology, epoch: 1 } })
    expect(join(of, 'm2', { topology: { ...topology, epoch: 2 } })).toMatchObject({ errorCode: errorCodes.INVALID_REQUEST, errorMessage: 'Topology updates are not supported yet.' })
    expect(join(of, 'm2')).toMatchObject({ errorCode: 0, status: [{ statusCode: StreamsStatus.STALE_TOPOLOGY }] })
  })

  test('should tell everybody when one member wants the application to end', () => {
    const of = group()
    join(of, 'm1')
    join(of, 'm2')
    beat(of, 'm1', 2, { shutdownApplication: true })
    expect(beat(of, 'm2', 3).status).toMatchObject([{ statusCode: StreamsStatus.SHUTDOWN_APPLICATION }])
  })

  test('should tell where the partitions of others are to be asked for', () => {
    const of = group()
    join(of, 'm1', { userEndpoint: { host: 'h', port: 80 } })
    expect(join(of, 'm2', { endpointInformationEpoch: -1 })).toMatchObject({
      partitionsByUserEndpoint: [{ userEndpoint: { host: 'h', port: 80 }, activePartitions: [{ topic: 'in', partitions: [0, 1, 2, 3] }], standbyPartitions: [] }],
    })
  })

  test('should forget members that are silent, and fence those of other epochs', () => {
    const of = group()
    join(of, 'm1')
    expect(beat(of, 'm1', 9)).toMatchObject({ errorCode: errorCodes.FENCED_MEMBER_EPOCH })
    jest.advanceTimersByTime(45_001)
    expect(beat(of, 'm1', 2)).toMatchObject({ errorCode: errorCodes.UNKNOWN_MEMBER_ID })
    expect(of.state).toBe('Empty')
  })

  test('should let a member commit what it has had since an older epoch', () => {
    const of = group()
    join(of, 'm1')
    join(of, 'm2')
    const kept = active(beat(of, 'm1', 2))!
    beat(of, 'm1', 2, has(...kept))
    expect(of.commitRefusal('m1', 3, 9)).toBe(errorCodes.NONE)
    const older = of.commitRefusal('m1', 2, 9) as (topicId: string, partition: number) => number
    expect([0, 1, 2, 3].filter((partition) => older('in', partition) === errorCodes.NONE)).toEqual(kept)
    expect(older('out', 0)).toBe(errorCodes.STALE_MEMBER_EPOCH)
  })

  test('should go on after a restart as if nothing had been', () => {
    const topics = new FakeTopics({ in: 4 })
    const of = group({ topics })
    join(of, 'm1')
    join(of, 'm2')
    const kept = active(beat(of, 'm1', 2))!
    const again = restoreStreamsGroup('g', JSON.parse(JSON.stringify(storeStreamsGroup(of))), hooks({ topics }))
    expect(beat(again, 'm1', 2, has(...kept))).toMatchObject({ errorCode: 0, memberEpoch: 3 })
    expect(active(beat(again, 'm2', 3))).toHaveLength(2)
    expect(again.epoch).toBe(3)
  })
})
