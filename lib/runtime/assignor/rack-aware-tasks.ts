import { minCostOwners } from './min-cost-owners.ts'
import type { OwnedTask, OwnerLimits } from './min-cost-owners.ts'
import type { AssignmentClient, ClientLoad } from './task-balance.ts'
import type { TaskInfo, TaskTopicPartition } from './task-assignor.ts'
import { parseTaskId } from './task-ids.ts'

/** What of a client the optimisation looks at. */
export interface RackLoad extends Pick<ClientLoad, 'active' | 'standby'> {
  readonly client: Pick<AssignmentClient, 'id' | 'tags' | 'rack'>
}

export interface RackCosts {
  /** `min_traffic`, or `balance_subtopology`, which also spreads the tasks of every sub-topology. */
  readonly strategy: string
  /** Of every partition that a task reads from another rack. */
  readonly trafficCost: number
  /** Of a task that moves. */
  readonly nonOverlapCost: number
}

/** Pairs of clients are gone through so often at most. */
const MAX_ROUNDS = 10

/** Partitions whose records a task reads, or, as a standby, follows. */
export const partitionsRead = ({ topicPartitions }: TaskInfo, type: 'ACTIVE' | 'STANDBY'): readonly TaskTopicPartition[] =>
  type === 'ACTIVE' ? topicPartitions : topicPartitions.filter(({ isChangelog }) => isChangelog)

/** How many of a task's partitions have no replica in the rack of a client. */
const farPartitions = (partitions: readonly TaskTopicPartition[], rack: string | undefined): number =>
  partitions.filter(({ rackIds }) => rack === undefined || rackIds?.has(rack) !== true).length

/**
 * Moves active tasks so that as little as possible of what they read comes from other racks (KIP-925); every client keeps its
 * number of tasks. A client that had a standby of a task it gets leaves the standby to the one that had the task.
 */
export const moveActiveTasks = (tasks: readonly TaskInfo[], loads: readonly RackLoad[], costs: RackCosts): void => {
  const owned = tasks.flatMap((task) => {
    const owners = loads.flatMap(({ active }, at) => (active.has(task.id) ? [at] : []))
    // an assignment that cannot be is left as it is, for those who check it
    return owners.length === 1 ? [{ id: task.id, owner: owners[0]!, far: farOf(task, 'ACTIVE', loads) }] : []
  })
  for (const { id, from, to } of movesOf(owned, loads, costs)) {
    from.active.delete(id)
    to.active.add(id)
    if (to.standby.delete(id)) from.standby.add(id)
  }
}

/**
 * The same for standbys, between two clients at a time, each keeping its number. Never to a client that has the task already,
 * nor, where standbys go by tags, to one that leaves the task's clients with fewer different values of them.
 */
export const moveStandbyTasks = (tasks: readonly TaskInfo[], loads: readonly RackLoad[], costs: RackCosts, tags: readonly string[]): void => {
  const far = new Map(tasks.map((task) => [task.id, farOf(task, 'STANDBY', loads)]))
  const holders = new Map(tasks.map(({ id }) => [id, loads.filter((load) => hasTask(load, id))]))
  const movable = (from: RackLoad, to: RackLoad): string[] =>
    [...from.standby].filter((id) => far.has(id) && !hasTask(to, id) && keepsTagsApart(from, to, holders.get(id)!, tags))
  for (let round = 0, isMoving = true; isMoving && round < MAX_ROUNDS; round++) {
    isMoving = false
    for (const [first, second] of pairsOf(loads)) {
      if (loads[first]!.client.rack === loads[second]!.client.rack) continue
      const pair = [loads[first]!, loads[second]!] as const
      const there = movable(...pair)
      const back = movable(pair[1], pair[0])
      if (there.length === 0 || back.length === 0) continue
      const owned = [...there.map((id) => ({ id, owner: 0 })), ...back.map((id) => ({ id, owner: 1 }))]
        .map((task) => ({ ...task, far: [far.get(task.id)![first]!, far.get(task.id)![second]!] }))
      for (const { id, from, to } of movesOf(owned, pair, costs)) {
        from.standby.delete(id)
        to.standby.add(id)
        holders.set(id, loads.filter((load) => hasTask(load, id)))
        isMoving = true
      }
    }
  }
}

interface Owned {
  readonly id: string
  readonly owner: number
  /** By client: partitions in other racks. */
  readonly far: readonly number[]
}

interface Move {
  readonly id: string
  readonly from: RackLoad
  readonly to: RackLoad
}

const movesOf = (owned: readonly Owned[], loads: readonly RackLoad[], costs: RackCosts): Move[] => {
  const { strategy, trafficCost, nonOverlapCost } = costs
  const groups = strategy === 'balance_subtopology' ? groupsOf(owned) : undefined
  const tasks = owned.map(({ id, owner, far }) => ({
    owner,
    group: groups?.get(parseTaskId(id).subtopology) ?? 0,
    costs: far.map((count, client) => count * trafficCost + (client === owner ? 0 : nonOverlapCost)),
  }))
  const owners = minCostOwners(tasks, loads.length, groups && evenLimits(tasks, loads.length, groups.size))
  return owned.flatMap(({ id, owner }, at) => (owners[at] === owner ? [] : [{ id, from: loads[owner]!, to: loads[owners[at]!]! }]))
}

const groupsOf = (owned: readonly Owned[]): Map<number, number> =>
  new Map([...new Set(owned.map(({ id }) => parseTaskId(id).subtopology))].map((subtopology, group) => [subtopology, group]))

/** Of every group a client takes the share that it has of all tasks, rounded up. */
const evenLimits = (tasks: readonly OwnedTask[], clients: number, groups: number): OwnerLimits => {
  const ofClient = Array.from({ length: clients }, () => 0)
  const ofGroup = Array.from({ length: groups }, () => 0)
  for (const { owner, group = 0 } of tasks) {
    ofClient[owner]! += 1
    ofGroup[group]! += 1
  }
  return { groups, limitOf: (group, client) => Math.ceil((ofClient[client]! * ofGroup[group]!) / tasks.length) }
}

/** The count for each client; clients of one rack have the same. */
const farOf = (task: TaskInfo, type: 'ACTIVE' | 'STANDBY', loads: readonly RackLoad[]): number[] => {
  const partitions = partitionsRead(task, type)
  const byRack = new Map<string | undefined, number>()
  for (const { client: { rack } } of loads) if (!byRack.has(rack)) byRack.set(rack, farPartitions(partitions, rack))
  return loads.map(({ client: { rack } }) => byRack.get(rack)!)
}

const hasTask = ({ active, standby }: RackLoad, id: string): boolean => active.has(id) || standby.has(id)

const keepsTagsApart = (from: RackLoad, to: RackLoad, holders: readonly RackLoad[], tags: readonly string[]): boolean => {
  if (tags.length === 0) return true
  const others = holders.filter((load) => load !== from && load !== to)
  return differentTags([...others, to], tags) >= differentTags([...others, from], tags)
}

const differentTags = (loads: readonly RackLoad[], tags: readonly string[]): number =>
  tags.reduce((sum, tag) => sum + new Set(loads.map(({ client }) => client.tags[tag]).filter((value) => value !== undefined)).size, 0)

function* pairsOf(list: readonly unknown[]): Iterable<readonly [number, number]> {
  for (let first = 0; first < list.length; first++) {
    for (let second = first + 1; second < list.length; second++) yield [first, second]
  }
}
