import type { ApplicationState, TaskInfo } from './task-assignor.ts'

interface Choices {
  readonly trafficCost?: number
  readonly nonOverlapCost?: number
  readonly tasks?: ReadonlySet<string>
}

/** What is to be optimised by racks, and what counts how much; each method answers a copy that differs in one thing. */
export class RackAwareOptimizationParams {
  readonly applicationState: ApplicationState
  readonly #choices: Choices

  private constructor(applicationState: ApplicationState, choices: Choices) {
    this.applicationState = applicationState
    this.#choices = choices
  }

  /** All tasks, with the costs that the settings give. */
  static of(applicationState: ApplicationState): RackAwareOptimizationParams {
    return new RackAwareOptimizationParams(applicationState, {})
  }

  forStatefulTasks(): RackAwareOptimizationParams {
    return this.#forTasksThat(({ isStateful }) => isStateful)
  }

  forStatelessTasks(): RackAwareOptimizationParams {
    return this.#forTasksThat(({ isStateful }) => !isStateful)
  }

  /** Only tasks with these ids move. */
  forTasks(taskIds: Iterable<string>): RackAwareOptimizationParams {
    return new RackAwareOptimizationParams(this.applicationState, { ...this.#choices, tasks: new Set(taskIds) })
  }

  /** What a partition costs that a task reads from another rack, instead of `rack.aware.assignment.traffic_cost`. */
  withTrafficCostOverride(trafficCost: number): RackAwareOptimizationParams {
    return new RackAwareOptimizationParams(this.applicationState, { ...this.#choices, trafficCost })
  }

  /** What it costs that a task moves, instead of `rack.aware.assignment.non_overlap_cost`. */
  withNonOverlapCostOverride(nonOverlapCost: number): RackAwareOptimizationParams {
    return new RackAwareOptimizationParams(this.applicationState, { ...this.#choices, nonOverlapCost })
  }

  /** The tasks that may move. */
  get tasks(): readonly TaskInfo[] {
    const { tasks } = this.#choices
    return [...this.applicationState.allTasks.values()].filter(({ id }) => tasks?.has(id) ?? true)
  }

  /** Undefined when neither given nor set. */
  get trafficCost(): number | undefined {
    return this.#choices.trafficCost ?? this.applicationState.assignmentConfigs.rackAwareTrafficCost
  }

  /** Undefined when neither given nor set. */
  get nonOverlapCost(): number | undefined {
    return this.#choices.nonOverlapCost ?? this.applicationState.assignmentConfigs.rackAwareNonOverlapCost
  }

  #forTasksThat(isWanted: (task: TaskInfo) => boolean): RackAwareOptimizationParams {
    return this.forTasks([...this.applicationState.allTasks.values()].filter(isWanted).map(({ id }) => id))
  }
}
