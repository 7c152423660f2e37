import type { StateStore } from '../../topology/api.ts'
import type { ProcessorTopology } from '../../topology/internals/processor-topology.ts'
import type { RecordCursor } from '../core/record-cursor.ts'
import { defaultSerdes } from './default-serdes.ts'
import { wantsSourceBytes } from './error-handling.ts'
import type { RecordCollector } from './record-collector.ts'
import { RecordState } from './record-state.ts'
import { StateManager } from './state-manager.ts'
import type { ChangelogPartition } from './state-manager.ts'
import { TaskStoreContext } from './store-context.ts'
import type { TaskEnvironment } from './task-environment.ts'
import type { ThreadCache } from '../../stores/internals/thread-cache.ts'

export interface TaskStoresOptions extends TaskEnvironment {
  readonly topology: ProcessorTopology
  readonly collector: RecordCollector
  /** The cache of the thread; undefined: stores are not cached. */
  readonly cache?: ThreadCache | undefined
}

/** The task that uses the stores, as far as they ask. */
export interface StoreUser {
  readonly streamTime: number
  recordDropped(reason: string): void
}

/** Nobody processes records: the stores of a standby, which goes with the changelog and not with the records of a task. */
const nobody: StoreUser = { streamTime: Infinity, recordDropped: () => {} }

/**
 * The stores of a task with everything they are opened with. They outlive the task: a standby that becomes active hands its
 * open stores over, and gets them back when it is to wait again, so that neither reads what it has already.
 */
export class TaskStores {
  readonly collector: RecordCollector
  /** The record that the stores' changes belong to. */
  readonly state: RecordState
  readonly #manager: StateManager
  readonly #context: TaskStoreContext
  #user = nobody
  #isOpen = false

  constructor(options: TaskStoresOptions) {
    const { topology, taskId, config, collector, cache } = options
    this.collector = collector
    this.state = new RecordState(wantsSourceBytes(config))
    this.#manager = new StateManager(options, {
      builders: topology.stores,
      changelogTopics: topology.changelogTopics,
      sourceChangelogs: topology.sourceChangelogs,
      partition: taskId.partition,
      collector,
      streamTime: () => this.#user.streamTime,
      timestamp: () => this.state.timestamp,
      cache,
    })
    const dropped = (reason: string): void => this.#user.recordDropped(reason)
    this.#context = new TaskStoreContext(options, defaultSerdes(config), this.state, this.#manager, cache, dropped)
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Opens the stores. Synchronous when all of them are. */
  open(): void | Promise<void> {
    const opened = this.#manager.open(this.#context)
    const done = (): void => {
      this.#isOpen = true
    }
    return opened === undefined ? done() : opened.then(done)
  }

  /** From now on it is `user` that processes records; undefined: nobody does, and the changelogs are followed. */
  usedBy(user: StoreUser | undefined): void {
    this.#user = user ?? nobody
    this.state.clear()
    // what is read from the changelogs from now on counts, not what was sent there before
    if (user === undefined) this.collector.forgetAcked?.()
  }

  /** What has to be read into the stores, and from where. */
  changelogPartitions(): ChangelogPartition[] {
    return this.#manager.changelogPartitions()
  }

  /** See {@link StateManager.changelogIs}. */
  changelogIs(topic: string, partition: number, topicId: string): void {
    this.#manager.changelogIs(topic, partition, topicId)
  }

  /** Puts up to `max` changelog records behind the cursor into their store; returns how many there were. */
  restore(topic: string, partition: number, cursor: RecordCursor, max: number): number {
    return this.#manager.restore(topic, partition, cursor, max)
  }

  /** Says that the changelog is restored up to, not including, that offset. */
  restoredTo(topic: string, partition: number, offset: number): void {
    this.#manager.restoredTo(topic, partition, offset)
  }

  store(name: string): StateStore | undefined {
    return this.#manager.store(name)
  }

  stores(): StateStore[] {
    return this.#manager.stores()
  }

  get stateDir(): string {
    return this.#context.stateDir
  }

  appConfigs(): Readonly<Record<string, unknown>> {
    return this.#context.appConfigs()
  }

  appConfigsWithPrefix(prefix: string): Readonly<Record<string, unknown>> {
    return this.#context.appConfigsWithPrefix(prefix)
  }

  /** True when a store's write buffer is full. */
  get wantsCommit(): boolean {
    return this.#manager.wantsCommit
  }

  /** See {@link StateManager.takesCommitsAhead}. */
  get takesCommitsAhead(): boolean {
    return this.#manager.takesCommitsAhead
  }

  /** See {@link StateManager.flushCaches}. */
  flushCaches(): void {
    this.#manager.flushCaches()
  }

  /** Makes the stores durable with the offsets of their changelogs; `sourceOffsets`: how far the inputs are processed. */
  commit(sourceOffsets: ReadonlyMap<string, number>): void | Promise<void> {
    return this.#manager.commit(sourceOffsets)
  }

  /** `isCommitted`: they hold just what was committed. */
  close(isCommitted: boolean): void | Promise<void> {
    this.#isOpen = false
    return this.#manager.close(isCommitted)
  }
}
