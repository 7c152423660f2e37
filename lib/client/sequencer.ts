import type { PartitionQueue } from './partition-queue.ts'
import type { ProducerBatch } from './producer-batch.ts'

/** Sequence numbers are 31 bits and begin again at 0. */
const SEQUENCES = 2 ** 31
const LAST_EPOCH = 32_767

/** What a transactional or idempotent producer is known by. */
export interface ProducerIdentity {
  readonly producerId: number
  readonly producerEpoch: number
}

/**
 * Sequence numbers of an idempotent producer, partition by partition. A batch gets its number when it is first sent and
 * keeps it, so that the broker recognises a repetition. When the broker misses a number for good, the partition begins
 * again at 0 in a higher epoch: brokers keep epochs apart by partition, so the others go on as they are.
 */
export class Sequencer {
  /** Undefined until it is obtained. Every partition goes on under a new one, from sequence 0, with its next new batch. */
  identity: ProducerIdentity | undefined
  readonly #mayBump: boolean

  /** @param mayBump false for transactional producers, whose epoch only the coordinator raises */
  constructor(mayBump: boolean) {
    this.#mayBump = mayBump
  }

  /**
   * Whether the queue's next batch may go out as far as sequence numbers are concerned; gives it one when it has none.
   * `failed`: a transactional producer's numbers have a gap, or epochs are used up.
   */
  admit(queue: PartitionQueue, batch: ProducerBatch): 'yes' | 'later' | 'failed' {
    const outdated = batch.sequence < 0 && this.#isOutdated(queue)
    if (outdated || queue.mustBump || (queue.gap && batch.sequence < 0)) {
      if (queue.inFlight.length > 0) return 'later'
      if (outdated) this.#adopt(queue)
      else if (!this.#bump(queue)) return 'failed'
    }
    if (!queue.acknowledged && queue.inFlight.length > 0) return 'later'
    if (batch.sequence < 0) {
      batch.setSequence(queue.producerId, queue.producerEpoch, queue.nextSequence)
      queue.nextSequence = (queue.nextSequence + batch.recordCount) % SEQUENCES
    }
    return 'yes'
  }

  #isOutdated(queue: PartitionQueue): boolean {
    const { producerId, producerEpoch } = this.identity!
    return queue.producerId !== producerId || queue.producerEpoch < producerEpoch
  }

  #adopt(queue: PartitionQueue): void {
    const { producerId, producerEpoch } = this.identity!
    queue.producerId = producerId
    queue.producerEpoch = producerEpoch
    this.#restart(queue)
  }

  #restart(queue: PartitionQueue): void {
    queue.nextSequence = 0
    queue.acknowledged = false
    queue.gap = false
    queue.mustBump = false
  }

  #bump(queue: PartitionQueue): boolean {
    if (!this.#mayBump || queue.producerEpoch >= LAST_EPOCH) return false
    queue.producerEpoch += 1
    this.#restart(queue)
    for (const batch of queue.sealed) batch.clearSequence()
    return true
  }
}
