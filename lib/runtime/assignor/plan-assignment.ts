import type { PlannedTask } from '../topics/task-topics.ts'
import type { SubscriptionInfo } from './subscription-info.ts'
import { RUNNING_TASK } from './subscription-info.ts'
import { giveOutStandbys } from './standby-balance.ts'
import { emptyLoads, giveOutActive } from './task-balance.ts'
import type { AssignmentClient, ClientLoad } from './task-balance.ts'

/** Member id to the tasks it gets. */
export interface MemberTasks {
  readonly active: readonly string[]
  readonly standby: readonly string[]
}

/**
 * Divides the tasks among the members of the group. Processes come first, each weighted by its number of threads, so that
 * state stays on the machine that has it; then every process's tasks are divided among its own members. Tasks with state
 * are given out before those without, so that both kinds are spread evenly.
 */
export const planAssignment = (
  tasks: readonly PlannedTask[],
  members: ReadonlyMap<string, SubscriptionInfo>,
  numStandbyReplicas: number,
): ReadonlyMap<string, MemberTasks> => {
  const stateful = tasks.filter((task) => task.isStateful).map((task) => task.id)
  const stateless = tasks.filter((task) => !task.isStateful).map((task) => task.id)
  const processes = groupByProcess(members)
  const loads = emptyLoads([...processes].map(([id, inside]) => clientOf(id, inside)))
  giveOutActive(stateful, loads)
  giveOutActive(stateless, loads)
  giveOutStandbys(stateful, loads, numStandbyReplicas)
  const plan = new Map<string, MemberTasks>()
  for (const load of loads) {
    const inside = processes.get(load.client.id)
    if (inside) divideInside(inside, load, new Set(stateful), plan)
  }
  return plan
}

type Members = ReadonlyMap<string, SubscriptionInfo>

const groupByProcess = (members: Members): Map<string, Members> => {
  const processes = new Map<string, Map<string, SubscriptionInfo>>()
  for (const [memberId, info] of members) {
    const inside = processes.get(info.processId) ?? new Map<string, SubscriptionInfo>()
    processes.set(info.processId, inside.set(memberId, info))
  }
  return processes
}

const clientOf = (id: string, members: Members): AssignmentClient => {
  const previousActive = new Set<string>()
  const previousState = new Map<string, number>()
  for (const { taskOffsetSums } of members.values()) {
    for (const [task, sum] of taskOffsetSums) {
      if (sum === RUNNING_TASK) previousActive.add(task)
      else previousState.set(task, Math.max(sum, previousState.get(task) ?? 0))
    }
  }
  return { id, capacity: members.size, previousActive, previousState }
}

/** Inside one process: the same rules with one member for one thread; standbys go to the members with fewest tasks. */
const divideInside = (members: Members, load: ClientLoad, stateful: ReadonlySet<string>, plan: Map<string, MemberTasks>): void => {
  const threads = emptyLoads([...members].map(([memberId, info]) => clientOf(memberId, new Map([[memberId, info]]))))
  giveOutActive([...load.active].filter((task) => stateful.has(task)), threads)
  giveOutActive([...load.active].filter((task) => !stateful.has(task)), threads)
  for (const task of load.standby) {
    const least = threads.reduce((a, b) => (b.active.size + b.standby.size < a.active.size + a.standby.size ? b : a))
    least.standby.add(task)
  }
  for (const { client, active, standby } of threads) plan.set(client.id, { active: [...active], standby: [...standby] })
}
