import { crc32c } from '../../core/crc32c.ts'
import type { CompressionType } from '../compression/compression.ts'
import { ProtocolError } from '../protocol-error.ts'
import { at, attribute, BATCH_HEADER_BYTES, compressionTypes, LOG_OVERHEAD, MAGIC, readInt64 } from './batch-format.ts'

const corrupt = (message: string): ProtocolError => new ProtocolError('MILLRACE_PROTOCOL_CORRUPT_BATCH', message)

/** One record batch where it lies in a buffer: a view, read when asked, so that looking at one field costs one read. */
export class RecordBatch {
  readonly buffer: Buffer
  /** Where the batch begins in `buffer`. */
  readonly position: number

  constructor(buffer: Buffer, position: number) {
    this.buffer = buffer
    this.position = position
  }

  get baseOffset(): number {
    return readInt64(this.buffer, this.position + at.baseOffset)
  }

  get lastOffset(): number {
    return this.baseOffset + this.lastOffsetDelta
  }

  /** The whole batch, header included. */
  get byteLength(): number {
    return this.buffer.readInt32BE(this.position + at.batchLength) + LOG_OVERHEAD
  }

  get end(): number {
    return this.position + this.byteLength
  }

  get partitionLeaderEpoch(): number {
    return this.buffer.readInt32BE(this.position + at.partitionLeaderEpoch)
  }

  get crc(): number {
    return this.buffer.readUInt32BE(this.position + at.crc)
  }

  get attributes(): number {
    return this.buffer.readInt16BE(this.position + at.attributes)
  }

  /** @throws {ProtocolError} MILLRACE_PROTOCOL_CORRUPT_BATCH for a number no codec has */
  get compression(): CompressionType {
    const type = compressionTypes[this.attributes & attribute.compression]
    if (type === undefined) throw corrupt(`the batch at offset ${this.baseOffset} is compressed with codec ${this.attributes & attribute.compression}, which does not exist`)
    return type
  }

  /** True: the broker's clock, `maxTimestamp`, is the time of all its records. */
  get isLogAppendTime(): boolean {
    return (this.attributes & attribute.logAppendTime) !== 0
  }

  get isTransactional(): boolean {
    return (this.attributes & attribute.transactional) !== 0
  }

  /** Holds a transaction marker, no records of users. */
  get isControl(): boolean {
    return (this.attributes & attribute.control) !== 0
  }

  get lastOffsetDelta(): number {
    return this.buffer.readInt32BE(this.position + at.lastOffsetDelta)
  }

  get baseTimestamp(): number {
    return readInt64(this.buffer, this.position + at.baseTimestamp)
  }

  get maxTimestamp(): number {
    return readInt64(this.buffer, this.position + at.maxTimestamp)
  }

  /** -1 without idempotence. */
  get producerId(): number {
    return readInt64(this.buffer, this.position + at.producerId)
  }

  get producerEpoch(): number {
    return this.buffer.readInt16BE(this.position + at.producerEpoch)
  }

  get baseSequence(): number {
    return this.buffer.readInt32BE(this.position + at.baseSequence)
  }

  /** The sequence of the last record; sequences go from 2^31 - 1 back to 0. */
  get lastSequence(): number {
    return this.baseSequence === -1 ? -1 : (this.baseSequence + this.lastOffsetDelta) & 0x7fffffff
  }

  get recordCount(): number {
    return this.buffer.readInt32BE(this.position + at.recordCount)
  }

  /** The bytes of the whole batch; a view. */
  get bytes(): Buffer {
    return this.buffer.subarray(this.position, this.end)
  }

  /** Whether the checksum fits the bytes. */
  hasValidCrc(): boolean {
    return crc32c(this.buffer.subarray(this.position + at.attributes, this.end)) === this.crc
  }

  /** @throws {ProtocolError} MILLRACE_PROTOCOL_CORRUPT_BATCH when the checksum does not fit */
  checkCrc(): void {
    if (!this.hasValidCrc()) {
      throw corrupt(`the checksum of the batch at offsets ${this.baseOffset} to ${this.lastOffset} is wrong: ${this.byteLength} bytes were damaged on the wire or on disk`)
    }
  }
}

/**
 * The batch that begins at `position`, or undefined when less than the whole of it is there: what a fetch ends with, and a
 * log after a crash.
 * @throws {ProtocolError} MILLRACE_PROTOCOL_CORRUPT_BATCH for an impossible header, MILLRACE_PROTOCOL_UNSUPPORTED_MAGIC for
 * the message formats before Kafka 0.11
 */
export const recordBatchAt = (buffer: Buffer, position: number): RecordBatch | undefined => {
  const left = buffer.length - position
  if (left <= at.magic) return undefined
  const magic = buffer[position + at.magic]!
  const length = buffer.readInt32BE(position + at.batchLength)
  const offset = readInt64(buffer, position)
  if (magic < MAGIC) {
    throw new ProtocolError(
      'MILLRACE_PROTOCOL_UNSUPPORTED_MAGIC',
      `offset ${offset} is in message format ${magic}, older than Kafka 0.11; let a broker from 0.11 to 3.x rewrite the topic (message.format.version)`,
    )
  }
  if (magic > MAGIC) throw corrupt(`the batch at offset ${offset} has magic ${magic}; 2 is the newest there is`)
  if (length < BATCH_HEADER_BYTES - LOG_OVERHEAD) throw corrupt(`the batch at offset ${offset} says it has ${length} bytes, less than its header`)
  if (length > left - LOG_OVERHEAD) return undefined
  const batch = new RecordBatch(buffer, position)
  if (batch.recordCount < 0 || batch.lastOffsetDelta < 0) {
    throw corrupt(`the batch at offset ${offset} says it has ${batch.recordCount} records up to offset ${batch.lastOffset}`)
  }
  return batch
}

/** The whole batches in the buffer, in order; a partial one at the end is left out. Throws as {@link recordBatchAt}. */
export function* readBatchHeaders(buffer: Buffer, start = 0): Generator<RecordBatch, void, undefined> {
  for (let batch = recordBatchAt(buffer, start); batch !== undefined; batch = recordBatchAt(buffer, batch.end)) yield batch
}
