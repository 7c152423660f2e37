import fc from 'fast-check'
import { GroupState } from '../../../lib/runtime/assignor/application-state.ts'
import type { Members } from '../../../lib/runtime/assignor/application-state.ts'
import { assignmentConfigsOf } from '../../../lib/runtime/assignor/configured-assignor.ts'
import { divideAmongMembers } from '../../../lib/runtime/assignor/plan-assignment.ts'
import type { MemberTasks } from '../../../lib/runtime/assignor/plan-assignment.ts'
import { RUNNING_TASK } from '../../../lib/runtime/assignor/subscription-info.ts'
import type { SubscriptionInfo } from '../../../lib/runtime/assignor/subscription-info.ts'
import { StickyTaskAssignor } from '../../../lib/runtime/assignor/sticky-task-assignor.ts'
import type { PlannedTask } from '../../../lib/runtime/topics/task-topics.ts'
import { StreamsConfig } from '../../../topology/config.ts'

const tasksOf = (...partitions: number[]): PlannedTask[] =>
  partitions.flatMap((count, subtopology) =>
    Array.from({ length: count }, (_, partition) => ({
      id: `${subtopology}_${partition}`,
      subtopology,
      partition,
      topics: [`in-${subtopology}`],
      isStateful: subtopology % 2 === 0,
    })),
  )

const member = (processId: string, tasks: readonly (readonly [string, number])[] = []): SubscriptionInfo => ({
  processId,
  userEndPoint: undefined,
  taskOffsetSums: new Map(tasks),
  ownedTasks: tasks.filter(([, sum]) => sum === RUNNING_TASK).map(([id]) => id),
  clientTags: {},
  rackId: undefined,
  errorCode: 'none',
  joinCount: 1,
})

const running = (processId: string, ids: readonly string[]): SubscriptionInfo =>
  member(processId, ids.map((id) => [id, RUNNING_TASK]))

const planAssignment = async (tasks: readonly PlannedTask[], members: Members, numStandbyReplicas: number): Promise<ReadonlyMap<string, MemberTasks>> => {
  const state = new GroupState({
    tasks,
    members,
    configs: assignmentConfigsOf(new StreamsConfig({ numStandbyReplicas })),
    details: () => ({ stateStoreNames: new Set(), changelogTopics: [] }),
    endOffsetSums: () => Promise.reject(new Error('nobody needs to ask')),
  })
  return divideAmongMembers((await new StickyTaskAssignor().assign(state)).assignment, members, state)
}

const activeOf = (plan: ReadonlyMap<string, MemberTasks>, memberId: string): string[] => [...(plan.get(memberId)?.active ?? [])].sort()

describe('the default assignor', () => {
  test('should share every sub-topology evenly between two new members', async () => {
    const plan = await planAssignment(tasksOf(4, 4), new Map([['m1', member('a')], ['m2', member('b')]]), 0)
    expect(activeOf(plan, 'm1')).toEqual(['0_0', '0_2', '1_0', '1_2'])
    expect(activeOf(plan, 'm2')).toEqual(['0_1', '0_3', '1_1', '1_3'])
  })

  test('should move only what the new member needs when one joins', async () => {
    const old = running('a', ['0_0', '0_1', '0_2', '0_3'])
    const plan = await planAssignment(tasksOf(4), new Map([['m1', old], ['m2', member('b')]]), 0)
    expect(activeOf(plan, 'm1')).toEqual(['0_0', '0_1'])
    expect(activeOf(plan, 'm2')).toEqual(['0_2', '0_3'])
  })

  test('should give a task to the member that has most of its state on disk', async () => {
    const members = new Map([['m1', member('a', [['0_1', 10]])], ['m2', member('b', [['0_0', 7]])]])
    const plan = await planAssignment(tasksOf(2), members, 0)
    expect(activeOf(plan, 'm1')).toEqual(['0_1'])
    expect(activeOf(plan, 'm2')).toEqual(['0_0'])
  })

  test('should put standbys on other processes, where state is already', async () => {
    const members = new Map([
      ['m1', running('a', ['0_0'])],
      ['m2', running('b', ['0_1'])],
      ['m3', member('c', [['0_0', 5]])],
    ])
    const plan = await planAssignment(tasksOf(2), members, 1)
    expect(plan.get('m3')?.standby).toContain('0_0')
    for (const { active, standby } of plan.values()) expect(active.filter((task) => standby.includes(task))).toEqual([])
  })

  test('should weigh processes by their threads', async () => {
    const members = new Map([['m1', member('a')], ['m2', member('a')], ['m3', member('b')]])
    const plan = await planAssignment(tasksOf(6), members, 0)
    for (const id of members.keys()) expect(activeOf(plan, id)).toHaveLength(2)
  })

  const scenarios = fc.record({
    partitions: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
    threads: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 5 }),
    owners: fc.array(fc.nat(20), { minLength: 40, maxLength: 40 }),
  })

  const scene = ({ partitions, threads, owners }: { partitions: number[]; threads: number[]; owners: number[] }) => {
    const tasks = tasksOf(...partitions)
    const ids = threads.flatMap((count, process) => Array.from({ length: count }, (_, n) => ({ id: `m${process}-${n}`, process: `p${process}` })))
    const members = new Map(
      ids.map(({ id, process }, at) => [id, running(process, tasks.filter((_, n) => (owners[n] ?? 0) % (ids.length + 1) === at).map((t) => t.id))]),
    )
    return { tasks, members }
  }

  test('should give every task to exactly one member and every member its share, whatever was before', async () => {
    await fc.assert(
      fc.asyncProperty(scenarios, async (scenario) => {
        const { tasks, members } = scene(scenario)
        const plan = await planAssignment(tasks, members, 0)
        expect([...plan.values()].flatMap(({ active }) => active).sort()).toEqual(tasks.map((task) => task.id).sort())
        const sizes = [...plan.values()].map(({ active }) => active.length)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      }),
    )
  })

  test('should change nothing when asked again with its own answer', async () => {
    await fc.assert(
      fc.asyncProperty(scenarios, async (scenario) => {
        const { tasks, members } = scene(scenario)
        const plan = await planAssignment(tasks, members, 0)
        const after = new Map([...members].map(([id, info]) => [id, running(info.processId, plan.get(id)?.active ?? [])]))
        const again = await planAssignment(tasks, after, 0)
        for (const id of members.keys()) expect(activeOf(again, id)).toEqual(activeOf(plan, id))
      }),
    )
  })
})
