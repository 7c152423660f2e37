import { FetchedRecords } from '../protocol/records/fetched-records.ts'
import type { RecordBatchWriter } from '../protocol/records/record-batch-writer.ts'
import { ProducerBatch } from './producer-batch.ts'

/**
 * Cuts a batch that the broker finds too large into two or more, each at most half as large unless it is one record.
 * Records keep their order and their sequence numbers; whoever waits for the batch waits for its parts.
 */
export const splitBatch = (batch: ProducerBatch, newWriter: () => RecordBatchWriter): ProducerBatch[] => {
  const half = batch.byteLength / 2
  const parts: ProducerBatch[] = []
  const cursor = new FetchedRecords({ records: batch.writer.seal(), fetchOffset: 0, checkCrcs: false }).cursor()
  let part: ProducerBatch | undefined
  for (let index = 0; cursor.next(); index++) {
    const { buffer: b, keyStart, keyEnd, valueStart, valueEnd } = cursor
    const size = Math.max(0, keyEnd - keyStart) + Math.max(0, valueEnd - valueStart)
    if (part === undefined || part.byteLength + size > half) parts.push((part = beginPart(batch, index, newWriter())))
    const key = keyStart < 0 ? undefined : b.subarray(keyStart, keyEnd)
    const value = valueStart < 0 ? undefined : b.subarray(valueStart, valueEnd)
    part.writer.append(cursor.timestamp, key, value, cursor.headers())
  }
  shareWaiters(batch, parts)
  return parts
}

const beginPart = (batch: ProducerBatch, index: number, writer: RecordBatchWriter): ProducerBatch => {
  const part = new ProducerBatch(writer, batch.order + index)
  part.createdAt = batch.createdAt
  part.attempts = batch.attempts
  if (batch.sequence >= 0) part.setSequence(batch.producerId, batch.producerEpoch, (batch.sequence + index) % 2 ** 31)
  return part
}

const shareWaiters = (batch: ProducerBatch, parts: readonly ProducerBatch[]): void => {
  for (const waiter of batch.waiters) {
    waiter.batchSplit(parts.length)
    for (const part of parts) part.waiters.push(waiter)
  }
  for (const { index, ...receipt } of batch.receipts) {
    const part = parts.findLast((candidate) => candidate.order - batch.order <= index)!
    part.receipts.push({ ...receipt, index: index - (part.order - batch.order) })
  }
}
