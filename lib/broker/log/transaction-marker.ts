import { at, attribute, MAGIC, BATCH_HEADER_BYTES, LOG_OVERHEAD, writeInt64 } from '../../protocol/records/batch-format.ts'
import { transactionMarker } from '../../protocol/records/aborted-transactions.ts'
import type { RecordBatch } from '../../protocol/records/record-batch.ts'
import { sealRewritten } from './batch.ts'

/** The end of a producer's transaction, as the coordinator tells it to a partition. */
export interface TransactionEnd {
  readonly producerId: number
  readonly producerEpoch: number
  readonly committed: boolean
  readonly coordinatorEpoch: number
}

/**
 * The one record of a marker: length, attributes, no deltas, a key of version 0 and the kind (0 abort, 1 commit), a value
 * of version 0 and the coordinator's epoch, no headers. Lengths are zigzag varints.
 */
const recordOf = ({ committed, coordinatorEpoch }: TransactionEnd): Buffer => {
  const record = Buffer.alloc(17)
  record[0] = 16 * 2
  record[4] = 4 * 2
  record.writeInt16BE(committed ? 1 : 0, 7)
  record[9] = 6 * 2
  record.writeInt32BE(coordinatorEpoch, 12)
  return record
}

/** A control batch that ends a transaction; the log gives it its offset. */
export const markerBatch = (end: TransactionEnd, nowMs: number): Buffer => {
  const batch = Buffer.concat([Buffer.alloc(BATCH_HEADER_BYTES), recordOf(end)])
  batch.writeInt32BE(batch.length - LOG_OVERHEAD, at.batchLength)
  batch[at.magic] = MAGIC
  batch.writeInt16BE(attribute.transactional | attribute.control, at.attributes)
  writeInt64(batch, at.baseTimestamp, nowMs)
  writeInt64(batch, at.maxTimestamp, nowMs)
  writeInt64(batch, at.producerId, end.producerId)
  batch.writeInt16BE(end.producerEpoch, at.producerEpoch)
  batch.writeInt32BE(-1, at.baseSequence)
  sealRewritten(batch, 0, 1)
  return batch
}

/** Where {@link markerBatch} puts the coordinator's epoch. */
const COORDINATOR_EPOCH = at.records + 12

/** What a control batch of the log says; `undefined` when it is not the end of a transaction. */
export const transactionEndOf = (batch: RecordBatch): TransactionEnd | undefined => {
  const marker = transactionMarker(batch)
  if (marker === undefined) return undefined
  const coordinatorEpoch = batch.buffer.readInt32BE(batch.position + COORDINATOR_EPOCH)
  return { producerId: batch.producerId, producerEpoch: batch.producerEpoch, committed: marker === 'commit', coordinatorEpoch }
}
