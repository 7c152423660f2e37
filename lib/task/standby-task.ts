import type { RecordCursor } from '../core/record-cursor.ts'
import type { StateStore, TaskId } from '../../topology/api.ts'
import type { ProcessorTopology } from '../../topology/internals/processor-topology.ts'
import { defaultSerdes } from './default-serdes.ts'
import { RecordState } from './record-state.ts'
import type { ChangelogPartition } from './state-manager.ts'
import { StateManager } from './state-manager.ts'
import { TaskStoreContext } from './store-context.ts'
import type { TaskEnvironment } from './task-environment.ts'

export interface StandbyTaskOptions extends TaskEnvironment {
  readonly topology: ProcessorTopology
}

/** A copy of another instance's task: only its stores, kept up from their changelogs, to take over soon after a failure. */
export class StandbyTask {
  readonly id: TaskId
  readonly #stores: StateManager
  readonly #context: TaskStoreContext

  constructor(options: StandbyTaskOptions) {
    const { topology, taskId, config } = options
    this.id = taskId
    this.#stores = new StateManager(options, {
      builders: topology.stores,
      changelogTopics: topology.changelogTopics,
      sourceChangelogs: topology.sourceChangelogs,
      partition: taskId.partition,
      collector: undefined,
      streamTime: () => -1,
    })
    this.#context = new TaskStoreContext(options, defaultSerdes(config), new RecordState(), this.#stores, undefined)
  }

  /** Opens the stores. */
  open(): void | Promise<void> {
    return this.#stores.open(this.#context)
  }

  /** What to follow, and from where. */
  changelogPartitions(): ChangelogPartition[] {
    return this.#stores.changelogPartitions()
  }

  /** Puts up to `max` changelog records behind the cursor into their store; returns how many there were. */
  restore(topic: string, partition: number, cursor: RecordCursor, max: number): number {
    return this.#stores.restore(topic, partition, cursor, max)
  }

  restoredTo(topic: string, partition: number, offset: number): void {
    this.#stores.restoredTo(topic, partition, offset)
  }

  store(name: string): StateStore | undefined {
    return this.#stores.store(name)
  }

  stores(): StateStore[] {
    return this.#stores.stores()
  }

  /** Makes what was restored durable. */
  commit(): void | Promise<void> {
    return this.#stores.commit(new Map())
  }

  close(): void | Promise<void> {
    return this.#stores.close()
  }
}
