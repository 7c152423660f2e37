import { compress } from '../../protocol/compression/compression.ts'
import type { CompressionType } from '../../protocol/compression/compression.ts'
import { BATCH_HEADER_BYTES, at, compressionTypes, writeInt64 } from '../../protocol/records/batch-format.ts'
import type { RecordBatch } from '../../protocol/records/record-batch.ts'
import { sealRewritten } from './batch.ts'
import { recordBytesOf, walkRecords } from './record-walk.ts'
import type { RawRecord } from './record-walk.ts'

/** Decides about a record; the bytes hold its key. */
export type Keep = (record: RawRecord, offset: number, bytes: Buffer) => boolean

/**
 * A batch with only the records to keep: itself when these are all, `undefined` when there are none. Offsets stay what they
 * were, and so does what the batch says of its first and last offset and sequence.
 */
export const filterBatch = (batch: RecordBatch, keep: Keep): Buffer | undefined => {
  const bytes = recordBytesOf(batch)
  const kept: Buffer[] = []
  let latest = -1
  for (const record of walkRecords(bytes, batch.recordCount)) {
    if (!keep(record, batch.baseOffset + record.offsetDelta, bytes)) continue
    kept.push(bytes.subarray(record.start, record.end))
    latest = Math.max(latest, batch.baseTimestamp + record.timestampDelta)
  }
  if (kept.length === batch.recordCount) return batch.bytes
  return kept.length === 0 ? undefined : rebuilt(batch, Buffer.concat(kept), kept.length, batch.isLogAppendTime ? batch.maxTimestamp : latest)
}

const rebuilt = (batch: RecordBatch, records: Buffer, count: number, maxTimestamp: number, compression = batch.compression): Buffer => {
  const body = compression === 'none' ? records : compress(compression, records)
  const header = Buffer.from(batch.buffer.subarray(batch.position, batch.position + BATCH_HEADER_BYTES))
  writeInt64(header, at.maxTimestamp, maxTimestamp)
  const result = Buffer.concat([header, body])
  sealRewritten(result, compressionTypes.indexOf(compression), count)
  return result
}

/** The same records under another compression; both codecs must be loaded. */
export const recompressed = (batch: RecordBatch, compression: CompressionType): Buffer =>
  rebuilt(batch, recordBytesOf(batch), batch.recordCount, batch.maxTimestamp, compression)

/** What is left of a batch without records: it still tells where its producer was. */
export const emptyBatch = (batch: RecordBatch): Buffer => {
  const header = Buffer.from(batch.buffer.subarray(batch.position, batch.position + BATCH_HEADER_BYTES))
  sealRewritten(header, 0, 0)
  return header
}
