import { KafkaStreamsAssignment, TaskAssignmentUtils } from '../../lib/index.ts'
import type { ApplicationState, AssignmentError, KafkaStreams, TaskAssignment, TaskAssignor } from '../../lib/index.ts'
import { Apps, eventually, keyCount, untilState } from './helpers/apps.ts'
import { TestCluster } from './helpers/test-cluster.ts'

const tasksOf = (streams: KafkaStreams, kind: 'activeTasks' | 'standbyTasks' = 'activeTasks'): string[] =>
  streams.metadataForLocalThreads().flatMap((thread) => thread[kind].map(({ taskId }) => taskId)).sort()

/** All work for the instance with the smallest port; the others have the standbys. */
class OneForAll implements TaskAssignor {
  readonly computed: [members: number, topics: string[], error: AssignmentError][] = []
  readonly lags: number[] = []
  followUpAfterMs: number | undefined

  async assign(state: ApplicationState): Promise<TaskAssignment> {
    const states = [...(await state.kafkaStreamsStates(true)).values()].sort((a, b) => (a.hostInfo?.port ?? 0) - (b.hostInfo?.port ?? 0))
    this.lags.push(...states.flatMap((each) => [...each.statefulTasksToLagSums().values()]))
    const assignments = new Map(states.map(({ processId }) => [processId, KafkaStreamsAssignment.of(processId)]))
    const first = assignments.get(states[0]!.processId)!
    for (const { id } of state.allTasks.values()) first.assignTask({ id, type: 'ACTIVE' })
    await TaskAssignmentUtils.defaultStandbyTaskAssignment(state, assignments)
    const deadline = this.followUpAfterMs === undefined ? undefined : Date.now() + this.followUpAfterMs
    this.followUpAfterMs = undefined
    return { assignment: [...assignments.values()].map((each) => (deadline === undefined ? each : each.withFollowupRebalance(deadline))) }
  }

  onAssignmentComputed(...[assignment, subscription, error]: Parameters<NonNullable<TaskAssignor['onAssignmentComputed']>>): void {
    this.computed.push([assignment.size, [...subscription.values()].flatMap(({ topics }) => topics), error])
  }
}

describe('a task assignor of the application', () => {
  let cluster: TestCluster
  let apps: Apps

  beforeAll(async () => {
    cluster = await TestCluster.start()
    apps = new Apps(cluster)
  })
  afterEach(() => apps.closeAll())
  afterAll(() => cluster.close())

  test('should decide who has which tasks, and hear what became of it', async () => {
    const input = await cluster.topic('events', 2)
    const output = await cluster.topic('counts')
    await cluster.send(input, ['a', 'b', 'c', 'd'].map((key) => ({ key, value: 'x' })))
    const assignor = new OneForAll()
    const config = { applicationId: cluster.unique('assignor'), taskAssignorClass: assignor, numStandbyReplicas: 1 }
    const first = await apps.start(keyCount(input, output), { ...config, applicationServer: 'localhost:2' })
    expect(assignor.computed).toEqual([[1, [input], 'NONE']])
    expect(assignor.lags).toEqual([0, 0])
    await eventually(async () => (await first.store<string, number>('counts').approximateNumEntries()) === 4)
    const second = apps.make(keyCount(input, output), { ...config, applicationServer: 'localhost:1' })
    await second.start()
    await eventually(() => tasksOf(second).length === 2 && second.state === 'RUNNING')
    expect(tasksOf(first)).toEqual([])
    expect(tasksOf(first, 'standbyTasks')).toEqual(['0_0', '0_1'])
    expect(assignor.computed[1]).toEqual([2, [input, input], 'NONE'])
    // the first processed both, the second had to read two rows for each
    expect(assignor.lags.slice(2, 6).sort((a, b) => a - b).slice(0, 2)).toEqual([-2, -2])
    expect(assignor.lags.slice(2, 6).filter((lag) => lag > 0).reduce((sum, lag) => sum + lag, 0)).toBe(4)
  })

  test('should be asked again when it wants a follow-up rebalance', async () => {
    const input = await cluster.topic('events')
    const output = await cluster.topic('counts')
    const assignor = new OneForAll()
    assignor.followUpAfterMs = 50
    const streams = await apps.start(keyCount(input, output), { applicationId: cluster.unique('again'), taskAssignorClass: assignor })
    await eventually(() => assignor.computed.length === 2 && streams.state === 'RUNNING')
  })

  test('should stop the application when what it decides cannot be', async () => {
    const input = await cluster.topic('events')
    const output = await cluster.topic('counts')
    const heard: AssignmentError[] = []
    const wrong: TaskAssignor = {
      assign: () => ({ assignment: [KafkaStreamsAssignment.of('nobody', [{ id: '0_0', type: 'ACTIVE' }])] }),
      onAssignmentComputed: (_assignment, _subscription, error) => void heard.push(error),
    }
    const streams = apps.make(keyCount(input, output), { applicationId: cluster.unique('wrong'), taskAssignorClass: wrong })
    const failed = untilState(streams, 'ERROR')
    await streams.start()
    await failed
    expect(streams.error).toMatchObject({ code: 'MILLRACE_TASK_ASSIGNMENT', message: expect.stringContaining('MISSING_PROCESS_ID') })
    expect(heard).toEqual(['MISSING_PROCESS_ID'])
  })

  test('should stop the application when it fails', async () => {
    const input = await cluster.topic('events')
    const output = await cluster.topic('counts')
    const failing: TaskAssignor = {
      assign: () => {
        throw new Error('no idea')
      },
    }
    const streams = apps.make(keyCount(input, output), { applicationId: cluster.unique('failing'), taskAssignorClass: failing })
    const failed = untilState(streams, 'ERROR')
    await streams.start()
    await failed
    expect(streams.error?.message).toContain('no idea')
  })
})
