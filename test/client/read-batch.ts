import { FetchedRecords } from '../../lib/protocol/records/fetched-records.ts'
import type { RecordChunk } from '../../lib/core/record-cursor.ts'

export interface ReadRecord {
  readonly offset: number
  readonly timestamp: number
  readonly key: string | undefined
  readonly value: string | undefined
  readonly headers: Readonly<Record<string, string | undefined>>
}

/** The records of a chunk as plain objects. */
export const readChunk = (chunk: RecordChunk): ReadRecord[] => {
  const records: ReadRecord[] = []
  const cursor = chunk.cursor()
  while (cursor.next()) {
    const { buffer, offset, timestamp, keyStart, keyEnd, valueStart, valueEnd } = cursor
    const headers = Object.fromEntries(cursor.headers().toArray().map(({ key, value }) => [key, value && Buffer.from(value).toString()]))
    records.push({
      offset,
      timestamp,
      key: keyStart < 0 ? undefined : buffer.utf8Slice(keyStart, keyEnd),
      value: valueStart < 0 ? undefined : buffer.utf8Slice(valueStart, valueEnd),
      headers,
    })
  }
  return records
}

/** The records of one batch, from offset 0. */
export const readBatch = (records: Buffer): ReadRecord[] => readChunk(new FetchedRecords({ records, fetchOffset: 0 }))
