import type { Headers } from '../core/headers.ts'
import { Headers as HeaderList } from '../core/headers.ts'
import type { RecordChunk, RecordCursor } from '../core/record-cursor.ts'

/** A record as bytes, outside of any batch. */
export interface RawRecord {
  readonly offset: number
  /** -1 when there is none. */
  readonly timestamp: number
  readonly key: Uint8Array | undefined
  readonly value: Uint8Array | undefined
  readonly headers: Headers
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** Walks over records in a list; each lies in a buffer of its own. */
class MemoryCursor implements RecordCursor {
  buffer: Buffer = Buffer.alloc(0)
  offset = -1
  timestamp = -1
  keyStart = -1
  keyEnd = -1
  valueStart = -1
  valueEnd = -1
  readonly #records: readonly RawRecord[]
  #headers: Headers = HeaderList.empty
  #at = 0

  constructor(records: readonly RawRecord[]) {
    this.#records = records
  }

  next(): boolean {
    const record = this.#records[this.#at++]
    if (record === undefined) return false
    const { key, value } = record
    const keyLength = key?.length ?? 0
    if (key === undefined && value !== undefined) this.buffer = asBuffer(value)
    else this.buffer = Buffer.concat([key ?? Buffer.alloc(0), value ?? Buffer.alloc(0)])
    this.keyStart = key === undefined ? -1 : 0
    this.keyEnd = key === undefined ? -1 : keyLength
    this.valueStart = value === undefined ? -1 : keyLength
    this.valueEnd = value === undefined ? -1 : keyLength + value.length
    this.offset = record.offset
    this.timestamp = record.timestamp
    this.#headers = record.headers
    return true
  }

  headers(): Headers {
    return this.#headers
  }
}

/** Records from a list, as a task takes them. */
export class MemoryChunk implements RecordChunk {
  readonly count: number
  readonly byteLength: number
  readonly nextOffset: number
  readonly #records: readonly RawRecord[]

  constructor(records: readonly RawRecord[], nextOffset = (records.at(-1)?.offset ?? -1) + 1) {
    this.#records = records
    this.count = records.length
    this.byteLength = records.reduce((sum, { key, value }) => sum + (key?.length ?? 0) + (value?.length ?? 0), 0)
    this.nextOffset = nextOffset
  }

  cursor(): RecordCursor {
    return new MemoryCursor(this.#records)
  }

  /** The lists are the caller's; there is nothing to give back. */
  release(): void {}
}
