import type { RecordBatch } from '../../protocol/records/record-batch.ts'
import type { AbortedRange } from './open-transactions.ts'
import type { PartitionLog } from './partition-log.ts'

/** What one pass of compaction knows of transactions, all of which are decided in what it reads; batches come in offset order. */
export class CleanedTransactions {
  readonly #log: PartitionLog
  /** By producer, in the order of their markers. */
  readonly #aborted = new Map<number, AbortedRange[]>()
  /** Producers with batches that stay in the transaction that comes to its marker next. */
  readonly #withData = new Set<number>()

  constructor(log: PartitionLog) {
    this.#log = log
    for (const segment of log.segments) {
      for (const range of segment.aborted) {
        const known = this.#aborted.get(range.producerId)
        if (known === undefined) this.#aborted.set(range.producerId, [range])
        else known.push(range)
      }
    }
  }

  isAborted(batch: RecordBatch): boolean {
    if (!batch.isTransactional) return false
    const { baseOffset } = batch
    return this.#aborted.get(batch.producerId)?.some(({ firstOffset, lastOffset }) => firstOffset <= baseOffset && baseOffset < lastOffset) ?? false
  }

  /** A batch of records stays. */
  kept(batch: RecordBatch): void {
    if (batch.isTransactional) this.#withData.add(batch.producerId)
  }

  /** Whether nobody needs a marker any more: nothing of its transaction is left, readers had time, and its producer has gone on. */
  mayDrop(marker: RecordBatch, goneBefore: number): boolean {
    const hadData = this.#withData.delete(marker.producerId)
    if (hadData || marker.baseOffset >= goneBefore) return false
    const producer = this.#log.producers.get(marker.producerId)
    return producer === undefined || producer.epoch > marker.producerEpoch || producer.batches.some(({ baseOffset }) => baseOffset > marker.baseOffset)
  }
}
