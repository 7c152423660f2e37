import { GroupState } from '../../../lib/runtime/assignor/application-state.ts'
import { assignmentConfigsOf, configuredAssignor } from '../../../lib/runtime/assignor/configured-assignor.ts'
import { KafkaStreamsAssignment } from '../../../lib/runtime/assignor/kafka-streams-assignment.ts'
import type { AssignedTask } from '../../../lib/runtime/assignor/kafka-streams-assignment.ts'
import { HighAvailabilityTaskAssignor } from '../../../lib/runtime/assignor/high-availability-task-assignor.ts'
import { StickyTaskAssignor } from '../../../lib/runtime/assignor/sticky-task-assignor.ts'
import { RUNNING_TASK } from '../../../lib/runtime/assignor/subscription-info.ts'
import { TaskAssignmentUtils } from '../../../lib/runtime/assignor/task-assignment-utils.ts'
import type { PlannedTask } from '../../../lib/runtime/topics/task-topics.ts'
import { StreamsConfig } from '../../../topology/config.ts'
import type { StreamsConfigInput } from '../../../topology/config.ts'

const task = (id: string, isStateful: boolean): PlannedTask =>
  ({ id, subtopology: Number(id[0]), partition: Number(id[2]), topics: ['in'], isStateful })

interface Instance {
  readonly sums?: Readonly<Record<string, number>>
  readonly tags?: Readonly<Record<string, string>>
}

/** Two tasks with state, whose changelogs end at 100, and one without. */
const stateOf = (instances: Readonly<Record<string, Instance>>, config: StreamsConfigInput = { numStandbyReplicas: 1 }): GroupState =>
  new GroupState({
    tasks: [task('0_1', true), task('0_0', true), task('1_0', false)],
    members: new Map(
      Object.entries(instances).map(([processId, { sums = {}, tags = {} }]) => [
        `${processId}-member`,
        { processId, userEndPoint: 'host:1', taskOffsetSums: new Map(Object.entries(sums)), ownedTasks: [], clientTags: tags, rackId: undefined, errorCode: 'none', joinCount: 1 },
      ]),
    ),
    configs: assignmentConfigsOf(new StreamsConfig(config)),
    details: ({ subtopology }) => ({ stateStoreNames: new Set(subtopology === 0 ? ['counts'] : []), changelogTopics: subtopology === 0 ? ['log', 'in'] : [] }),
    endOffsetSums: async () => new Map([['0_0', 100], ['0_1', 100]]),
  })

const active = (...ids: string[]): AssignedTask[] => ids.map((id) => ({ id, type: 'ACTIVE' }))
const standby = (...ids: string[]): AssignedTask[] => ids.map((id) => ({ id, type: 'STANDBY' }))
const shown = (assignments: Iterable<KafkaStreamsAssignment>): Record<string, string> =>
  Object.fromEntries([...assignments].map(({ processId, tasks }) => [processId, [...tasks.values()].map(({ id, type }) => `${type} ${id}`).sort().join()]))

describe('the state that assignors decide from', () => {
  test('should tell of tasks in order, with what they read and keep', () => {
    const { allTasks } = stateOf({ a: {} })
    expect([...allTasks.keys()]).toEqual(['0_0', '0_1', '1_0'])
    expect(allTasks.get('0_1')).toEqual({
      id: '0_1',
      isStateful: true,
      stateStoreNames: new Set(['counts']),
      topicPartitions: [
        { topic: 'in', partition: 1, isSource: true, isChangelog: true },
        { topic: 'log', partition: 1, isSource: false, isChangelog: true },
      ],
    })
  })

  test('should tell what each instance had, and how far it is behind when asked', async () => {
    const state = stateOf({ a: { sums: { '0_0': RUNNING_TASK, '0_1': 30 } }, b: { sums: { '0_0': 170 }, tags: { zone: 'x' } } })
    const [a, b] = [...(await state.kafkaStreamsStates(true)).values()]
    expect(a).toMatchObject({ processId: 'a', numProcessingThreads: 1, consumerClientIds: ['a-member'], hostInfo: { host: 'host', port: 1 } })
    expect([a?.previousActiveTasks, a?.previousStandbyTasks]).toEqual([new Set(['0_0']), new Set(['0_1'])])
    expect([a?.lagFor('0_0'), a?.lagFor('0_1')]).toEqual([-2, 70])
    expect(a?.prevTasksByLag('a-member')).toEqual(['0_0', '0_1'])
    // what is beyond the end is of no use
    expect([...(b?.statefulTasksToLagSums() ?? [])]).toEqual([['0_0', 100], ['0_1', 100]])
    expect(b?.clientTags).toEqual({ zone: 'x' })
    expect(() => a?.lagFor('1_0')).toThrow('has no lag')
    const [unasked] = [...(await state.kafkaStreamsStates(false)).values()]
    expect(() => unasked?.lagFor('0_0')).toThrow('kafkaStreamsStates(true)')
  })
})

describe('TaskAssignmentUtils', () => {
  test('identityAssignment should leave everything where it was, without what is no more', async () => {
    const state = stateOf({ a: { sums: { '0_0': RUNNING_TASK, '1_0': RUNNING_TASK, '7_0': RUNNING_TASK } }, b: { sums: { '0_0': 4 } } })
    expect(shown((await TaskAssignmentUtils.identityAssignment(state)).values())).toEqual({ a: 'ACTIVE 0_0,ACTIVE 1_0', b: 'STANDBY 0_0' })
  })

  test('defaultStandbyTaskAssignment should add standbys where state is, not where the task is', async () => {
    const state = stateOf({ a: {}, b: {}, c: { sums: { '0_0': 50 } } })
    const assignments = new Map([
      ['a', KafkaStreamsAssignment.of('a', active('0_0', '1_0'))],
      ['b', KafkaStreamsAssignment.of('b', active('0_1'))],
    ])
    await TaskAssignmentUtils.defaultStandbyTaskAssignment(state, assignments)
    expect(shown(assignments.values())).toEqual({ a: 'ACTIVE 0_0,ACTIVE 1_0', b: 'ACTIVE 0_1', c: 'STANDBY 0_0,STANDBY 0_1' })
  })

  test('defaultStandbyTaskAssignment should look for other tags first', async () => {
    const state = stateOf(
      { a: { tags: { zone: 'x' } }, b: { tags: { zone: 'x' }, sums: { '0_0': 90 } }, c: { tags: { zone: 'y' } } },
      { numStandbyReplicas: 1, rackAwareAssignmentTags: ['zone'] },
    )
    const assignments = new Map([['a', KafkaStreamsAssignment.of('a', active('0_0'))], ['c', KafkaStreamsAssignment.of('c', active('0_1'))]])
    await TaskAssignmentUtils.defaultStandbyTaskAssignment(state, assignments)
    expect(shown(assignments.values())).toEqual({ a: 'ACTIVE 0_0', b: 'STANDBY 0_1', c: 'ACTIVE 0_1,STANDBY 0_0' })
  })

  test.each([
    ['NONE', { a: active('0_0', '0_1', '1_0'), b: standby('0_0') }],
    ['NONE', { a: active('0_0'), b: [] }],
    ['ACTIVE_TASK_ASSIGNED_MULTIPLE_TIMES', { a: active('0_0'), b: active('0_0') }],
    ['INVALID_STANDBY_TASK', { a: active('1_0'), b: standby('1_0') }],
    ['MISSING_PROCESS_ID', { a: active('0_0') }],
    ['UNKNOWN_PROCESS_ID', { a: active('0_0'), b: [], c: [] }],
    ['UNKNOWN_TASK_ID', { a: active('0_7'), b: [] }],
    ['UNKNOWN_TASK_ID', { a: standby('0_7'), b: [] }],
  ] as const)('validateTaskAssignment should say %s of %j', async (error, tasks) => {
    const assignment = Object.entries(tasks).map(([id, assigned]) => KafkaStreamsAssignment.of(id, assigned))
    expect(await TaskAssignmentUtils.validateTaskAssignment(stateOf({ a: {}, b: {} }), { assignment })).toBe(error)
  })
})

describe('an assignment', () => {
  test('should hold a task once, as what it was assigned last, and be wanted again at a time', () => {
    const assignment = KafkaStreamsAssignment.of('a', active('0_0', '0_1'))
    assignment.assignTask({ id: '0_0', type: 'STANDBY' })
    assignment.removeTask({ id: '0_1', type: 'ACTIVE' })
    const later = assignment.withFollowupRebalance(1234)
    expect([...later.tasks.values()]).toEqual(standby('0_0'))
    expect([assignment.followupRebalanceDeadline, later.followupRebalanceDeadline]).toEqual([undefined, 1234])
  })
})

describe('task.assignor.class', () => {
  test('should take an object or a class, and tell it the settings', () => {
    const heard: unknown[] = []
    class Own extends StickyTaskAssignor {
      configure(configs: Readonly<Record<string, unknown>>): void {
        heard.push(configs['num.standby.replicas'])
      }
    }
    const config = { numStandbyReplicas: 2 }
    expect(configuredAssignor(new StreamsConfig({ ...config, taskAssignorClass: Own }))).toBeInstanceOf(Own)
    expect(configuredAssignor(new StreamsConfig({ ...config, taskAssignorClass: new Own() }))).toBeInstanceOf(Own)
    expect(heard).toEqual([2, 2])
    expect(configuredAssignor(new StreamsConfig({}))).toBeInstanceOf(HighAvailabilityTaskAssignor)
    expect(() => configuredAssignor(new StreamsConfig({ taskAssignorClass: 'org.example.Assignor' }))).toThrow('task.assignor.class: it takes a TaskAssignor')
  })
})
