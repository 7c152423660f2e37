import type { TaskId } from '../../topology/api.ts'
import { TaskStateError } from './errors.ts'
import type { TaskState } from './stream-task-options.ts'

/** Where a task is in its life. */
export class TaskLifecycle {
  state: TaskState = 'created'
  readonly #taskId: TaskId

  constructor(taskId: TaskId) {
    this.#taskId = taskId
  }

  /** @throws {TaskStateError} when the task is in none of these states */
  expect(...states: readonly TaskState[]): void {
    if (states.includes(this.state)) return
    throw new TaskStateError(`Task ${this.#taskId} is ${this.state}, but has to be ${states.join(' or ')}.`)
  }

  /** True when its processors are initialised, and not closed yet. */
  get isStarted(): boolean {
    return this.state === 'running' || this.state === 'suspended'
  }
}
