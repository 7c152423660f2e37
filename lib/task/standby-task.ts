import type { RecordCursor } from '../core/record-cursor.ts'
import type { StateStore, TaskId } from '../../topology/api.ts'
import type { StandbyMetrics } from './standby-metrics.ts'
import type { ChangelogPartition } from './state-manager.ts'
import type { TaskStores } from './task-stores.ts'

const NOTHING_PROCESSED: ReadonlyMap<string, number> = new Map()

/** A copy of another instance's task: only its stores, kept up from their changelogs, to take over soon after a failure. */
export class StandbyTask {
  readonly id: TaskId
  readonly #stores: TaskStores
  readonly #metrics: StandbyMetrics | undefined

  /** `stores` may be open: those of a task that was active until now. */
  constructor(id: TaskId, stores: TaskStores, metrics?: StandbyMetrics) {
    this.id = id
    this.#metrics = metrics
    this.#stores = stores
    stores.usedBy(undefined)
  }

  /** Opens the stores, unless they are. */
  open(): void | Promise<void> {
    if (!this.#stores.isOpen) return this.#stores.open()
  }

  get isOpen(): boolean {
    return this.#stores.isOpen
  }

  /** What to follow, and from where. */
  changelogPartitions(): ChangelogPartition[] {
    return this.#stores.changelogPartitions()
  }

  /** See {@link TaskStores.changelogIs}. */
  changelogIs(topic: string, partition: number, topicId: string): void {
    this.#stores.changelogIs(topic, partition, topicId)
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

  /** Tells that so many records have come from the changelogs. */
  updated(count: number): void {
    this.#metrics?.updated.record(count)
  }

  /** True when a store's write buffer is full. */
  get wantsCommit(): boolean {
    return this.#stores.wantsCommit
  }

  /** Makes what was restored durable. */
  commit(): void | Promise<void> {
    return this.#stores.commit(NOTHING_PROCESSED)
  }

  /** The stores, open as they are, for the task that takes this one's place. */
  handOver(): TaskStores {
    this.#metrics?.close()
    return this.#stores
  }

  close(): void | Promise<void> {
    this.#metrics?.close()
    // what it has comes from the changelogs, of which only what is committed is read
    return this.#stores.close(true)
  }
}
