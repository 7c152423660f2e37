import { performance } from 'node:perf_hooks'
import type { OffsetAndMetadata } from '../client/types.ts'
import { partitionKey } from '../core/topic-partition.ts'
import { TaskMigratedError } from '../task/errors.ts'
import type { ManagedTask } from './managed-task.ts'
import type { ThreadMetrics } from './metrics/thread-metrics.ts'
import type { OffsetCommits } from './offset-commits.ts'
import { encodeOffsetMetadata } from './offset-metadata.ts'

export interface CommitterOptions {
  readonly commits: OffsetCommits
  readonly metrics: Pick<ThreadMetrics, 'committed'>
}

/**
 * Commits tasks: first what they produced and their input offsets, one after the other (at least once) or by a transaction
 * (exactly once); then their stores are written together with the changelog offsets. A crash in between leaves the stores
 * behind their changelogs, never ahead.
 */
export class Committer {
  readonly #options: CommitterOptions

  constructor(options: CommitterOptions) {
    this.#options = options
  }

  /** True when only all tasks together can be committed: what they have sent is one transaction. */
  get commitsAllAtOnce(): boolean {
    return this.#options.commits.isExactlyOnce
  }

  /**
   * Commits what the tasks did since the last time; answers the committed offsets by `partitionKey`, or undefined when it
   * did not work out and is to be tried again later. `tasks` are all that the thread's producer has sent for, when {@link commitsAllAtOnce}.
   * @throws {TaskMigratedError} when what was done since the last commit has to be done again, by this member or another
   */
  async commit(tasks: readonly ManagedTask[]): Promise<ReadonlyMap<string, number> | undefined> {
    const { commits, metrics } = this.#options
    if (commits.isExactlyOnce && tasks.some(({ task }) => task.hasGivenUp)) {
      throw new TaskMigratedError('calls under way were not finished in time: their records are processed again, and all others of the transaction')
    }
    const dirty = tasks.filter(({ task }) => task.commitNeeded || task.commitRequested)
    if (dirty.length === 0) return new Map()
    const begunAt = performance.now()
    for (const managed of dirty) {
      await managed.settled()
      await managed.task.prepareCommit()
    }
    const offsets = offsetsOf(dirty)
    if (!(await commits.commit(offsets))) return undefined
    // not awaited: the stores keep what is being written apart from what comes now
    for (const managed of dirty) void managed.commitStores()
    metrics.committed(dirty.length, performance.now() - begunAt)
    return new Map([...offsets].map(([key, { offset }]) => [key, offset]))
  }
}

const offsetsOf = (tasks: readonly ManagedTask[]): Map<string, OffsetAndMetadata> => {
  const offsets = new Map<string, OffsetAndMetadata>()
  for (const { task } of tasks) {
    const times = task.times.snapshot()
    for (const { topic, partition, offset, partitionTime } of task.committableOffsets()) {
      offsets.set(partitionKey(topic, partition), { offset, metadata: encodeOffsetMetadata({ partitionTime, times }) })
    }
  }
  return offsets
}
