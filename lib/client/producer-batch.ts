import type { RecordBatchWriter, SealOptions } from '../protocol/records/record-batch-writer.ts'
import type { ClientError } from './errors.ts'
import type { FlushWaiter } from './flush-waiter.ts'

/** Wants to know the offset of the record at `index` of a batch. */
export interface Receipt {
  readonly index: number
  resolve(offset: number): void
  reject(error: ClientError): void
}

/** Records of one partition on their way to the broker, from the first append to the acknowledgement. */
export class ProducerBatch {
  readonly writer: RecordBatchWriter
  /** How many records of the partition came before: batches of a partition are always sent in this order. */
  readonly order: number
  /** performance.now() of the first record. */
  createdAt = 0
  attempts = 0
  /** -1 until it is sent for the first time; then it stays, so that brokers recognise a repetition. */
  sequence = -1
  producerId = -1
  producerEpoch = -1
  readonly waiters: FlushWaiter[] = []
  readonly receipts: Receipt[] = []
  #encoded: Buffer | undefined

  constructor(writer: RecordBatchWriter, order: number) {
    this.writer = writer
    this.order = order
  }

  get recordCount(): number {
    return this.writer.recordCount
  }

  /** Not compressed. */
  get byteLength(): number {
    return this.writer.byteLength
  }

  /** What it is on the wire. */
  get sentLength(): number {
    return this.#encoded?.length ?? this.byteLength
  }

  /** What goes to the broker; the same bytes for each attempt. Nothing can be appended afterwards. */
  encode(options: Pick<SealOptions, 'compression' | 'transactional'>): Buffer {
    const { producerId, producerEpoch, sequence: baseSequence } = this
    return (this.#encoded ??= this.writer.seal({ ...options, producerId, producerEpoch, baseSequence }))
  }

  setSequence(producerId: number, producerEpoch: number, sequence: number): void {
    this.producerId = producerId
    this.producerEpoch = producerEpoch
    this.sequence = sequence
    this.#encoded = undefined
  }

  clearSequence(): void {
    this.setSequence(-1, -1, -1)
  }

  /** @param baseOffset of its first record, -1 when the broker does not say */
  succeed(baseOffset: number): void {
    for (const receipt of this.receipts) receipt.resolve(baseOffset < 0 ? -1 : baseOffset + receipt.index)
    for (const waiter of this.waiters) waiter.batchDone()
  }

  fail(error: ClientError): void {
    for (const receipt of this.receipts) receipt.reject(error)
    for (const waiter of this.waiters) waiter.batchDone(error)
  }
}
