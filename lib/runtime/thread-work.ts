import { performance } from 'node:perf_hooks'
import type { Time } from '../core/time.ts'
import type { Committer } from './committer.ts'
import type { ManagedTask } from './managed-task.ts'
import type { ThreadMetrics } from './metrics/thread-metrics.ts'
import type { LoopWork } from './processing-loop.ts'
import type { RepartitionPurger } from './repartition-purger.ts'
import type { StreamsProducer } from './streams-producer.ts'
import type { TaskManager } from './task-manager.ts'

/** Records that one task processes before the next has its turn and the clock is looked at. */
const RECORDS_PER_STEP = 250
/** Pause before a commit that failed is tried again, ms. */
const COMMIT_RETRY_MS = 200
/** How long a rebalance or the end of the thread waits for calls of asynchronous operators, ms; the others of the group wait too. */
const UNFINISHED_CALLS_MS = 5000

export interface ThreadWorkOptions {
  readonly tasks: TaskManager
  readonly producer: StreamsProducer
  readonly committer: Committer
  readonly purger: RepartitionPurger
  readonly time: Time
  readonly metrics: ThreadMetrics
  readonly commitIntervalMs: number
  readonly maxTaskIdleMs: number
  /** While true, no records are processed and no punctuators run; commits go on. */
  readonly isPaused: () => boolean
  /** There may be something to do again. */
  readonly wake: () => void
}

/** What a stream thread does in its loop: its tasks' records in turns, punctuation, and commits when they are due. */
export class ThreadWork implements LoopWork {
  readonly #options: ThreadWorkOptions
  readonly #waiting = new WeakSet<ManagedTask>()
  #turn = 0
  #lastCommitMs: number
  #retryCommitAt = 0
  /** While tasks that leave finish their calls: they are to be part of the next commit. */
  #isHeld = false

  constructor(options: ThreadWorkOptions) {
    this.#options = options
    this.#lastCommitMs = options.time.now()
  }

  get full(): boolean {
    return this.#options.producer.full
  }

  drained(): Promise<void> {
    return this.#options.producer.drained()
  }

  now(): number {
    return this.#options.time.now()
  }

  /** The next task that has something to do does some of it. */
  processSome(): number {
    if (this.#options.isPaused()) return 0
    const { running } = this.#options.tasks
    const now = this.now()
    for (let tried = 0; tried < running.length; tried++) {
      const managed = running[this.#turn++ % running.length]!
      const { task } = managed
      if (!task.isProcessable(now)) continue
      const processed = task.process(RECORDS_PER_STEP)
      if (task.waiting !== undefined) this.#wakeAfter(managed, task.waiting)
      if (processed === 0) continue
      this.#options.metrics.processed(processed, task.lastProcessMs)
      return processed
    }
    return 0
  }

  housekeeping(): Promise<void> | undefined {
    if (!this.#options.isPaused()) this.#punctuate()
    const now = this.now()
    this.#options.metrics.turnEnded(now)
    return this.#commitIsDue(now) ? this.commit() : undefined
  }

  #punctuate(): void {
    const begunAt = performance.now()
    let count = 0
    for (const managed of this.#options.tasks.running) {
      count += managed.task.punctuateWallClock()
      if (managed.task.waiting !== undefined) this.#wakeAfter(managed, managed.task.waiting)
    }
    if (count > 0) this.#options.metrics.punctuated(count, performance.now() - begunAt)
  }

  waited(elapsedMs: number): void {
    this.#options.metrics.waited(elapsedMs)
  }

  nextDeadline(): number {
    const { tasks, commitIntervalMs, maxTaskIdleMs } = this.#options
    const isPaused = this.#options.isPaused()
    let deadline = Infinity
    for (const { task } of tasks.running) {
      if (!isPaused) deadline = Math.min(deadline, task.nextWallClockPunctuationMs)
      // waits for other partitions (max.task.idle.ms): when data comes it is woken, else it looks again
      if (task.hasRecords && task.waiting === undefined && maxTaskIdleMs > 0 && !isPaused) deadline = Math.min(deadline, this.now() + maxTaskIdleMs)
      if (this.#isHeld) continue
      if (task.commitRequested) deadline = Math.min(deadline, this.#retryCommitAt)
      if (task.commitNeeded) deadline = Math.min(deadline, Math.max(this.#retryCommitAt, this.#lastCommitMs + commitIntervalMs))
    }
    return deadline
  }

  /** Commits what is running. The loop must be in this call, or paused. */
  async commit(): Promise<void> {
    if (await this.#commit(this.#options.tasks.running)) this.#lastCommitMs = this.now()
  }

  async #commit(tasks: readonly ManagedTask[]): Promise<boolean> {
    const { committer, purger } = this.#options
    const offsets = await committer.commit(tasks)
    const now = this.now()
    if (offsets === undefined) this.#retryCommitAt = now + COMMIT_RETRY_MS
    else purger.committed(offsets, now)
    return offsets !== undefined
  }

  /**
   * The last commit of tasks that are to leave: their calls under way are finished first, unless that takes too long. With
   * exactly-once all others are part of it. These may go on until `stopLoop` is called, which answers whether there is still
   * something to commit; nothing is committed before.
   */
  async commitLast(leaving: readonly ManagedTask[], stopLoop: () => Promise<boolean> = () => Promise.resolve(true)): Promise<void> {
    const { tasks, committer } = this.#options
    this.#isHeld = true
    try {
      const drains = await Promise.allSettled(leaving.map(({ task }) => task.drain(UNFINISHED_CALLS_MS)))
      const failed = drains.find((drain) => drain.status === 'rejected')
      if (failed !== undefined) throw failed.reason
      if (await stopLoop()) await this.#commit(committer.commitsAllAtOnce ? tasks.started : leaving)
    } finally {
      this.#isHeld = false
    }
  }

  #commitIsDue(now: number): boolean {
    if (now < this.#retryCommitAt || this.#isHeld) return false
    const isTime = now - this.#lastCommitMs >= this.#options.commitIntervalMs
    for (const { task } of this.#options.tasks.running) {
      if (task.commitRequested || (isTime && task.commitNeeded)) return true
    }
    return false
  }

  #wakeAfter(managed: ManagedTask, settled: Promise<void>): void {
    if (this.#waiting.has(managed)) return
    this.#waiting.add(managed)
    void settled.then(() => {
      this.#waiting.delete(managed)
      this.#options.wake()
    })
  }
}
