import type { Headers } from '../core/headers.ts'
import { partitionKey } from '../core/topic-partition.ts'
import { RecordTooLargeError } from './errors.ts'
import type { ProducerBatch } from './producer-batch.ts'
import type { RecordAccumulator } from './record-accumulator.ts'
import type { ValueWriter } from './types.ts'

/** What is appended to one partition and not acknowledged yet: a growing batch, those that wait, those under way. */
export class PartitionQueue {
  readonly topic: string
  readonly partition: number
  readonly key: string
  readonly #accumulator: RecordAccumulator
  /** The batch that grows. */
  open: ProducerBatch | undefined
  /** The open batch may be sent as it is: it has waited long enough, or somebody flushes. */
  due = false
  /** Batches to send, in order. */
  readonly sealed: ProducerBatch[] = []
  /** Batches under way to `inFlightNode`, in order. */
  readonly inFlight: ProducerBatch[] = []
  inFlightNode = -1
  /** The batch that the last append went to. */
  latest: ProducerBatch | undefined
  /** Not before (performance.now()). */
  retryAt = 0
  failures = 0
  /** The offset after the last acknowledged record. */
  ackedOffset: number | undefined
  /** The producer id, epoch and next sequence number of this partition; see {@link Sequencer}. */
  producerId = -1
  producerEpoch = -1
  nextSequence = 0
  /**
   * The broker has acknowledged something of this identity and epoch. Before that it takes any sequence number, also the
   * second batch's when it refused the first (a leader that is just being elected does): so the first goes alone.
   */
  acknowledged = false
  /** A batch with a sequence number was given up: the broker may miss it. No new numbers until that is settled. */
  gap = false
  /** The broker did miss it: begin anew in a higher epoch as soon as nothing is under way. */
  mustBump = false
  #records = 0

  constructor(accumulator: RecordAccumulator, topic: string, partition: number) {
    this.#accumulator = accumulator
    this.topic = topic
    this.partition = partition
    this.key = partitionKey(topic, partition)
  }

  /** Hot path; see `TopicAppender.append`. */
  append<K, V>(
    timestamp: number,
    key: K | undefined,
    keyWriter: ValueWriter<K>,
    value: V | undefined,
    valueWriter: ValueWriter<V>,
    headers: Headers,
  ): number {
    const accumulator = this.#accumulator
    if (accumulator.refusal !== undefined) throw accumulator.refusal
    const batch = (this.open ??= accumulator.newBatch(this.#records))
    const writer = batch.writer
    const before = writer.byteLength
    writer.appendWith(timestamp, key, keyWriter, value, valueWriter, headers)
    const after = writer.byteLength
    if (after > accumulator.maxBatchBytes) {
      this.#takeBackLast(batch)
      return this.append(timestamp, key, keyWriter, value, valueWriter, headers)
    }
    if (writer.recordCount === 1) this.#started(batch, before)
    accumulator.bufferedBytes += after - before
    this.#records += 1
    if (after >= accumulator.batchSize) this.seal()
    return after - before
  }

  /** Ends the growing batch. */
  seal(): void {
    const batch = this.open
    if (batch === undefined || batch.recordCount === 0) return
    this.open = undefined
    this.due = false
    this.sealed.push(batch)
    this.#accumulator.sealed(this)
  }

  /** Puts a batch back to where it was among those to send. */
  requeue(batch: ProducerBatch): void {
    const before = this.sealed.findIndex((other) => other.order > batch.order)
    this.sealed.splice(before < 0 ? this.sealed.length : before, 0, batch)
  }

  /** The oldest batch that is not under way. */
  get head(): ProducerBatch | undefined {
    return this.sealed[0] ?? (this.open !== undefined && this.open.recordCount > 0 ? this.open : undefined)
  }

  /** There is something to send now. */
  get isDue(): boolean {
    return this.sealed.length > 0 || (this.due && this.open !== undefined && this.open.recordCount > 0)
  }

  /** Only with its first record does a batch count: a serializer that throws leaves an empty one behind. */
  #started(batch: ProducerBatch, headerBytes: number): void {
    this.latest = batch
    this.#accumulator.bufferedBytes += headerBytes
    this.#accumulator.started(this, batch)
  }

  /** The last record made the batch too large: the next append puts it into one of its own. */
  #takeBackLast(batch: ProducerBatch): void {
    const size = batch.byteLength
    batch.writer.removeLast()
    if (batch.recordCount > 0) {
      this.seal()
      return
    }
    throw new RecordTooLargeError(
      `a record of about ${size} bytes for ${this.key} is larger than maxRequestSize, ${this.#accumulator.maxBatchBytes}; raise it, and max.message.bytes of the topic`,
    )
  }
}
