import { KafkaStreamsAssignment } from './kafka-streams-assignment.ts'
import type { RackAwareOptimizationParams } from './rack-aware-optimization-params.ts'
import { optimizeByRacks } from './rack-aware-optimization.ts'
import type { RackLoad } from './rack-aware-tasks.ts'
import { giveOutStandbys } from './standby-balance.ts'
import { clientOf } from './sticky-task-assignor.ts'
import type { ApplicationState, AssignmentError, KafkaStreamsState, ProcessId, TaskAssignment } from './task-assignor.ts'
import type { ClientLoad } from './task-balance.ts'

const idsOf = (assignment: KafkaStreamsAssignment | undefined, wanted: 'ACTIVE' | 'STANDBY'): Set<string> =>
  new Set([...(assignment?.tasks.values() ?? [])].filter(({ type }) => type === wanted).map(({ id }) => id))

/** Pieces to make assignors of. */
export const TaskAssignmentUtils = {
  /** Every instance keeps what it had, as far as that still exists. Tasks that nobody had stay without an owner. */
  async identityAssignment(state: ApplicationState): Promise<Map<ProcessId, KafkaStreamsAssignment>> {
    const assignments = new Map<ProcessId, KafkaStreamsAssignment>()
    for (const { processId, previousActiveTasks, previousStandbyTasks } of (await state.kafkaStreamsStates(false)).values()) {
      const active = [...previousActiveTasks].filter((id) => state.allTasks.has(id)).map((id) => ({ id, type: 'ACTIVE' as const }))
      const standby = [...previousStandbyTasks]
        .filter((id) => !previousActiveTasks.has(id) && state.allTasks.get(id)?.isStateful === true)
        .map((id) => ({ id, type: 'STANDBY' as const }))
      assignments.set(processId, KafkaStreamsAssignment.of(processId, [...standby, ...active]))
    }
    return assignments
  },

  /**
   * Adds the standbys that `num.standby.replicas` asks for: on instances that do not have the task, whose tags
   * (`rack.aware.assignment.tags`) differ, that have its state, that have least to do; in this order.
   */
  async defaultStandbyTaskAssignment(state: ApplicationState, assignments: Map<ProcessId, KafkaStreamsAssignment>): Promise<void> {
    const states = await state.kafkaStreamsStates(true)
    const loads = [...states.values()].map((instance) => loadOf(instance, assignments.get(instance.processId), state))
    const before = new Map(loads.map(({ client, standby }) => [client.id, new Set(standby)]))
    const stateful = [...state.allTasks.values()].filter(({ isStateful }) => isStateful).map(({ id }) => id)
    const { numStandbyReplicas, rackAwareAssignmentTags } = state.assignmentConfigs
    giveOutStandbys(stateful, loads, numStandbyReplicas, rackAwareAssignmentTags)
    for (const { client, standby } of loads) {
      const assignment = assignments.get(client.id) ?? KafkaStreamsAssignment.of(client.id)
      for (const id of standby) if (before.get(client.id)?.has(id) !== true) assignment.assignTask({ id, type: 'STANDBY' })
      assignments.set(client.id, assignment)
    }
  },

  /**
   * Moves active tasks so that less of what they read comes from other racks (KIP-925): a min-cost flow by what traffic and
   * moves cost, in which every instance keeps its number of tasks. Best done before standbys are given out. Changes
   * `assignments`; does nothing when `rack.aware.assignment.strategy` is `none`, when a cost is neither set nor given, or when
   * an instance has no `client.rack` or a partition's brokers no `broker.rack`.
   */
  optimizeRackAwareActiveTasks(params: RackAwareOptimizationParams, assignments: Map<ProcessId, KafkaStreamsAssignment>): Promise<void> {
    return optimize('ACTIVE', params, assignments)
  },

  /**
   * The same for standbys, which follow changelogs: two instances at a time exchange some. None goes where its task is already,
   * nor, with `rack.aware.assignment.tags`, where the tags of the task's instances would differ less.
   */
  optimizeRackAwareStandbyTasks(params: RackAwareOptimizationParams, assignments: Map<ProcessId, KafkaStreamsAssignment>): Promise<void> {
    return optimize('STANDBY', params, assignments)
  },

  /** What is wrong with an assignment; NONE when nothing is. */
  async validateTaskAssignment(state: ApplicationState, { assignment }: TaskAssignment): Promise<AssignmentError> {
    const all = [...assignment]
    const active = all.flatMap((each) => [...idsOf(each, 'ACTIVE')])
    const standby = new Set(all.flatMap((each) => [...idsOf(each, 'STANDBY')]))
    if (new Set(active).size < active.length) return 'ACTIVE_TASK_ASSIGNED_MULTIPLE_TIMES'
    for (const { id, isStateful } of state.allTasks.values()) if (!isStateful && standby.has(id)) return 'INVALID_STANDBY_TASK'
    const instances = await state.kafkaStreamsStates(false)
    const assigned = new Set(all.map(({ processId }) => processId))
    for (const id of instances.keys()) if (!assigned.has(id)) return 'MISSING_PROCESS_ID'
    for (const id of assigned) if (!instances.has(id)) return 'UNKNOWN_PROCESS_ID'
    return [...active, ...standby].every((id) => state.allTasks.has(id)) ? 'NONE' : 'UNKNOWN_TASK_ID'
  },
}

const optimize = async (
  type: 'ACTIVE' | 'STANDBY', params: RackAwareOptimizationParams, assignments: Map<ProcessId, KafkaStreamsAssignment>,
): Promise<void> => {
  const states = await params.applicationState.kafkaStreamsStates(false)
  const loads = [...states.values()].map(({ processId: id, clientTags: tags, rackId: rack }): RackLoad => {
    const assignment = assignments.get(id)
    return { client: { id, tags, rack }, active: idsOf(assignment, 'ACTIVE'), standby: idsOf(assignment, 'STANDBY') }
  })
  optimizeByRacks(type, params, loads)
  for (const { client, active, standby } of loads) {
    const assignment = assignments.get(client.id) ?? KafkaStreamsAssignment.of(client.id)
    for (const task of [...assignment.tasks.values()]) if (!active.has(task.id) && !standby.has(task.id)) assignment.removeTask(task)
    for (const id of active) assignment.assignTask({ id, type: 'ACTIVE' })
    for (const id of standby) assignment.assignTask({ id, type: 'STANDBY' })
    assignments.set(client.id, assignment)
  }
}

const loadOf = (instance: KafkaStreamsState, assignment: KafkaStreamsAssignment | undefined, state: ApplicationState): ClientLoad => ({
  client: clientOf(instance, state),
  active: idsOf(assignment, 'ACTIVE'),
  standby: idsOf(assignment, 'STANDBY'),
})
