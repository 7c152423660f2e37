import { Headers } from '../../core/headers.ts'
import type { RecordCursor } from '../../core/record-cursor.ts'
import { decompress } from '../compression/compression.ts'
import { ProtocolError } from '../protocol-error.ts'
import { at } from './batch-format.ts'
import type { RecordBatch } from './record-batch.ts'
import { readHeaders } from './record-headers.ts'

const NOTHING: Buffer = Buffer.alloc(0)

/**
 * Goes through the records of a list of batches. Varints are read in place, one byte at a time, because this is the
 * innermost loop of all; whatever is longer than usual goes through {@link BatchCursor.#varint}.
 */
export class BatchCursor implements RecordCursor {
  buffer = NOTHING
  offset = -1
  timestamp = -1
  keyStart = -1
  keyEnd = -1
  valueStart = -1
  valueEnd = -1

  readonly #batches: readonly RecordBatch[]
  readonly #from: number
  readonly #checkCrcs: boolean
  readonly #limit: number
  #next = 0
  #left = 0
  #position = 0
  #end = 0
  #headersStart = 0
  #baseOffset = 0
  #baseTimestamp = 0
  #logAppendTime = false
  #failure: ProtocolError | undefined

  constructor(batches: readonly RecordBatch[], fromOffset: number, checkCrcs: boolean, maxDecompressedBytes: number) {
    this.#batches = batches
    this.#from = fromOffset
    this.#checkCrcs = checkCrcs
    this.#limit = maxDecompressedBytes
  }

  next(): boolean {
    do {
      while (this.#left === 0) if (!this.#nextBatch()) return false
      this.#left--
      this.#readRecord()
    } while (this.offset < this.#from)
    return true
  }

  headers(): Headers {
    const start = this.#headersStart
    if (this.buffer[start] === 0) return Headers.empty
    try {
      return readHeaders(this.buffer, start, this.#position)
    } catch (error) {
      throw this.#corrupt(error)
    }
  }

  #readRecord(): void {
    const b = this.buffer
    const end = this.#end
    let p = this.#position
    let byte: number

    let raw = b[p++]!
    if (raw > 0x7f) {
      byte = b[p++]!
      raw = (raw & 0x7f) | ((byte & 0x7f) << 7)
      if (byte > 0x7f) {
        raw = this.#varint(p, raw, 14)
        p = this.#position
      }
    }
    const recordEnd = p + (raw >>> 1)
    // Everything below lies between p and recordEnd or is refused, so that no field can point outside of the batch.
    if ((raw & 1) !== 0 || !(recordEnd <= end)) throw this.#corrupt()
    p++

    raw = b[p++]!
    let delta: number
    if (raw <= 0x7f) {
      delta = (raw >>> 1) ^ -(raw & 1)
    } else {
      byte = b[p++]!
      raw = (raw & 0x7f) | ((byte & 0x7f) << 7)
      if (byte <= 0x7f) {
        delta = (raw >>> 1) ^ -(raw & 1)
      } else {
        delta = this.#varlong(p - 2)
        p = this.#position
      }
    }
    this.timestamp = this.#logAppendTime ? this.#baseTimestamp : this.#baseTimestamp + delta

    raw = b[p++]!
    if (raw > 0x7f) {
      byte = b[p++]!
      raw = (raw & 0x7f) | ((byte & 0x7f) << 7)
      if (byte > 0x7f) {
        raw = this.#varint(p, raw, 14)
        p = this.#position
      }
    }
    this.offset = this.#baseOffset + ((raw >>> 1) ^ -(raw & 1))

    raw = b[p++]!
    if (raw > 0x7f) {
      byte = b[p++]!
      raw = (raw & 0x7f) | ((byte & 0x7f) << 7)
      if (byte > 0x7f) {
        raw = this.#varint(p, raw, 14)
        p = this.#position
      }
    }
    if (raw === 1) {
      this.keyStart = -1
      this.keyEnd = -1
    } else {
      if ((raw & 1) !== 0) throw this.#corrupt()
      this.keyStart = p
      p += raw >>> 1
      this.keyEnd = p
      if (p > recordEnd) throw this.#corrupt()
    }

    raw = b[p++]!
    if (raw > 0x7f) {
      byte = b[p++]!
      raw = (raw & 0x7f) | ((byte & 0x7f) << 7)
      if (byte > 0x7f) {
        raw = this.#varint(p, raw, 14)
        p = this.#position
      }
    }
    if (raw === 1) {
      this.valueStart = -1
      this.valueEnd = -1
    } else {
      if ((raw & 1) !== 0) throw this.#corrupt()
      this.valueStart = p
      p += raw >>> 1
      this.valueEnd = p
    }
    if (!(p < recordEnd)) throw this.#corrupt()
    this.#headersStart = p
    this.#position = recordEnd
  }

  /** The rest of an unsigned varint from its third byte on; leaves `#position` behind it. */
  #varint(position: number, low: number, shift: number): number {
    const b = this.buffer
    let p = position
    let value = low
    for (let s = shift; s < 35; s += 7) {
      const byte = b[p++]!
      value |= (byte & 0x7f) << s
      if (byte <= 0x7f) {
        this.#position = p
        return value >>> 0
      }
    }
    throw this.#corrupt()
  }

  /** A signed 64-bit varint from its first byte on, as a number; leaves `#position` behind it. */
  #varlong(position: number): number {
    const b = this.buffer
    let p = position
    let value = 0
    let scale = 1
    for (let i = 0; i < 10; i++) {
      const byte = b[p++]!
      value += (byte & 0x7f) * scale
      scale *= 128
      if (byte <= 0x7f) {
        this.#position = p
        // The lowest bit is the sign; above 2^53 it is lost, as is the timestamp's precision.
        return value % 2 === 0 ? value / 2 : -(value + 1) / 2
      }
    }
    throw this.#corrupt()
  }

  #nextBatch(): boolean {
    if (this.#failure !== undefined) throw this.#failure
    const batch = this.#batches[this.#next]
    if (batch === undefined) return false
    if (this.#checkCrcs) batch.checkCrc()
    const compressed = batch.compression !== 'none'
    const start = batch.position + at.records
    this.buffer = compressed ? this.#decompress(batch, start) : batch.buffer
    this.#position = compressed ? 0 : start
    this.#end = compressed ? this.buffer.length : batch.end
    this.#next++
    this.#baseOffset = batch.baseOffset
    this.#logAppendTime = batch.isLogAppendTime
    this.#baseTimestamp = this.#logAppendTime ? batch.maxTimestamp : batch.baseTimestamp
    this.#left = batch.recordCount
    return true
  }

  #decompress(batch: RecordBatch, start: number): Buffer {
    try {
      return decompress(batch.compression, batch.buffer.subarray(start, batch.end), this.#limit)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      const code = error instanceof ProtocolError ? error.code : 'MILLRACE_PROTOCOL_CORRUPT_BATCH'
      throw new ProtocolError(code, `the batch at offsets ${batch.baseOffset} to ${batch.lastOffset} (${batch.compression}) cannot be decompressed: ${reason}`, { cause: error })
    }
  }

  /** From here on the cursor stands still: what follows a malformed record cannot be told from garbage. */
  #corrupt(cause?: unknown): ProtocolError {
    const batch = this.#batches[this.#next - 1]!
    const index = batch.recordCount - this.#left
    this.#left = 0
    this.#failure = new ProtocolError(
      'MILLRACE_PROTOCOL_CORRUPT_BATCH',
      `record ${index} of ${batch.recordCount} in the batch at offsets ${batch.baseOffset} to ${batch.lastOffset} is malformed: whoever wrote it wrote it wrong, or checksums are switched off`,
      { cause },
    )
    return this.#failure
  }
}
