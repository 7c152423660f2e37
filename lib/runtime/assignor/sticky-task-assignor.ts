import { GroupState } from './application-state.ts'
import { KafkaStreamsAssignment } from './kafka-streams-assignment.ts'
import { RackAwareOptimizationParams } from './rack-aware-optimization-params.ts'
import { optimizeByRacks } from './rack-aware-optimization.ts'
import { giveOutStandbys } from './standby-balance.ts'
import type { ApplicationState, KafkaStreamsState, TaskAssignment, TaskAssignor } from './task-assignor.ts'
import { emptyLoads, giveOutActive } from './task-balance.ts'
import type { AssignmentClient, ClientLoad } from './task-balance.ts'

/** What a partition read from another rack costs, and the move of a task with state, when nothing is set. */
export interface RackCostDefaults {
  readonly traffic: number
  readonly nonOverlap: number
}

/** Those of Java's sticky assignor: state moves for ten partitions or more. */
const STICKY_COSTS: RackCostDefaults = { traffic: 1, nonOverlap: 10 }

/**
 * Every instance gets what its threads are of all threads (shares differ by one at most), and as few tasks as possible move away
 * from where they ran, or from where their state is; a task that moves does so at once, whatever there is to restore. Tasks with
 * state are given out before those without, so that both kinds are spread evenly; then the standbys. With
 * `rack.aware.assignment.strategy` tasks then change places so that less is read from other racks (KIP-925): tasks with state only
 * where that outweighs their move.
 */
export class StickyTaskAssignor implements TaskAssignor {
  async assign(state: ApplicationState): Promise<TaskAssignment> {
    // the ends of the changelogs are not needed: whose state is furthest is known from the members alone
    const states = state instanceof GroupState ? state.states(state.furthestOffsetSums()) : await state.kafkaStreamsStates(true)
    return { assignment: balancedLoads(state, states, STICKY_COSTS).map(assignmentOf) }
  }
}

/** Which instance is to have which tasks. */
export const balancedLoads = (state: ApplicationState, states: ReadonlyMap<string, KafkaStreamsState>, costs: RackCostDefaults): ClientLoad[] => {
  const all = [...state.allTasks.values()]
  const stateful = all.filter(({ isStateful }) => isStateful).map(({ id }) => id)
  const loads = emptyLoads([...states.values()].map((each) => clientOf(each, state)))
  giveOutActive(stateful, loads)
  giveOutActive(all.filter(({ isStateful }) => !isStateful).map(({ id }) => id), loads)
  const { numStandbyReplicas, rackAwareAssignmentTags, rackAwareTrafficCost, rackAwareNonOverlapCost } = state.assignmentConfigs
  const racks = RackAwareOptimizationParams.of(state)
  const withState = racks
    .withTrafficCostOverride(rackAwareTrafficCost ?? costs.traffic)
    .withNonOverlapCostOverride(rackAwareNonOverlapCost ?? costs.nonOverlap)
  optimizeByRacks('ACTIVE', withState.forStatefulTasks(), loads)
  // tasks without state are free to move
  optimizeByRacks('ACTIVE', racks.forStatelessTasks().withTrafficCostOverride(1).withNonOverlapCostOverride(0), loads)
  giveOutStandbys(stateful, loads, numStandbyReplicas, rackAwareAssignmentTags)
  optimizeByRacks('STANDBY', withState.forStatefulTasks(), loads)
  return loads
}

export const clientOf = (state: KafkaStreamsState, { allTasks }: ApplicationState): AssignmentClient => {
  const stateful = [...state.previousStandbyTasks].filter((id) => allTasks.get(id)?.isStateful === true)
  return {
    id: state.processId,
    capacity: state.numProcessingThreads,
    previousActive: state.previousActiveTasks,
    previousState: new Map(stateful.map((id) => [id, -state.lagFor(id)])),
    tags: state.clientTags,
    rack: state.rackId,
  }
}

export const assignmentOf = ({ client, active, standby }: ClientLoad): KafkaStreamsAssignment =>
  KafkaStreamsAssignment.of(client.id, [
    ...[...active].map((id) => ({ id, type: 'ACTIVE' as const })),
    ...[...standby].map((id) => ({ id, type: 'STANDBY' as const })),
  ])
