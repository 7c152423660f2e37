import type { AsyncWork } from './async/async-work.ts'
import { drained } from './async/drained.ts'
import type { CommitNeeds } from './commit-needs.ts'
import type { PendingWork } from './pending-work.ts'
import type { RecordCollector } from './record-collector.ts'
import type { RecordProcessing } from './record-processing.ts'
import type { CommittableOffset } from './stream-task-options.ts'
import type { TaskLifecycle } from './task-lifecycle.ts'
import type { TaskProgress } from './task-progress.ts'
import type { TaskStores } from './task-stores.ts'

export interface TaskCommitOptions {
  readonly isExactlyOnce: boolean
  readonly lifecycle: TaskLifecycle
  readonly processing: RecordProcessing
  readonly pending: PendingWork
  readonly async: AsyncWork
  readonly stores: TaskStores
  readonly collector: RecordCollector
  readonly progress: TaskProgress
  readonly needs: CommitNeeds
}

/** Brings a task to where it may be committed, and commits its stores. */
export class TaskCommit {
  readonly #options: TaskCommitOptions

  constructor(options: TaskCommitOptions) {
    this.#options = options
  }

  /** See `StreamTask.prepareCommit`. */
  prepare(): void | Promise<void> {
    const { pending, lifecycle, processing, stores, collector } = this.#options
    if (!pending.isEmpty) return pending.settled().then(() => this.prepare())
    if (!lifecycle.isStarted) return
    if (!processing.finishPending()) return this.prepare()
    if (this.#mustWait) return this.#progress().then(() => this.prepare())
    stores.flushCaches()
    collector.throwIfFailed()
    if (!pending.isEmpty) return pending.settled().then(() => this.prepare())
    if (this.#mustWait) return this.prepare()
  }

  get #mustWait(): boolean {
    const { async, isExactlyOnce } = this.#options
    return async.unanchored > 0 || (isExactlyOnce && async.size > 0)
  }

  /** Waits for the next result, and hands it on, unless that is no longer wanted; takes no further records. */
  async #progress(isOver?: () => boolean): Promise<void> {
    const { processing, lifecycle } = this.#options
    await processing.waiting
    if (isOver?.() === true || lifecycle.state === 'closed' || !processing.finishPending()) return
    processing.deliver()
  }

  /** See `StreamTask.drain`. */
  async drain(limitMs: number): Promise<void> {
    const { async, lifecycle, needs } = this.#options
    if (!async.isUsed || lifecycle.state !== 'running') return
    const isDrained = await drained(limitMs, (isOver) => this.#finishCalls(isOver))
    needs.hasGivenUp = !isDrained
  }

  /** Caches may hold what is yet to be called for. */
  async #finishCalls(isOver: () => boolean): Promise<void> {
    const { processing, stores } = this.#options
    do {
      while (processing.waiting !== undefined && !isOver()) await this.#progress(isOver)
      if (isOver()) return
      stores.flushCaches()
    } while (processing.waiting !== undefined)
  }

  /** The source offsets to commit: those that changed, and with exactly-once always one, see {@link TaskProgress.changedOrAll}. */
  offsets(): CommittableOffset[] {
    const { isExactlyOnce, progress } = this.#options
    return isExactlyOnce ? progress.changedOrAll() : progress.changed()
  }

  /** Makes the stores durable with the offsets of their changelogs. */
  finish(): void | Promise<void> {
    const { needs, stores, progress } = this.#options
    needs.committed()
    return stores.commit(progress.commit())
  }
}
