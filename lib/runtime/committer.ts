import { ClientError, CommitFailedError, RebalanceInProgressError } from '../client/errors.ts'
import type { OffsetAndMetadata } from '../client/types.ts'
import type { Logger } from '../core/log.ts'
import type { Time } from '../core/time.ts'
import { partitionKey } from '../core/topic-partition.ts'
import type { Counter } from '../metrics/metrics-registry.ts'
import { TaskMigratedError } from './errors.ts'
import type { ManagedTask } from './managed-task.ts'
import { encodeOffsetMetadata } from './offset-metadata.ts'
import type { StreamsProducer } from './streams-producer.ts'

export interface CommitterOptions {
  readonly producer: StreamsProducer
  readonly commitOffsets: (offsets: ReadonlyMap<string, OffsetAndMetadata>) => Promise<void>
  readonly time: Time
  readonly logger: Logger
  /** How long commits may fail before the thread does, ms (`task.timeout.ms`). */
  readonly timeoutMs: number
  readonly committed: Counter
}

/**
 * Commits tasks at least once: what they produced is acknowledged first, then their input offsets are committed, then their
 * stores are written together with the changelog offsets. A crash in between repeats records, and never loses one.
 */
export class Committer {
  readonly #options: CommitterOptions
  /** When commits began to fail; undefined while they succeed. */
  #failingSince: number | undefined

  constructor(options: CommitterOptions) {
    this.#options = options
  }

  /**
   * Commits what the tasks did since the last time; answers the committed offsets by `partitionKey`, or undefined when it
   * did not work out and is to be tried again later.
   * @throws {TaskMigratedError} when the group went on without this member
   */
  async commit(tasks: readonly ManagedTask[]): Promise<ReadonlyMap<string, number> | undefined> {
    const dirty = tasks.filter(({ task }) => task.commitNeeded || task.commitRequested)
    if (dirty.length === 0) return new Map()
    for (const managed of dirty) {
      await managed.settled()
      await managed.task.prepareCommit()
    }
    await this.#options.producer.flush()
    const offsets = offsetsOf(dirty)
    if (!(await this.#commitOffsets(offsets))) return undefined
    // not awaited: the stores keep what is being written apart from what comes now
    for (const managed of dirty) void managed.commitStores()
    this.#options.committed.add()
    return new Map([...offsets].map(([key, { offset }]) => [key, offset]))
  }

  /** False when the offsets could not be committed now, but may be later. */
  async #commitOffsets(offsets: ReadonlyMap<string, OffsetAndMetadata>): Promise<boolean> {
    if (offsets.size === 0) return true
    const { commitOffsets, time, logger, timeoutMs } = this.#options
    try {
      await commitOffsets(offsets)
      this.#failingSince = undefined
      return true
    } catch (error) {
      if (error instanceof CommitFailedError) {
        throw new TaskMigratedError(`offsets were not committed, the tasks belong to other members by now: ${error.message}`, { cause: error })
      }
      if (!(error instanceof ClientError && error.retriable)) throw error
      const now = time.now()
      this.#failingSince ??= now
      if (!(error instanceof RebalanceInProgressError) && now - this.#failingSince > timeoutMs) throw error
      logger.warn({ err: error }, 'a commit failed and will be tried again')
      return false
    }
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
