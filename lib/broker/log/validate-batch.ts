import { errorCodes } from '../../protocol/error-table.ts'
import type { LogConfig } from '../config/log-config.ts'
import { BATCH_HEADER_BYTES, MAGIC, at, attribute } from '../../protocol/records/batch-format.ts'
import { RecordBatch } from '../../protocol/records/record-batch.ts'
import { recordBytesOf, walkRecords } from './record-walk.ts'

const ZSTD = 4

/** Why a batch is refused. */
export interface BatchRefusal {
  readonly error: number
  readonly message: string
}

const refuse = (error: number, message: string): BatchRefusal => ({ error, message })

/**
 * Checks what a producer sent for one partition: exactly one batch of format 2, whole, of the right checksum and size, and
 * of times the topic allows; with a key in every record when the topic is compacted, for which the batch's codec must be
 * loaded. `undefined` when it may be appended.
 */
export const validateBatch = (records: Buffer | undefined, config: LogConfig, nowMs: number, allowsZstd: boolean): BatchRefusal | undefined => {
  if (records === undefined || records.length === 0) return refuse(errorCodes.INVALID_RECORD, 'a produce request has one batch for a partition, this one has none')
  if (records.length < BATCH_HEADER_BYTES) return refuse(errorCodes.CORRUPT_MESSAGE, `a batch has at least ${BATCH_HEADER_BYTES} bytes, this one ${records.length}`)
  if (records[at.magic] !== MAGIC) return refuse(errorCodes.INVALID_RECORD, `only record batches of format 2 are taken, not ${records[at.magic]}`)
  const batch = new RecordBatch(records, 0)
  const size = batch.byteLength
  if (size < BATCH_HEADER_BYTES || size > records.length) return refuse(errorCodes.CORRUPT_MESSAGE, `the batch says it has ${size} bytes, ${records.length} came`)
  if (size < records.length) return refuse(errorCodes.INVALID_RECORD, 'a produce request has one batch for a partition, this one has more')
  if (size > config.maxMessageBytes) return refuse(errorCodes.MESSAGE_TOO_LARGE, `the batch has ${size} bytes, max.message.bytes is ${config.maxMessageBytes}`)
  if (!batch.hasValidCrc()) return refuse(errorCodes.CORRUPT_MESSAGE, 'the checksum of the batch is wrong')
  const codec = batch.attributes & attribute.compression
  if (codec > ZSTD) return refuse(errorCodes.INVALID_RECORD, `there is no compression ${codec}`)
  if (codec === ZSTD && !allowsZstd) return refuse(errorCodes.UNSUPPORTED_COMPRESSION_TYPE, 'zstd needs Produce version 7')
  return validateFields(batch) ?? validateTimes(batch, config, nowMs) ?? (config.compact ? validateKeys(batch) : undefined)
}

const validateFields = (batch: RecordBatch): BatchRefusal | undefined => {
  const { recordCount, lastOffsetDelta, baseSequence } = batch
  if (batch.isControl) return refuse(errorCodes.INVALID_RECORD, 'clients do not write control batches')
  if (recordCount <= 0 || lastOffsetDelta !== recordCount - 1) {
    return refuse(errorCodes.INVALID_RECORD, `${recordCount} records with a last offset delta of ${lastOffsetDelta} cannot be`)
  }
  if (batch.producerId >= 0 && baseSequence < 0) return refuse(errorCodes.INVALID_RECORD, `an idempotent producer cannot begin at sequence ${baseSequence}`)
  return undefined
}

const validateTimes = (batch: RecordBatch, config: LogConfig, nowMs: number): BatchRefusal | undefined => {
  if (config.logAppendTime) return undefined
  const { maxTimestamp, baseTimestamp } = batch
  if (maxTimestamp - nowMs > config.timestampAfterMaxMs) {
    return refuse(errorCodes.INVALID_TIMESTAMP, `timestamp ${maxTimestamp} is further ahead than message.timestamp.after.max.ms = ${config.timestampAfterMaxMs} allows`)
  }
  if (nowMs - baseTimestamp > config.timestampBeforeMaxMs) {
    return refuse(errorCodes.INVALID_TIMESTAMP, `timestamp ${baseTimestamp} is further back than message.timestamp.before.max.ms = ${config.timestampBeforeMaxMs} allows`)
  }
  return undefined
}

const validateKeys = (batch: RecordBatch): BatchRefusal | undefined => {
  try {
    for (const { keyStart } of walkRecords(recordBytesOf(batch), batch.recordCount)) {
      if (keyStart < 0) return refuse(errorCodes.INVALID_RECORD, 'a compacted topic cannot have records without a key')
    }
    return undefined
  } catch (error) {
    return refuse(errorCodes.INVALID_RECORD, `the records cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}
