import { FetchedRecords } from '../../protocol/records/fetched-records.ts'
import type { PartitionLog } from './partition-log.ts'
import type { BatchPosition, Segment } from './segment.ts'

export interface OffsetAndTimestamp {
  /** -1 when there is no such record. */
  readonly offset: number
  /** Ms; -1 when there is no such record. */
  readonly timestamp: number
}

const NOWHERE: OffsetAndTimestamp = { offset: -1, timestamp: -1 }

/** The first record of this timestamp or a later one between the log's start and `limit`: looks into compressed batches too. */
export const findTimestamp = async (log: PartitionLog, timestamp: number, limit: number): Promise<OffsetAndTimestamp> => {
  for (const segment of log.segments) {
    if (segment.nextOffset <= log.logStartOffset) continue
    if (segment.baseOffset >= limit) break
    const found = segment.batchOfTimestamp(timestamp, log.logStartOffset)
    if (found === undefined) continue
    const record = await firstRecord(segment, found, timestamp, log.logStartOffset)
    return record !== undefined && record.offset < limit ? record : NOWHERE
  }
  return NOWHERE
}

/** The first record of the largest timestamp. */
export const findMaxTimestamp = async (log: PartitionLog, limit: number): Promise<OffsetAndTimestamp> => {
  let largest = -1
  for (const segment of log.segments) largest = Math.max(largest, segment.maxTimestamp)
  return largest < 0 ? NOWHERE : findTimestamp(log, largest, limit)
}

const firstRecord = async (segment: Segment, { position, size, batch }: BatchPosition, timestamp: number, from: number): Promise<OffsetAndTimestamp | undefined> => {
  // With log append time all records share the batch's; a marker is one record.
  if (batch.isLogAppendTime || batch.isControl) return { offset: Math.max(from, batch.baseOffset), timestamp: batch.maxTimestamp }
  const chunk = new FetchedRecords({ records: Buffer.concat(await segment.bytes.read(position, position + size)), fetchOffset: from, checkCrcs: false })
  await chunk.ready
  const cursor = chunk.cursor()
  while (cursor.next()) if (cursor.timestamp >= timestamp) return { offset: cursor.offset, timestamp: cursor.timestamp }
  return undefined
}
