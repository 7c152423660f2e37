import { RecordBatchWriter } from '../protocol/records/record-batch-writer.ts'
import type { ClientError } from './errors.ts'
import { PartitionQueue } from './partition-queue.ts'
import { ProducerBatch } from './producer-batch.ts'
import type { ResolvedProducerOptions } from './producer-options.ts'

/** Writers kept for the next batches: their buffers have grown to the size that batches reach here. */
const SPARE_WRITERS = 32

/** What a produce request has beside the batch, generously. */
const REQUEST_OVERHEAD = 512

/** Where records are collected into batches by partition. Knows sizes and ages; sends nothing. */
export class RecordAccumulator {
  readonly batchSize: number
  readonly maxBatchBytes: number
  /** Bytes appended and neither acknowledged nor given up. */
  bufferedBytes = 0
  /** Set once nothing can be appended any more: the producer is closed or failed. */
  refusal: ClientError | undefined
  /** Queues that have something to send, those that were served least recently first. */
  readonly ready = new Set<PartitionQueue>()
  /** Batches begun and not settled. */
  readonly incomplete = new Set<ProducerBatch>()
  readonly #lingerMs: number
  readonly #wake: () => void
  readonly #topics = new Map<string, PartitionQueue[]>()
  /** Queues with a growing batch, oldest batch first. */
  readonly #growing = new Set<PartitionQueue>()
  readonly #spare: RecordBatchWriter[] = []
  #timer: NodeJS.Timeout | undefined

  /** @param wake called when something has become ready to send */
  constructor({ batchSize, lingerMs, maxRequestSize }: Pick<ResolvedProducerOptions, 'batchSize' | 'lingerMs' | 'maxRequestSize'>, wake: () => void) {
    this.batchSize = batchSize
    this.maxBatchBytes = maxRequestSize - Math.min(REQUEST_OVERHEAD, maxRequestSize / 2)
    this.#lingerMs = lingerMs
    this.#wake = wake
  }

  /** The queues of a topic by partition; grows when partitions are used for the first time. */
  queues(topic: string): PartitionQueue[] {
    let queues = this.#topics.get(topic)
    if (queues === undefined) this.#topics.set(topic, (queues = []))
    return queues
  }

  queue(topic: string, partition: number): PartitionQueue {
    const queues = this.queues(topic)
    return (queues[partition] ??= new PartitionQueue(this, topic, partition))
  }

  *allQueues(): Iterable<PartitionQueue> {
    for (const queues of this.#topics.values()) for (const queue of queues) if (queue !== undefined) yield queue
  }

  /** An empty batch. @param order records of the partition before it */
  newBatch(order: number): ProducerBatch {
    return new ProducerBatch(this.newWriter(), order)
  }

  /** A growing batch got its first record. */
  started(queue: PartitionQueue, batch: ProducerBatch): void {
    batch.createdAt = performance.now()
    this.incomplete.add(batch)
    this.#growing.add(queue)
    if (this.#timer === undefined) this.#timer = setTimeout(() => this.#linger(), this.#lingerMs)
  }

  newWriter(): RecordBatchWriter {
    return this.#spare.pop() ?? new RecordBatchWriter()
  }

  sealed(queue: PartitionQueue): void {
    this.#growing.delete(queue)
    this.ready.add(queue)
    this.#wake()
  }

  /** Everything appended so far may be sent, however little it is. */
  dueNow(): void {
    for (const queue of this.#growing) this.#makeDue(queue)
    this.#wake()
  }

  /** Forgets a batch that is settled, or was replaced by its parts; its memory is used again. */
  settle(batch: ProducerBatch): void {
    this.incomplete.delete(batch)
    this.bufferedBytes -= batch.byteLength
    if (this.#spare.length >= SPARE_WRITERS) return
    batch.writer.reset()
    this.#spare.push(batch.writer)
  }

  /** Notes the parts of a batch that was split. */
  adopt(parts: readonly ProducerBatch[]): void {
    for (const part of parts) {
      this.incomplete.add(part)
      this.bufferedBytes += part.byteLength
    }
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #makeDue(queue: PartitionQueue): void {
    queue.due = true
    this.#growing.delete(queue)
    this.ready.add(queue)
  }

  #linger(): void {
    this.#timer = undefined
    const now = performance.now()
    let left: number | undefined
    for (const queue of this.#growing) {
      const wait = queue.open!.createdAt + this.#lingerMs - now
      if (wait > 0) {
        left = wait
        break
      }
      this.#makeDue(queue)
    }
    if (left !== undefined) this.#timer = setTimeout(() => this.#linger(), Math.ceil(left))
    if (this.ready.size > 0) this.#wake()
  }
}
