import type { RecordQueue } from './record-queue.ts'

/**
 * Whether a task may take its next record although some of its partitions have none waiting: `max.task.idle.ms`. It waits
 * for data that is known to be on the broker, and then that long for data that may still be produced.
 */
export class Readiness {
  readonly #maxIdleMs: number
  readonly #deadlines = new Map<RecordQueue, number>()

  /** -1 never waits. */
  constructor(maxTaskIdleMs: number) {
    this.#maxIdleMs = maxTaskIdleMs
  }

  /**
   * Looks at a partition whose lag was told, or that got records. As in Java the time to wait begins when a partition is known to
   * have nothing, whether others have something by then or not: what comes after a long silence is processed at once.
   */
  note(queue: RecordQueue, nowMs: number): void {
    if (queue.hasHead || queue.lag !== 0) this.#deadlines.delete(queue)
    else if (!this.#deadlines.has(queue)) this.#deadlines.set(queue, nowMs + this.#maxIdleMs)
  }

  isReady(queues: Iterable<RecordQueue>, nowMs: number): boolean {
    if (this.#maxIdleMs === -1) return true
    for (const queue of queues) {
      this.note(queue, nowMs)
      if (queue.hasHead) continue
      // not known yet, or there is more to fetch
      const deadline = this.#deadlines.get(queue)
      if (deadline === undefined || nowMs < deadline) return false
    }
    return true
  }
}
