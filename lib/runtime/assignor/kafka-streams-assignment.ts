import type { ProcessId } from './task-assignor.ts'

export type AssignedTaskType = 'ACTIVE' | 'STANDBY'

export interface AssignedTask {
  /** `0_1`: sub-topology and partition. */
  readonly id: string
  readonly type: AssignedTaskType
}

/** The tasks of one instance. An instance has a task only once: assigning it again changes its type. */
export class KafkaStreamsAssignment {
  readonly processId: ProcessId
  /** When the instance is to ask for another rebalance, ms since the epoch; undefined: not by itself. */
  readonly followupRebalanceDeadline: number | undefined
  readonly #tasks: Map<string, AssignedTask>

  private constructor(processId: ProcessId, tasks: Map<string, AssignedTask>, followupRebalanceDeadline: number | undefined) {
    this.processId = processId
    this.#tasks = tasks
    this.followupRebalanceDeadline = followupRebalanceDeadline
  }

  static of(processId: ProcessId, tasks: Iterable<AssignedTask> = []): KafkaStreamsAssignment {
    return new KafkaStreamsAssignment(processId, new Map([...tasks].map((task) => [task.id, task])), undefined)
  }

  /** The same assignment, after which the instance asks for a rebalance at `deadline`, ms since the epoch. */
  withFollowupRebalance(deadline: number): KafkaStreamsAssignment {
    return new KafkaStreamsAssignment(this.processId, new Map(this.#tasks), deadline)
  }

  /** By task id. */
  get tasks(): ReadonlyMap<string, AssignedTask> {
    return this.#tasks
  }

  assignTask(task: AssignedTask): void {
    this.#tasks.set(task.id, task)
  }

  removeTask(task: AssignedTask): void {
    this.#tasks.delete(task.id)
  }
}
