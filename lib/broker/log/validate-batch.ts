import { errorCodes } from '../../protocol/error-table.ts'
import type { LogConfig } from '../config/log-config.ts'
import { BATCH_HEADER_BYTES, LOG_OVERHEAD, MAGIC, at, attribute } from '../../protocol/records/batch-format.ts'
import { RecordBatch } from '../../protocol/records/record-batch.ts'
import { recordBytesOf, walkRecords } from './record-walk.ts'

const ZSTD = 4

/** Why a batch is refused. */
export interface BatchRefusal {
  readonly error: number
  readonly message: string
  /** The records at fault, by their place in the batch, where it is known. */
  readonly records?: readonly number[]
  /** Found in the records, not in what holds them: Kafka then tells where the log begins. */
  readonly isInside?: true
}

const refuse = (error: number, message: string): BatchRefusal => ({ error, message })
const refuseInside = (error: number, message: string, records: readonly number[] = []): BatchRefusal => ({ error, message, records, isInside: true })

/** As much of a batch as tells its size and its format. */
const BYTES_UP_TO_MAGIC = at.magic + 1
/** The size of the smallest record of the oldest format: no batch is smaller. */
const SMALLEST = 14

/** Whether a whole batch begins at a position, or why nothing there can be one. What is cut off is no batch. */
const isBatchAt = (records: Buffer, position: number): boolean | BatchRefusal => {
  const left = records.length - position
  if (left < BYTES_UP_TO_MAGIC) return false
  const length = records.readInt32BE(position + at.batchLength)
  if (length < SMALLEST) return refuse(errorCodes.CORRUPT_MESSAGE, `a batch does not have ${length} bytes`)
  const magic = records.readInt8(position + at.magic)
  if (magic < 0 || magic > MAGIC) return refuse(errorCodes.CORRUPT_MESSAGE, `there is no format ${magic} of batches`)
  return left >= LOG_OVERHEAD + length
}

/**
 * Checks what a producer sent for one partition: exactly one batch of format 2, whole, of the right checksum and size, and
 * of times the topic allows; with a key in every record when the topic is compacted, for which the batch's codec must be
 * loaded. `undefined` when it may be appended.
 */
export const validateBatch = (records: Buffer | undefined, config: LogConfig, nowMs: number, allowsZstd: boolean): BatchRefusal | undefined => {
  const first = records === undefined ? false : isBatchAt(records, 0)
  if (typeof first === 'object') return first
  if (!first || records === undefined) return refuse(errorCodes.INVALID_RECORD, 'a produce request has one batch for a partition, this one has none')
  if (records[at.magic] !== MAGIC) return refuse(errorCodes.INVALID_RECORD, `only record batches of format 2 are taken, not ${records[at.magic]}`)
  const batch = new RecordBatch(records, 0)
  const size = batch.byteLength
  if (size < BATCH_HEADER_BYTES) return refuse(errorCodes.CORRUPT_MESSAGE, `a batch has at least ${BATCH_HEADER_BYTES} bytes, this one ${size}`)
  if (size < records.length) {
    const second = isBatchAt(records, size)
    if (typeof second === 'object') return second
    if (second) return refuse(errorCodes.INVALID_RECORD, 'a produce request has one batch for a partition, this one has more')
  }
  if (size > config.maxMessageBytes) return refuse(errorCodes.MESSAGE_TOO_LARGE, `the batch has ${size} bytes, max.message.bytes is ${config.maxMessageBytes}`)
  if (!batch.hasValidCrc()) return refuse(errorCodes.CORRUPT_MESSAGE, 'the checksum of the batch is wrong')
  const codec = batch.attributes & attribute.compression
  if (codec > ZSTD) return refuseInside(errorCodes.UNKNOWN_SERVER_ERROR, `there is no compression ${codec}`)
  if (codec === ZSTD && !allowsZstd) return refuse(errorCodes.UNSUPPORTED_COMPRESSION_TYPE, 'zstd needs Produce version 7')
  return validateFields(batch) ?? validateTimes(batch, config, nowMs) ?? (config.compact ? validateKeys(batch) : undefined)
}

const validateFields = (batch: RecordBatch): BatchRefusal | undefined => {
  const { recordCount, lastOffsetDelta, baseSequence } = batch
  if (batch.isControl) return refuseInside(errorCodes.INVALID_RECORD, 'clients do not write control batches')
  if (recordCount <= 0 || lastOffsetDelta !== recordCount - 1) {
    return refuseInside(errorCodes.INVALID_RECORD, `${recordCount} records with a last offset delta of ${lastOffsetDelta} cannot be`)
  }
  if (batch.producerId >= 0 && baseSequence < 0) return refuseInside(errorCodes.INVALID_RECORD, `an idempotent producer cannot begin at sequence ${baseSequence}`)
  return undefined
}

const validateTimes = (batch: RecordBatch, config: LogConfig, nowMs: number): BatchRefusal | undefined => {
  if (config.logAppendTime) return undefined
  const { maxTimestamp, baseTimestamp } = batch
  const { timestampAfterMaxMs, timestampBeforeMaxMs } = config
  if (maxTimestamp - nowMs > timestampAfterMaxMs) {
    const message = `timestamp ${maxTimestamp} is further ahead than message.timestamp.after.max.ms = ${timestampAfterMaxMs} allows`
    return refuseInside(errorCodes.INVALID_TIMESTAMP, message, recordsOfTimes(batch, (timestamp) => timestamp - nowMs > timestampAfterMaxMs))
  }
  if (nowMs - baseTimestamp > timestampBeforeMaxMs) {
    const message = `timestamp ${baseTimestamp} is further back than message.timestamp.before.max.ms = ${timestampBeforeMaxMs} allows`
    return refuseInside(errorCodes.INVALID_TIMESTAMP, message, recordsOfTimes(batch, (timestamp) => nowMs - timestamp > timestampBeforeMaxMs))
  }
  return undefined
}

/** Which records have a time that will not do; none when they are compressed, which is not worth the work. */
const recordsOfTimes = (batch: RecordBatch, isWrong: (timestamp: number) => boolean): number[] => {
  const found: number[] = []
  if (batch.compression !== 'none') return found
  try {
    let i = 0
    for (const { timestampDelta } of walkRecords(recordBytesOf(batch), batch.recordCount)) {
      if (isWrong(batch.baseTimestamp + timestampDelta)) found.push(i)
      i++
    }
  } catch {
    // The records cannot be read: the batch is refused in any case.
  }
  return found
}

const validateKeys = (batch: RecordBatch): BatchRefusal | undefined => {
  try {
    const without: number[] = []
    let i = 0
    for (const { keyStart } of walkRecords(recordBytesOf(batch), batch.recordCount)) {
      if (keyStart < 0) without.push(i)
      i++
    }
    return without.length === 0 ? undefined : refuseInside(errorCodes.INVALID_RECORD, 'One or more records have been rejected: a compacted topic cannot have records without a key', without)
  } catch (error) {
    return refuseInside(errorCodes.INVALID_RECORD, `the records cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}
