import { ClientError, CommitFailedError, RebalanceInProgressError, TransactionAbortableError } from '../client/errors.ts'
import { BETWEEN_GENERATIONS } from '../client/transactions.ts'
import type { GroupMetadata, OffsetAndMetadata } from '../client/types.ts'
import type { Logger } from '../core/log.ts'
import { TaskMigratedError } from '../task/errors.ts'
import { isLostTransaction, isPassing } from './lost-transaction.ts'
import type { StreamsProducer } from './streams-producer.ts'
import { TaskTimeout } from './task-timeout.ts'
import type { TaskTimeoutOptions } from './task-timeout.ts'

/** Commits offsets (by `partitionKey`) after what the tasks have sent, or with it. */
export interface OffsetCommits {
  /** True when all of it, or nothing, is committed: then also nothing of tasks that have given up. */
  readonly isExactlyOnce: boolean
  /**
   * False when it did not work out now, but may later.
   * @throws {TaskMigratedError} when what was done since the last commit has to be done again
   * @throws {TaskTimeoutError} when it has not worked out for longer than `task.timeout.ms`
   */
  commit(offsets: ReadonlyMap<string, OffsetAndMetadata>): Promise<boolean>
}

export interface CommitOptions extends TaskTimeoutOptions {
  readonly producer: StreamsProducer
}

const timeoutOf = (options: TaskTimeoutOptions): TaskTimeout => new TaskTimeout('The commit of the tasks of a stream thread', options)

/** At least once: first what was sent is acknowledged, then the offsets are committed. */
export class SeparateCommits implements OffsetCommits {
  readonly isExactlyOnce = false
  readonly #options: CommitOptions & SeparateOptions
  readonly #timeout: TaskTimeout

  constructor(options: CommitOptions & SeparateOptions) {
    this.#options = options
    this.#timeout = timeoutOf(options)
  }

  async commit(offsets: ReadonlyMap<string, OffsetAndMetadata>): Promise<boolean> {
    const { producer, commitOffsets, logger } = this.#options
    await producer.flush()
    if (offsets.size === 0) return true
    try {
      await commitOffsets(offsets)
      this.#timeout.succeeded()
      return true
    } catch (error) {
      if (error instanceof CommitFailedError) {
        throw new TaskMigratedError(`offsets were not committed, the tasks belong to other members by now: ${error.message}`, { cause: error })
      }
      if (!(error instanceof ClientError && error.retriable)) throw error
      if (!(error instanceof RebalanceInProgressError)) this.#timeout.failed(error)
      logger.warn({ err: error }, 'a commit failed and will be tried again')
      return false
    }
  }
}

const isBetweenGenerations = (error: unknown): boolean =>
  error instanceof ClientError && !(error instanceof TransactionAbortableError) && BETWEEN_GENERATIONS.includes(error.kafkaName)

interface MembershipOptions {
  readonly groupMetadata: () => GroupMetadata
  /** True when the membership has ended since; else the offsets can be committed in a later generation. */
  readonly isOver: (group: GroupMetadata) => boolean
  readonly logger: Logger
}

interface SeparateOptions {
  readonly commitOffsets: (offsets: ReadonlyMap<string, OffsetAndMetadata>) => Promise<void>
  readonly logger: Logger
}

/**
 * Exactly once: offsets, outputs and changelogs are committed by one transaction, in the name of the member and its generation
 * (KIP-447). When that fails, or nobody knows how it ended, everything begins again from what the cluster says is committed.
 */
export class TransactionalCommits implements OffsetCommits {
  readonly isExactlyOnce = true
  readonly #options: CommitOptions & MembershipOptions
  readonly #timeout: TaskTimeout

  constructor(options: CommitOptions & MembershipOptions) {
    this.#options = options
    this.#timeout = timeoutOf(options)
  }

  async commit(offsets: ReadonlyMap<string, OffsetAndMetadata>): Promise<boolean> {
    const { producer, groupMetadata, isOver, logger } = this.#options
    const group = groupMetadata()
    // without a generation the coordinator would not ask whose the offsets are
    if (group.generationId < 0) throw new TaskMigratedError('the membership has lapsed: the tasks may belong to other members by now')
    try {
      await producer.commitTransaction(offsets, group)
    } catch (error) {
      const cause = error instanceof TaskMigratedError ? error.cause : error
      if (isBetweenGenerations(cause) && !isOver(group)) {
        logger.debug({ err: error }, 'the group has begun a generation that this member does not know yet: the commit comes later')
        return false
      }
      if (isPassing(cause)) this.#timeout.failed(cause)
      if (!isLostTransaction(error)) throw error
      throw new TaskMigratedError(`the transaction was not committed: ${error.message}`, { cause: error })
    }
    this.#timeout.succeeded()
    return true
  }
}
