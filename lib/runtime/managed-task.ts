import type { RecordCursor } from '../core/record-cursor.ts'
import { partitionKey } from '../core/topic-partition.ts'
import type { StreamTask } from '../task/stream-task.ts'
import type { RestoreTarget } from './changelog-partition.ts'

/**
 * A task of this thread. `created`: its stores are not open. `restoring`: they are being filled from their changelogs.
 * `running`: it processes records (unless the thread is between two assignments).
 */
export type TaskPhase = 'created' | 'restoring' | 'running'

/** A task together with where it is in its life. */
export class ManagedTask {
  readonly id: string
  readonly topics: readonly string[]
  readonly task: StreamTask
  phase: TaskPhase = 'created'
  /** By `partitionKey`: where its inputs are to be read from. */
  startOffsets: ReadonlyMap<string, number> = new Map()
  #writing: Promise<void> | undefined

  constructor(id: string, topics: readonly string[], task: StreamTask) {
    this.id = id
    this.topics = topics
    this.task = task
  }

  get isRunning(): boolean {
    return this.phase === 'running'
  }

  /** Takes the open stores over that its task was made with. */
  async takeOver(): Promise<void> {
    await this.task.open()
    this.phase = 'restoring'
  }

  /** The stores to be filled before the task can run, each from where it is. */
  restoreTargets(): RestoreTarget[] {
    const { task } = this
    const inputs = new Set(task.inputPartitions.map(({ topic, partition }) => partitionKey(topic, partition)))
    return task.changelogPartitions().map(({ topic, partition, storeName, offset }) => {
      const key = partitionKey(topic, partition)
      return {
        storeName,
        topic,
        partition,
        startOffset: offset,
        endLimit: inputs.has(key) ? this.startOffsets.get(key) : undefined,
        changelogIs: (topicId: string) => task.changelogIs(topic, partition, topicId),
        restore: (cursor: RecordCursor, max: number) => task.restore(topic, partition, cursor, max),
        get wantsCommit() {
          return task.commitRequested
        },
        commit: () => this.commitStores(),
        completed: (end: number) => task.restoredTo(topic, partition, end),
      }
    })
  }

  /**
   * Begins to write the stores, with what they hold now, and goes on at once: what is put meanwhile belongs to the next
   * commit. The stores of a task are written together; those restored at the same time share the commit under way, unless a
   * second one may be made ready.
   */
  commitStores(): void | Promise<void> {
    if (this.#writing !== undefined && !this.task.takesCommitsAhead) return this.#writing
    const written = this.task.postCommit()
    if (written === undefined) return
    const writing: Promise<void> = Promise.all([this.#writing, written]).then(() => {
      if (this.#writing === writing) this.#writing = undefined
    })
    this.#writing = writing
    writing.catch(() => {})
    return writing
  }

  /** Resolves when the stores are written. @throws what failed there */
  async settled(): Promise<void> {
    const writing = this.#writing
    try {
      await writing
    } finally {
      if (this.#writing === writing) this.#writing = undefined
    }
  }
}
