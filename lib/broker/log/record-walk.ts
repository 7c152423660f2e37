import { decompress } from '../../protocol/compression/compression.ts'
import { at } from '../../protocol/records/batch-format.ts'
import type { RecordBatch } from '../../protocol/records/record-batch.ts'

/** The most that one batch may become when it is decompressed. */
const MAX_DECOMPRESSED_BYTES = 512 * 1024 * 1024

/** One record as raw bytes: what compaction copies or leaves out. The object is the same for every record of a walk. */
export interface RawRecord {
  /** Where the record lies in the records' bytes, its length included. */
  start: number
  end: number
  offsetDelta: number
  timestampDelta: number
  /** -1 when the key is null. */
  keyStart: number
  keyEnd: number
  isTombstone: boolean
}

/** The records of a batch, decompressed; the codec must be loaded. Without compression a view. */
export const recordBytesOf = (batch: RecordBatch): Buffer => {
  const bytes = batch.buffer.subarray(batch.position + at.records, batch.end)
  const { compression } = batch
  return compression === 'none' ? bytes : decompress(compression, bytes, MAX_DECOMPRESSED_BYTES)
}

/** Goes through the records of a batch; throws a RangeError when they are not what the header says. */
export function* walkRecords(bytes: Buffer, count: number): Generator<RawRecord, void> {
  const record: RawRecord = { start: 0, end: 0, offsetDelta: 0, timestampDelta: 0, keyStart: -1, keyEnd: -1, isTombstone: false }
  let p = 0
  const varlong = (): number => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[p++]
      if (byte === undefined) throw new RangeError('a record goes beyond its batch')
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2
    }
  }
  for (let i = 0; i < count; i++) {
    record.start = p
    const length = varlong()
    record.end = p + length
    if (length < 0 || record.end > bytes.length) throw new RangeError('a record goes beyond its batch')
    p++
    record.timestampDelta = varlong()
    record.offsetDelta = varlong()
    const keyLength = varlong()
    record.keyStart = keyLength < 0 ? -1 : p
    p += Math.max(0, keyLength)
    record.keyEnd = keyLength < 0 ? -1 : p
    record.isTombstone = varlong() < 0
    yield record
    p = record.end
  }
}
