import { StreamsError } from '../lib/core/errors.ts'
import type { ConsumerRecord, TimestampExtractor } from './api.ts'

/** The record's own timestamp; a record without one is an error. The default. */
export const failOnInvalidTimestamp: TimestampExtractor = (record) => {
  if (record.timestamp < 0) throw invalidTimestamp(record)
  return record.timestamp
}

/** The record's own timestamp; a record without one is dropped (logged and counted by the task). */
export const logAndSkipOnInvalidTimestamp: TimestampExtractor = (record) => record.timestamp

/** The record's own timestamp; a record without one gets the largest timestamp seen in its partition. */
export const usePartitionTimeOnInvalidTimestamp: TimestampExtractor = (record, partitionTime) => {
  if (record.timestamp >= 0) return record.timestamp
  if (partitionTime < 0) throw invalidTimestamp(record)
  return partitionTime
}

/** The time at which the record is read. */
export const wallclockTimestamp: TimestampExtractor = () => Date.now()

const invalidTimestamp = (record: ConsumerRecord): StreamsError =>
  new StreamsError(
    'MILLRACE_RECORD_INVALID_TIMESTAMP',
    `Input record ${record.topic}-${record.partition}@${record.offset} has invalid (negative) timestamp ${record.timestamp}. ` +
      'Its producer or topic wrote none; set another timestamp extractor to process such records.',
  )
