import { Headers } from '../../../lib/core/headers.ts'
import { loadCompression } from '../../../lib/protocol/compression/compression.ts'
import { FetchedRecords } from '../../../lib/protocol/records/fetched-records.ts'
import { RecordBatchWriter } from '../../../lib/protocol/records/record-batch-writer.ts'
import type { SealOptions } from '../../../lib/protocol/records/record-batch-writer.ts'

/** A record to write. Without a key its key is null; a value of null is a tombstone. */
export interface TestRecord {
  readonly key?: string
  readonly value: string | null
  readonly timestamp?: number
}

/** A record batch as a producer sends it. A compression other than none must have been loaded. */
export const batchOf = (records: readonly TestRecord[], options: SealOptions = {}): Buffer => {
  const writer = new RecordBatchWriter()
  for (const { key, value, timestamp = Date.now() } of records) {
    writer.append(timestamp, key === undefined ? undefined : Buffer.from(key), value === null ? undefined : Buffer.from(value), Headers.empty)
  }
  return Buffer.from(writer.seal(options))
}

/** `count` records with the values `prefix0`, `prefix1`, …. */
export const numbered = (count: number, prefix = 'v'): TestRecord[] => Array.from({ length: count }, (_, i) => ({ key: `k${i}`, value: `${prefix}${i}` }))

export interface ReadRecord {
  readonly offset: number
  readonly timestamp: number
  readonly key: string | null
  readonly value: string | null
}

/** The records in the bytes of a log or of a fetch response, from an offset on. */
export const recordsIn = async (bytes: Buffer, fromOffset = 0): Promise<ReadRecord[]> => {
  const chunk = new FetchedRecords({ records: bytes, fetchOffset: fromOffset })
  await chunk.ready
  const cursor = chunk.cursor()
  const records: ReadRecord[] = []
  while (cursor.next()) {
    const { buffer, offset, timestamp, keyStart, keyEnd, valueStart, valueEnd } = cursor
    records.push({
      offset,
      timestamp,
      key: keyStart < 0 ? null : buffer.toString('utf8', keyStart, keyEnd),
      value: valueStart < 0 ? null : buffer.toString('utf8', valueStart, valueEnd),
    })
  }
  return records
}

export const loadAllCompressions = (): Promise<unknown> => Promise.all((['gzip', 'snappy', 'lz4', 'zstd'] as const).map(loadCompression))
