import { ClientError } from '../../client/errors.ts'
import { GroupState } from './application-state.ts'
import { assignmentOf, balancedLoads } from './sticky-task-assignor.ts'
import type { RackCostDefaults } from './sticky-task-assignor.ts'
import type { ApplicationState, KafkaStreamsState, TaskAssignment, TaskAssignor } from './task-assignor.ts'
import type { ClientLoad } from './task-balance.ts'
import { withWarmUps } from './warm-ups.ts'
import type { LagOf } from './warm-ups.ts'

/** Java's: with warm-ups a move interrupts nothing, and state follows the racks. */
const COSTS: RackCostDefaults = { traffic: 10, nonOverlap: 1 }

/**
 * The assignor of applications that have no other (KIP-441). It plans as the sticky one does, but a task with state goes to another
 * instance only when that has restored it: until then it stays with one that is current, and the other one follows its changelogs as
 * a warm-up. As long as there is something to move, the group rebalances every `probing.rebalance.interval.ms`.
 */
export class HighAvailabilityTaskAssignor implements TaskAssignor {
  readonly #now: () => number

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  async assign(state: ApplicationState): Promise<TaskAssignment> {
    const { states, areLagsKnown } = await statesOf(state)
    const loads = balancedLoads(state, states, COSTS)
    const stateful = [...state.allTasks.values()].filter(({ isStateful }) => isStateful).map(({ id }) => id)
    const lagOf: LagOf = areLagsKnown ? ({ client }, task) => states.get(client.id)!.lagFor(task) : orderOnly(states)
    const isToProbe = !isInPlace(stateful, loads) && withWarmUps(stateful, loads, lagOf, state.assignmentConfigs)
    const assignment = loads.map(assignmentOf)
    if (isToProbe) assignment[0] = assignment[0]!.withFollowupRebalance(this.#now() + state.assignmentConfigs.probingRebalanceIntervalMs)
    return { assignment }
  }
}

/** True when all state is where it is to be, or nowhere: then it does not matter how much of it there is. */
const isInPlace = (stateful: readonly string[], loads: readonly ClientLoad[]): boolean => {
  const isStateful = new Set(stateful)
  const owners = new Map(loads.flatMap((load) => [...load.active].map((id) => [id, load] as const)))
  const isHere = (id: string): boolean => owners.get(id)?.client.previousActive.has(id) === true
  return loads.every(({ client, active, standby }) =>
    [...client.previousActive].every((id) => active.has(id) || !isStateful.has(id)) &&
    [...client.previousState.keys()].every((id) => active.has(id) || (standby.has(id) && isHere(id)) || !isStateful.has(id)))
}

interface Known {
  readonly states: ReadonlyMap<string, KafkaStreamsState>
  readonly areLagsKnown: boolean
}

/** Brokers are asked where changelogs end unless nobody has any state. */
const statesOf = async (state: ApplicationState): Promise<Known> => {
  if (!(state instanceof GroupState)) return { states: await state.kafkaStreamsStates(true), areLagsKnown: true }
  const amongMembers = state.states(state.furthestOffsetSums())
  const hasAny = [...amongMembers.values()].some(({ previousActiveTasks, previousStandbyTasks }) => previousActiveTasks.size + previousStandbyTasks.size > 0)
  if (!hasAny) return { states: amongMembers, areLagsKnown: true }
  try {
    return { states: state.states(await state.endOffsetSums()), areLagsKnown: true }
  } catch (error) {
    if (!(error instanceof ClientError && error.retriable)) throw error
    return { states: amongMembers, areLagsKnown: false }
  }
}

/** When brokers do not tell where changelogs end, whoever does not process a task counts as far behind: it stays where it is. */
const orderOnly = (states: ReadonlyMap<string, KafkaStreamsState>): LagOf => ({ client }, task) => {
  if (client.previousActive.has(task)) return states.get(client.id)!.lagFor(task)
  return Number.MAX_SAFE_INTEGER / 2 - (client.previousState.get(task) ?? Number.MIN_SAFE_INTEGER / 2)
}
