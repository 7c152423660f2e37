import type { RecordChunk } from '../../../lib/core/record-cursor.ts'

export interface ReadRecord {
  offset: number
  timestamp: number
  key: string | undefined
  value: string | undefined
  headers: [string, Uint8Array | undefined][]
}

/** All records of a chunk as objects, keys and values as text. */
export const recordsOf = (chunk: RecordChunk): ReadRecord[] => {
  const cursor = chunk.cursor()
  const list: ReadRecord[] = []
  const text = (start: number, end: number): string | undefined => (start === -1 ? undefined : cursor.buffer.toString('utf8', start, end))
  while (cursor.next()) {
    list.push({
      offset: cursor.offset,
      timestamp: cursor.timestamp,
      key: text(cursor.keyStart, cursor.keyEnd),
      value: text(cursor.valueStart, cursor.valueEnd),
      headers: cursor.headers().toArray().map(({ key, value }) => [key, value]),
    })
  }
  return list
}
