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

  isReady(queues: Iterable<RecordQueue>, nowMs: number): boolean {
    if (this.#maxIdleMs === -1) return true
    for (const queue of queues) {
      if (queue.hasHead) {
        this.#deadlines.delete(queue)
      } else if (queue.lag !== 0) {
        // not known yet, or there is more to fetch
        this.#deadlines.delete(queue)
        return false
      } else {
        const deadline = this.#deadlines.get(queue) ?? nowMs + this.#maxIdleMs
        this.#deadlines.set(queue, deadline)
        if (nowMs < deadline) return false
      }
    }
    return true
  }
}
