import { Headers } from '../../../lib/core/headers.ts'
import type { RecordChunk, RecordCursor } from '../../../lib/core/record-cursor.ts'

export interface PlainRecord {
  readonly offset: number
  readonly key: string
  readonly value: string | undefined
}

/** Records in memory as a fetch would bring them. */
export const arrayChunk = (records: readonly PlainRecord[], nextOffset: number, onRelease: () => void = () => {}): RecordChunk => ({
  count: records.length,
  byteLength: records.length * 10,
  nextOffset,
  cursor: () => new ArrayCursor(records),
  release: onRelease,
})

class ArrayCursor implements RecordCursor {
  readonly #records: readonly PlainRecord[]
  #at = -1
  buffer = Buffer.alloc(0)
  offset = -1
  timestamp = 0
  keyStart = 0
  keyEnd = 0
  valueStart = 0
  valueEnd = 0

  constructor(records: readonly PlainRecord[]) {
    this.#records = records
  }

  next(): boolean {
    const record = this.#records[++this.#at]
    if (record === undefined) return false
    this.offset = record.offset
    this.buffer = Buffer.from(record.key + (record.value ?? ''))
    this.keyEnd = Buffer.byteLength(record.key)
    this.valueStart = record.value === undefined ? -1 : this.keyEnd
    this.valueEnd = this.buffer.length
    return true
  }

  headers(): Headers {
    return Headers.empty
  }
}
