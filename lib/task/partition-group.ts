import type { RecordChunk } from '../core/record-cursor.ts'
import { partitionKey } from '../core/topic-partition.ts'
import { JavaHeap } from './java-heap.ts'
import type { RecordQueue } from './record-queue.ts'

/**
 * The queues of a task's partitions; the next record is the one with the smallest timestamp among their heads. Heads of the
 * same timestamp come in the order in which Java's priority queue gives them.
 */
export class PartitionGroup {
  /** Largest timestamp processed so far, or -1. */
  streamTime = -1
  readonly #queues = new Map<string, RecordQueue>()
  readonly #waiting = new JavaHeap<RecordQueue>((a, b) => a.headTimestamp < b.headTimestamp)
  /** The queue whose head was handed out last; it is moved on only when the record is done with. */
  #current: RecordQueue | undefined

  constructor(queues: Iterable<RecordQueue>) {
    for (const queue of queues) this.addQueue(queue)
  }

  addQueue(queue: RecordQueue): void {
    this.#queues.set(partitionKey(queue.topic, queue.partition), queue)
  }

  queue(topic: string, partition: number): RecordQueue | undefined {
    return this.#queues.get(partitionKey(topic, partition))
  }

  queues(): Iterable<RecordQueue> {
    return this.#queues.values()
  }

  add(queue: RecordQueue, chunk: RecordChunk): void {
    this.#moveOn()
    const wasEmpty = !queue.hasHead
    queue.add(chunk)
    if (wasEmpty && queue.advance()) this.#waiting.add(queue)
  }

  /** True when a record waits. One that is being processed does not count. */
  get hasRecords(): boolean {
    this.#moveOn()
    return this.#waiting.size > 0
  }

  /** True when every partition has a record waiting. */
  get allHaveRecords(): boolean {
    this.#moveOn()
    return this.#waiting.size === this.#queues.size
  }

  /**
   * The queue whose loaded head record is next, or undefined when none waits. The record stays that queue's current one,
   * with its bytes, until the caller tells the queue that it is consumed and asks for the next.
   */
  next(): RecordQueue | undefined {
    for (;;) {
      const queue = this.#waiting.size === 0 ? this.#onlyQueue() : this.#firstQueue()
      if (queue === undefined) return undefined
      this.#current = queue
      if (!queue.load()) {
        queue.consumed()
        continue
      }
      const timestamp = queue.headTimestamp
      if (timestamp > this.streamTime) this.streamTime = timestamp
      if (timestamp > queue.partitionTime) queue.partitionTime = timestamp
      return queue
    }
  }

  /**
   * True when the queue of the record just consumed has no other one, while other queues have: whether these may go on
   * without it is to be asked anew.
   */
  get hasRunDry(): boolean {
    const current = this.#current
    if (current === undefined || this.#waiting.size === 0) return false
    this.#moveOn()
    return !current.hasHead
  }

  #firstQueue(): RecordQueue | undefined {
    this.#moveOn()
    return this.#waiting.poll()
  }

  /** Where no other queue waits the heap has nothing to decide, and is passed by: tasks with one partition live here. */
  #onlyQueue(): RecordQueue | undefined {
    const current = this.#current
    if (current === undefined || current.hasHead) return undefined
    this.#current = undefined
    return current.advance() ? current : undefined
  }

  /** The queue that the record being processed came from. */
  get current(): RecordQueue | undefined {
    return this.#current
  }

  /** Looks for the next head of the queue whose record was consumed; a record that is not done with stays where it is. */
  #moveOn(): void {
    const current = this.#current
    if (current === undefined || current.hasHead) return
    this.#current = undefined
    if (current.advance()) this.#waiting.add(current)
  }

  clear(): void {
    for (const queue of this.#queues.values()) queue.clear()
    while (this.#waiting.poll() !== undefined);
    this.#current = undefined
  }
}
