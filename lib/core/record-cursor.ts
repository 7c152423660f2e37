import type { Headers } from './headers.ts'

/**
 * A position over raw records. One object serves a whole chunk: `next()` moves it and sets its fields, so that
 * no record makes an object. The protocol's record batch reader implements it over fetch responses; the test driver over
 * arrays.
 */
export interface RecordCursor {
  /** Moves to the next record; false at the end, and then the fields are stale. */
  next(): boolean
  /** The bytes that `keyStart` … `valueEnd` point into; may change from record to record (compressed batches). */
  readonly buffer: Buffer
  readonly offset: number
  /** Milliseconds since the epoch, or -1 when the record has none. */
  readonly timestamp: number
  /** -1 when the key is null. */
  readonly keyStart: number
  readonly keyEnd: number
  /** -1 when the value is null. */
  readonly valueStart: number
  readonly valueEnd: number
  /** Decodes the headers of the current record; `Headers.empty`, without allocation, when it has none. */
  headers(): Headers
}

/** Records of one partition as they came from one fetch, in offset order. */
export interface RecordChunk {
  /** Approximate number of records (exact for uncompacted logs); for buffering limits only. */
  readonly count: number
  readonly byteLength: number
  /** The offset to go on from when the chunk is used up (past control and compacted-away records too). */
  readonly nextOffset: number
  cursor(): RecordCursor
  /** Gives the memory back; nothing that came from the chunk may be used afterwards. */
  release(): void
}
