import fc from 'fast-check'
import { GroupState } from '../../../lib/runtime/assignor/application-state.ts'
import { assignmentConfigsOf } from '../../../lib/runtime/assignor/configured-assignor.ts'
import { KafkaStreamsAssignment } from '../../../lib/runtime/assignor/kafka-streams-assignment.ts'
import { partitionRacks } from '../../../lib/runtime/assignor/partition-racks.ts'
import { RackAwareOptimizationParams } from '../../../lib/runtime/assignor/rack-aware-optimization-params.ts'
import { StickyTaskAssignor } from '../../../lib/runtime/assignor/sticky-task-assignor.ts'
import { RUNNING_TASK } from '../../../lib/runtime/assignor/subscription-info.ts'
import type { SubscriptionInfo } from '../../../lib/runtime/assignor/subscription-info.ts'
import { TaskAssignmentUtils } from '../../../lib/runtime/assignor/task-assignment-utils.ts'
import { StreamsConfig } from '../../../topology/config.ts'
import type { StreamsConfigInput } from '../../../topology/config.ts'

interface Client {
  readonly rack?: string | undefined
  readonly zone?: string
  readonly active?: readonly string[]
  readonly standby?: readonly string[]
}

/** Where the source (and the changelog) of a task is; tasks of even sub-topologies have state. */
type TaskRacks = Readonly<Record<string, readonly [source: string, changelog?: string]>>

const COSTS: StreamsConfigInput = {
  rackAwareAssignmentStrategy: 'min_traffic',
  rackAwareAssignmentTrafficCost: 10,
  rackAwareAssignmentNonOverlapCost: 1,
}

const isStateful = (id: string): boolean => Number(id.split('_')[0]) % 2 === 0

const stateOf = (clients: Readonly<Record<string, Client>>, racks: TaskRacks, config: StreamsConfigInput = COSTS): GroupState =>
  new GroupState({
    tasks: Object.keys(racks).map((id) => {
      const [subtopology = 0, partition = 0] = id.split('_').map(Number)
      return { id, subtopology, partition, topics: [`in-${subtopology}`], isStateful: isStateful(id) }
    }),
    members: new Map(
      Object.entries(clients).map(([processId, { rack, zone, active = [], standby = [] }]): [string, SubscriptionInfo] => [`${processId}-1`, {
        processId,
        userEndPoint: undefined,
        taskOffsetSums: new Map([...standby.map((id) => [id, 5] as const), ...active.map((id) => [id, RUNNING_TASK] as const)]),
        clientTags: zone === undefined ? {} : { zone },
        rackId: rack,
        errorCode: 'none',
        ownedTasks: [],
        joinCount: 1,
      }]),
    ),
    configs: assignmentConfigsOf(new StreamsConfig(config)),
    details: ({ id, subtopology }) => ({ stateStoreNames: new Set(), changelogTopics: isStateful(id) ? [`log-${subtopology}`] : [] }),
    endOffsetSums: async () => new Map(),
    racksOf: (topic, partition) => {
      const [kind, subtopology] = topic.split('-')
      const [source, changelog = source] = racks[`${subtopology}_${partition}`]!
      const rack = kind === 'in' ? source : changelog
      return rack === '' ? undefined : new Set([rack])
    },
  })

const given = (clients: Readonly<Record<string, Client>>): Map<string, KafkaStreamsAssignment> =>
  new Map(Object.entries(clients).map(([id, { active = [], standby = [] }]) => [id, KafkaStreamsAssignment.of(id, [
    ...active.map((task) => ({ id: task, type: 'ACTIVE' as const })),
    ...standby.map((task) => ({ id: task, type: 'STANDBY' as const })),
  ])]))

const idsOf = ({ tasks }: KafkaStreamsAssignment, wanted: string): string[] =>
  [...tasks.values()].filter(({ type }) => type === wanted).map(({ id }) => id).sort()

const shown = (assignments: Iterable<KafkaStreamsAssignment>): Record<string, string> =>
  Object.fromEntries([...assignments].map((each) => [each.processId, `${idsOf(each, 'ACTIVE').join()}|${idsOf(each, 'STANDBY').join()}`]))

type Change = (params: RackAwareOptimizationParams) => RackAwareOptimizationParams

const optimized = async (
  type: 'Active' | 'Standby', clients: Readonly<Record<string, Client>>, racks: TaskRacks, config?: StreamsConfigInput, change: Change = (params) => params,
): Promise<Record<string, string>> => {
  const assignments = given(clients)
  await TaskAssignmentUtils[`optimizeRackAware${type}Tasks`](change(RackAwareOptimizationParams.of(stateOf(clients, racks, config))), assignments)
  return shown(assignments.values())
}

const CROSSED = { a: { rack: 'x', active: ['0_0', '1_0'] }, b: { rack: 'y', active: ['0_1', '1_1'] } }
const RACKS: TaskRacks = { '0_0': ['y'], '0_1': ['x'], '1_0': ['y'], '1_1': ['x'] }
const UNCROSSED = { a: '0_1,1_1|', b: '0_0,1_0|' }
const AS_BEFORE = { a: '0_0,1_0|', b: '0_1,1_1|' }

describe('optimizeRackAwareActiveTasks', () => {
  test('should move tasks to where their partitions are', async () => {
    expect(await optimized('Active', CROSSED, RACKS)).toEqual(UNCROSSED)
  })

  test('should leave tasks where they are when moving costs more than the traffic', async () => {
    expect(await optimized('Active', CROSSED, RACKS, COSTS, (params) => params.withNonOverlapCostOverride(50))).toEqual(AS_BEFORE)
    expect(await optimized('Active', CROSSED, RACKS, COSTS, (params) => params.withTrafficCostOverride(0))).toEqual(AS_BEFORE)
  })

  test('should move only the tasks that are asked for', async () => {
    expect(await optimized('Active', CROSSED, RACKS, COSTS, (params) => params.forStatefulTasks())).toEqual({ a: '0_1,1_0|', b: '0_0,1_1|' })
    expect(await optimized('Active', CROSSED, RACKS, COSTS, (params) => params.forStatelessTasks())).toEqual({ a: '0_0,1_1|', b: '0_1,1_0|' })
    expect(await optimized('Active', CROSSED, RACKS, COSTS, (params) => params.forTasks(['0_0', '1_1']))).toEqual({ a: '1_0,1_1|', b: '0_0,0_1|' })
  })

  test('should take costs from the parameters when the settings have none', async () => {
    const config: StreamsConfigInput = { rackAwareAssignmentStrategy: 'min_traffic' }
    expect(await optimized('Active', CROSSED, RACKS, config)).toEqual(AS_BEFORE)
    const change: Change = (params) => params.withTrafficCostOverride(2).withNonOverlapCostOverride(1)
    expect(await optimized('Active', CROSSED, RACKS, config, change)).toEqual(UNCROSSED)
  })

  test('should leave a standby behind when the task goes to where its standby was', async () => {
    const clients = { a: { rack: 'x', active: ['0_0'] }, b: { rack: 'y', active: ['0_1'], standby: ['0_0'] } }
    expect(await optimized('Active', clients, { '0_0': ['y'], '0_1': ['x'] })).toEqual({ a: '0_1|0_0', b: '0_0|' })
  })

  test.each([
    ['the strategy is none', CROSSED, RACKS, { ...COSTS, rackAwareAssignmentStrategy: 'none' }],
    ['an instance has no rack', { ...CROSSED, b: { active: CROSSED.b.active } }, RACKS, COSTS],
    ['a partition has no rack', CROSSED, { ...RACKS, '0_1': [''] }, COSTS],
  ] as const)('should do nothing when %s', async (_when, clients, racks, config) => {
    expect(await optimized('Active', clients, racks as TaskRacks, config)).toEqual(AS_BEFORE)
  })

  test('should spread every sub-topology with balance_subtopology, whatever the traffic', async () => {
    const clients = { a: { rack: 'x', active: ['0_0', '1_0'] }, b: { rack: 'y', active: ['0_1', '1_1'] } }
    const racks: TaskRacks = { '0_0': ['x'], '0_1': ['x'], '1_0': ['y'], '1_1': ['y'] }
    expect(await optimized('Active', clients, racks)).toEqual({ a: '0_0,0_1|', b: '1_0,1_1|' })
    expect(await optimized('Active', clients, racks, { ...COSTS, rackAwareAssignmentStrategy: 'balance_subtopology' })).toEqual(AS_BEFORE)
  })
})

describe('optimizeRackAwareStandbyTasks', () => {
  const clients = {
    a: { rack: 'x', zone: '1', active: ['0_0'] },
    b: { rack: 'y', zone: '2', active: ['0_1'] },
    c: { rack: 'x', zone: '3', standby: ['0_0'] },
    d: { rack: 'y', zone: '4', standby: ['0_1'] },
  }
  const racks: TaskRacks = { '0_0': ['x', 'y'], '0_1': ['y', 'x'] }

  test('should look at changelogs alone', async () => {
    expect(await optimized('Standby', clients, racks)).toEqual({ a: '0_0|', b: '0_1|', c: '|0_1', d: '|0_0' })
  })

  test('should keep tags as different as they are', async () => {
    const config = { ...COSTS, rackAwareAssignmentTags: ['zone'] }
    expect(await optimized('Standby', clients, racks, config)).toEqual({ a: '0_0|', b: '0_1|', c: '|0_1', d: '|0_0' })
    const sharing = { ...clients, d: { ...clients.d, zone: '1' } }
    expect(await optimized('Standby', sharing, racks, config)).toEqual({ a: '0_0|', b: '0_1|', c: '|0_0', d: '|0_1' })
  })

  test('should not put a standby beside its task', async () => {
    const two = { a: { rack: 'x', active: ['0_0'], standby: ['0_1'] }, b: { rack: 'y', active: ['0_1'], standby: ['0_0'] } }
    expect(await optimized('Standby', two, { '0_0': ['x', 'x'], '0_1': ['y', 'y'] })).toEqual({ a: '0_0|0_1', b: '0_1|0_0' })
  })
})

const scenes = fc.record({
  racksOfClients: fc.array(fc.constantFrom('x', 'y', 'z'), { minLength: 1, maxLength: 5 }),
  tasks: fc.array(fc.record({ source: fc.constantFrom('x', 'y', 'z'), changelog: fc.constantFrom('x', 'y', 'z'), owner: fc.nat(20), standby: fc.nat(20) }), { maxLength: 24 }),
  strategy: fc.constantFrom('min_traffic' as const, 'balance_subtopology' as const),
  traffic: fc.nat(5),
  move: fc.nat(5),
})

type Scene = typeof scenes extends fc.Arbitrary<infer T> ? T : never

const sceneOf = ({ racksOfClients, tasks, strategy, traffic, move }: Scene) => {
  const config = { rackAwareAssignmentStrategy: strategy, rackAwareAssignmentTrafficCost: traffic, rackAwareAssignmentNonOverlapCost: move, numStandbyReplicas: 1 }
  const named = tasks.map((task, at) => ({ ...task, id: `${at % 3}_${Math.floor(at / 3)}` }))
  const racks: TaskRacks = Object.fromEntries(named.map(({ id, source, changelog }) => [id, [source, changelog]]))
  const at = (number: number): number => number % racksOfClients.length
  const clients = Object.fromEntries(racksOfClients.map((rack, client) => [`c${client}`, {
    rack,
    active: named.filter(({ owner }) => at(owner) === client).map(({ id }) => id),
    standby: named.filter(({ id, owner, standby }) => isStateful(id) && at(standby) === client && at(owner) !== client).map(({ id }) => id),
  }]))
  return { config, racks, clients }
}

/** What an assignment costs beside another one. */
const costOf = (after: Map<string, KafkaStreamsAssignment>, before: Map<string, KafkaStreamsAssignment>, state: GroupState, type: 'ACTIVE' | 'STANDBY', members: Readonly<Record<string, Client>>): number => {
  const { rackAwareTrafficCost = 0, rackAwareNonOverlapCost = 0 } = state.assignmentConfigs
  return [...after].flatMap(([client, assignment]) => idsOf(assignment, type).map((id) => {
    const read = state.allTasks.get(id)!.topicPartitions.filter(({ isChangelog }) => type === 'ACTIVE' || isChangelog)
    const far = read.filter(({ rackIds }) => !rackIds!.has(members[client]!.rack!)).length
    return far * rackAwareTrafficCost + (idsOf(before.get(client)!, type).includes(id) ? 0 : rackAwareNonOverlapCost)
  })).reduce((sum, cost) => sum + cost, 0)
}

describe('rack-aware optimisation', () => {
  test.each(['Active', 'Standby'] as const)('should keep counts, replicas and the rest of %s tasks, and not cost more', async (kind) => {
    const type = kind === 'Active' ? 'ACTIVE' : 'STANDBY'
    await fc.assert(
      fc.asyncProperty(scenes, async (scene) => {
        const { config, racks, clients } = sceneOf(scene)
        const state = stateOf(clients, racks, config)
        const [before, after] = [given(clients), given(clients)]
        await TaskAssignmentUtils[`optimizeRackAware${kind}Tasks`](RackAwareOptimizationParams.of(state), after)
        for (const wanted of ['ACTIVE', 'STANDBY']) {
          // a task is with as many instances as before, never twice with one: an assignment holds it once
          expect([...after.values()].flatMap((each) => idsOf(each, wanted)).sort()).toEqual([...before.values()].flatMap((each) => idsOf(each, wanted)).sort())
        }
        for (const [id, assignment] of after) expect(idsOf(assignment, type)).toHaveLength(idsOf(before.get(id)!, type).length)
        // balance can ask for more traffic than there was
        if (scene.strategy === 'min_traffic') expect(costOf(after, before, state, type, clients)).toBeLessThanOrEqual(costOf(before, before, state, type, clients))
      }),
    )
  })

  test('should change nothing the second time with min_traffic', async () => {
    await fc.assert(
      fc.asyncProperty(scenes, async (scene) => {
        const { config, racks, clients } = sceneOf({ ...scene, strategy: 'min_traffic' })
        const assignments = given(clients)
        const params = RackAwareOptimizationParams.of(stateOf(clients, racks, config))
        await TaskAssignmentUtils.optimizeRackAwareActiveTasks(params, assignments)
        const once = shown(assignments.values())
        await TaskAssignmentUtils.optimizeRackAwareActiveTasks(params, assignments)
        expect(shown(assignments.values())).toEqual(once)
      }),
    )
  })
})

describe('the default assignor', () => {
  const assigned = async (clients: Readonly<Record<string, Client>>, racks: TaskRacks, config: StreamsConfigInput): Promise<Record<string, string>> =>
    shown((await new StickyTaskAssignor().assign(stateOf(clients, racks, config))).assignment)

  test('should heed racks only when a strategy says so', async () => {
    expect(await assigned(CROSSED, RACKS, {})).toEqual(AS_BEFORE)
    expect(await assigned(CROSSED, RACKS, COSTS)).toEqual(UNCROSSED)
  })

  test('should move what has no state, and state only for ten partitions, when no costs are set', async () => {
    expect(await assigned(CROSSED, RACKS, { rackAwareAssignmentStrategy: 'min_traffic' })).toEqual({ a: '0_0,1_1|', b: '0_1,1_0|' })
  })

  test('should change nothing when asked again with its own answer', async () => {
    await fc.assert(
      fc.asyncProperty(scenes, async (scene) => {
        const { config, racks, clients } = sceneOf({ ...scene, strategy: 'min_traffic' })
        const once = (await new StickyTaskAssignor().assign(stateOf(clients, racks, config))).assignment
        const after = Object.fromEntries([...once].map((each) => [each.processId, { rack: clients[each.processId]!.rack, active: idsOf(each, 'ACTIVE'), standby: idsOf(each, 'STANDBY') }]))
        expect(await assigned(after, racks, config)).toEqual(shown(once))
      }),
    )
  })

  test('should place standbys by racks too', async () => {
    const clients = { a: { rack: 'x', active: ['0_0'] }, b: { rack: 'y', active: ['0_1'] }, c: { rack: 'x', standby: ['0_0'] }, d: { rack: 'y', standby: ['0_1'] } }
    const racks: TaskRacks = { '0_0': ['x', 'y'], '0_1': ['y', 'x'], '1_0': ['x'], '1_1': ['y'] }
    const after = await assigned(clients, racks, { ...COSTS, numStandbyReplicas: 1 })
    expect([after.c, after.d].map((tasks) => tasks?.split('|')[1])).toEqual(['0_1', '0_0'])
  })
})

describe('racks of partitions', () => {
  const partition = (...replicas: number[]) => ({ partition: 0, leader: 1, leaderEpoch: 0, replicas, isr: [] })
  const broker = (nodeId: number, rack: string | undefined) => ({ nodeId, host: 'h', port: 1, rack })
  const racksOf = partitionRacks(
    new Map([['in', { name: 'in', topicId: 'x', internal: false, partitions: [partition(1, 2, 3), partition(3, 9)] }]]),
    [broker(1, 'x'), broker(2, 'y'), broker(3, undefined)],
  )

  test('should be those of all brokers that have one', () => {
    expect(racksOf('in', 0)).toEqual(new Set(['x', 'y']))
  })

  test('should be unknown when no broker tells its rack, or there is no such partition', () => {
    expect([racksOf('in', 1), racksOf('in', 2), racksOf('out', 0)]).toEqual([undefined, undefined, undefined])
  })
})
