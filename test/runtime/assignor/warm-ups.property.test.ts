import fc from 'fast-check'
import { GroupState } from '../../../lib/runtime/assignor/application-state.ts'
import { assignmentConfigsOf } from '../../../lib/runtime/assignor/configured-assignor.ts'
import { HighAvailabilityTaskAssignor } from '../../../lib/runtime/assignor/high-availability-task-assignor.ts'
import type { KafkaStreamsAssignment } from '../../../lib/runtime/assignor/kafka-streams-assignment.ts'
import { RUNNING_TASK } from '../../../lib/runtime/assignor/subscription-info.ts'
import type { SubscriptionInfo } from '../../../lib/runtime/assignor/subscription-info.ts'
import { ClientError } from '../../../lib/client/errors.ts'
import { StreamsConfig } from '../../../topology/config.ts'
import type { StreamsConfigInput } from '../../../topology/config.ts'

const END = 1_000_000

/** By task: how far the state is, or that it is processed. */
type Has = ReadonlyMap<string, number>

const info = (processId: string, has: Has): SubscriptionInfo => ({
  processId,
  userEndPoint: undefined,
  taskOffsetSums: has,
  ownedTasks: [...has].filter(([, sum]) => sum === RUNNING_TASK).map(([id]) => id),
  clientTags: {},
  rackId: undefined,
  errorCode: 'none',
  joinCount: 1,
})

/** Sub-topology 0 has state, 1 has none. */
const stateOf = (instances: ReadonlyMap<string, Has>, counts: readonly [number, number], config: StreamsConfigInput, ends?: () => Promise<ReadonlyMap<string, number>>): GroupState => {
  const tasks = counts.flatMap((count, subtopology) => Array.from({ length: count }, (_, partition) => ({
    id: `${subtopology}_${partition}`, subtopology, partition, topics: [`in-${subtopology}`], isStateful: subtopology === 0,
  })))
  return new GroupState({
    tasks,
    members: new Map([...instances].map(([id, has]) => [`${id}-member`, info(id, has)])),
    configs: assignmentConfigsOf(new StreamsConfig(config)),
    details: () => ({ stateStoreNames: new Set(), changelogTopics: [] }),
    endOffsetSums: ends ?? (() => Promise.resolve(new Map(tasks.filter(({ isStateful }) => isStateful).map(({ id }) => [id, END])))),
  })
}

const idsOf = ({ tasks }: KafkaStreamsAssignment, wanted: 'ACTIVE' | 'STANDBY'): string[] => [...tasks.values()].filter(({ type }) => type === wanted).map(({ id }) => id)

const assigned = async (state: GroupState): Promise<Map<string, KafkaStreamsAssignment>> =>
  new Map([...(await new HighAvailabilityTaskAssignor(() => 1000).assign(state)).assignment].map((each) => [each.processId, each]))

const isProbing = (plan: ReadonlyMap<string, KafkaStreamsAssignment>): boolean => [...plan.values()].some(({ followupRebalanceDeadline }) => followupRebalanceDeadline !== undefined)

const shown = (plan: ReadonlyMap<string, KafkaStreamsAssignment>): Record<string, string> =>
  Object.fromEntries([...plan].map(([id, each]) => [id, `${idsOf(each, 'ACTIVE').sort().join()}|${idsOf(each, 'STANDBY').sort().join()}`]))

const has = (entries: Readonly<Record<string, number>>): Has => new Map(Object.entries(entries))
const R = RUNNING_TASK

describe('warm-ups', () => {
  const old = has({ '0_0': R, '0_1': R, '0_2': R, '0_3': R })

  test('should leave tasks with state where they are while the one that is to have them restores, two at a time', async () => {
    const plan = await assigned(stateOf(new Map([['a', old], ['b', has({})]]), [4, 0], {}))
    expect(shown(plan)).toEqual({ a: '0_0,0_1,0_2,0_3|', b: '|0_2,0_3' })
    expect([...plan.values()].map(({ followupRebalanceDeadline }) => followupRebalanceDeadline)).toEqual([601_000, undefined])
  })

  test('should move what is near enough to the end of its changelog, and go on warming up the rest', async () => {
    const plan = await assigned(stateOf(new Map([['a', old], ['b', has({ '0_2': END - 10_000, '0_3': END - 10_001 })]]), [4, 0], {}))
    expect(shown(plan)).toEqual({ a: '0_0,0_1,0_3|', b: '0_2|0_3' })
    expect(isProbing(plan)).toBe(true)
  })

  test('should have as many at a time as max.warmup.replicas says', async () => {
    const plan = await assigned(stateOf(new Map([['a', old], ['b', has({})], ['c', has({})]]), [4, 0], { maxWarmupReplicas: 1 }))
    expect([...plan.values()].flatMap((each) => idsOf(each, 'STANDBY'))).toHaveLength(1)
    expect(idsOf(plan.get('a')!, 'ACTIVE')).toHaveLength(4)
  })

  test('should move tasks without state at once', async () => {
    const plan = await assigned(stateOf(new Map([['a', has({ '1_0': R, '1_1': R })], ['b', has({})]]), [0, 2], {}))
    expect(shown(plan)).toEqual({ a: '1_0|', b: '1_1|' })
    expect(isProbing(plan)).toBe(false)
  })

  test('should let a standby that is current take over, and leave its place to the one that is to have the task', async () => {
    const instances = new Map([['b', has({ '0_0': END, '0_1': R, '0_2': R })], ['c', has({ '0_3': R })], ['d', has({})]])
    const plan = await assigned(stateOf(instances, [4, 0], { numStandbyReplicas: 1 }))
    expect(idsOf(plan.get('b')!, 'ACTIVE')).toContain('0_0')
    expect(isProbing(plan)).toBe(true)
  })

  test('should have the one that is nearest take over a task of which nobody is current', async () => {
    const instances = new Map([['a', has({ '0_0': 5, '0_1': R })], ['b', has({ '0_0': END / 2, '0_2': R, '0_3': R })]])
    expect(idsOf((await assigned(stateOf(instances, [4, 0], {}))).get('b')!, 'ACTIVE')).toContain('0_0')
  })

  test('should give out everything at once when nobody has state', async () => {
    const never = (): Promise<never> => Promise.reject(new Error('nobody needs to ask'))
    const plan = await assigned(stateOf(new Map([['a', has({})], ['b', has({})]]), [4, 2], {}, never))
    expect([...plan.values()].map((each) => idsOf(each, 'ACTIVE').length)).toEqual([3, 3])
    expect(isProbing(plan)).toBe(false)
  })

  test('should leave tasks with those that process them when brokers do not tell where changelogs end', async () => {
    const away = (): Promise<never> => Promise.reject(new ClientError('MILLRACE_CLIENT_TIMEOUT', 'away', { retriable: true }))
    const plan = await assigned(stateOf(new Map([['a', old], ['b', has({ '0_3': END })]]), [4, 0], {}, away))
    expect(idsOf(plan.get('a')!, 'ACTIVE')).toHaveLength(4)
    expect(isProbing(plan)).toBe(true)
  })

  const scenes = fc.record({
    counts: fc.tuple(fc.integer({ min: 1, max: 16 }), fc.nat(6)),
    instances: fc.integer({ min: 1, max: 5 }),
    newcomers: fc.integer({ min: 0, max: 3 }),
    gone: fc.nat(4),
    numStandbyReplicas: fc.nat(2),
    maxWarmupReplicas: fc.integer({ min: 1, max: 4 }),
    /** How much a warm-up restores between two rebalances. */
    speeds: fc.array(fc.constantFrom(END, END / 3, 995_000), { minLength: 30, maxLength: 30 }),
  })

  test('should come to an end, after which every instance has its part, each task with state having moved once at most, always to one that was current', async () => {
    await fc.assert(
      fc.asyncProperty(scenes, async ({ counts, instances, newcomers, gone, numStandbyReplicas, maxWarmupReplicas, speeds }) => {
        const config = { numStandbyReplicas, maxWarmupReplicas }
        const after = (plan: ReadonlyMap<string, KafkaStreamsAssignment>, before: ReadonlyMap<string, Has>, speed: number): Map<string, Has> =>
          new Map([...plan].map(([id, each]) => [id, new Map([
            ...idsOf(each, 'STANDBY').map((task) => {
              const sum = before.get(id)?.get(task) ?? 0
              return [task, sum === RUNNING_TASK ? END : Math.min(END, sum + speed)] as const
            }),
            ...idsOf(each, 'ACTIVE').map((task) => [task, RUNNING_TASK] as const),
          ])]))
        let now: Map<string, Has> = new Map(Array.from({ length: instances }, (_, at) => [`i${at}`, has({})]))
        for (let round = 0; round < 3; round++) now = after(await assigned(stateOf(now, counts, config)), now, END)
        if (instances > 1 && newcomers > 0) now.delete(`i${gone % instances}`)
        for (let at = 0; at < newcomers; at++) now.set(`n${at}`, has({}))
        const moves = new Map<string, number>()
        let round = 0
        for (; ; round++) {
          expect(round).toBeLessThan(100)
          const plan = await assigned(stateOf(now, counts, config))
          for (const [id, each] of plan) {
            for (const task of idsOf(each, 'ACTIVE')) {
              const isRunning = [...now.values()].some((other) => other.get(task) === RUNNING_TASK)
              const sum = now.get(id)?.get(task)
              if (sum === RUNNING_TASK) continue
              if (isRunning) moves.set(task, (moves.get(task) ?? 0) + 1)
              if (isRunning && task.startsWith('0')) expect(END - (sum ?? 0)).toBeLessThanOrEqual(10_000)
            }
          }
          now = after(plan, now, speeds[round % speeds.length]!)
          if (!isProbing(plan)) break
        }
        const sizes = [...now.values()].map((each) => [...each.values()].filter((sum) => sum === RUNNING_TASK).length)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
        expect([...moves].filter(([task, count]) => count > 1 && task.startsWith('0'))).toEqual([])
      }),
      { numRuns: 200 },
    )
  })
})
