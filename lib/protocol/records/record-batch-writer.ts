import { ByteWriter } from '../../core/byte-writer.ts'
import { crc32c } from '../../core/crc32c.ts'
import type { Headers } from '../../core/headers.ts'
import { sizeOfUnsignedVarint, writeVarlong } from '../../core/varint.ts'
import { compress } from '../compression/compression.ts'
import type { CompressionType } from '../compression/compression.ts'
import { at, attribute, BATCH_HEADER_BYTES, compressionTypes, LOG_OVERHEAD, MAGIC, writeInt64 } from './batch-format.ts'
import { writeHeaders } from './record-headers.ts'

/** The part of a serializer that writes in place. */
export interface FieldWriter<T> {
  write(data: T, out: ByteWriter): void
}

export interface SealOptions {
  /** Default -1: not idempotent. */
  producerId?: number | undefined
  producerEpoch?: number | undefined
  /** The sequence of the first record. */
  baseSequence?: number | undefined
  /** Default none. Any other must be loaded before: {@link loadCompression}. */
  compression?: CompressionType | undefined
  transactional?: boolean | undefined
}

/** More than the fields of a record take beside its key, value and headers. */
const RECORD_OVERHEAD = 40

/** Bytes of the zigzag varint of a length. */
const sizeOfLength = (length: number): number => (length < 64 ? 1 : sizeOfUnsignedVarint(length * 2))

/**
 * One record batch of one partition, encoded as records are appended: no object, no buffer and no copy per record.
 *
 * A length stands before what it counts, so room for it is kept by a guess (as many bytes as last time); what was written
 * is moved only when the guess was wrong.
 */
export class RecordBatchWriter {
  readonly #out: ByteWriter
  /** Where the last whole record ends; a serializer that throws leaves nothing behind it. */
  #end: number = BATCH_HEADER_BYTES
  #previousEnd: number = BATCH_HEADER_BYTES
  #count = 0
  #baseTimestamp = -1
  #maxTimestamp = -1
  #previousMaxTimestamp = -1
  #lengthGuess = 1
  #keyLengthGuess = 1
  #valueLengthGuess = 1

  /** @param capacity bytes to begin with; the buffer grows as needed */
  constructor(capacity = 16 * 1024) {
    this.#out = new ByteWriter(Math.max(capacity, BATCH_HEADER_BYTES + RECORD_OVERHEAD))
  }

  get recordCount(): number {
    return this.#count
  }

  /** The batch as it stands, header included, not compressed. */
  get byteLength(): number {
    return this.#end
  }

  /** Of the first record; -1 when there is none. */
  get baseTimestamp(): number {
    return this.#baseTimestamp
  }

  get maxTimestamp(): number {
    return this.#maxTimestamp
  }

  /** Appends a record from bytes. `undefined` is null; timestamp in ms. */
  append(timestamp: number, key: Uint8Array | undefined, value: Uint8Array | undefined, headers: Headers): void {
    this.appendWith(timestamp, key, copyBytes, value, copyBytes, headers)
  }

  /** Hot path: appends a record whose key and value are written in place by their serializers. `undefined` is null. */
  appendWith<K, V>(
    timestamp: number,
    key: K | undefined,
    keyWriter: FieldWriter<K>,
    value: V | undefined,
    valueWriter: FieldWriter<V>,
    headers: Headers,
  ): void {
    const out = this.#out
    const start = this.#end
    const bodyStart = start + this.#lengthGuess
    out.position = bodyStart
    out.ensure(RECORD_OVERHEAD)
    const b = out.buffer
    let p = bodyStart
    b[p++] = 0
    const offsetDelta = this.#count
    const timestampDelta = offsetDelta === 0 ? 0 : timestamp - this.#baseTimestamp
    if (timestampDelta >= 0 && timestampDelta < 0x40000000) {
      let rest = timestampDelta << 1
      while (rest > 0x7f) {
        b[p++] = (rest & 0x7f) | 0x80
        rest >>>= 7
      }
      b[p++] = rest
    } else {
      out.position = p
      writeVarlong(out, timestampDelta)
      p = out.position
    }
    let rest = offsetDelta << 1
    while (rest > 0x7f) {
      b[p++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    b[p++] = rest
    out.position = p

    if (key == null) {
      out.writeByte(1)
    } else {
      const guess = this.#keyLengthGuess
      const keyStart = (out.position += guess)
      keyWriter.write(key, out)
      this.#keyLengthGuess = putLength(out, keyStart, guess)
    }

    if (value == null) {
      out.writeByte(1)
    } else {
      const guess = this.#valueLengthGuess
      out.ensure(guess)
      const valueStart = (out.position += guess)
      valueWriter.write(value, out)
      this.#valueLengthGuess = putLength(out, valueStart, guess)
    }

    if (headers.size === 0) out.writeByte(0)
    else writeHeaders(out, headers)

    this.#lengthGuess = putLength(out, bodyStart, bodyStart - start)
    this.#previousEnd = start
    this.#end = out.position
    this.#count = offsetDelta + 1
    this.#previousMaxTimestamp = this.#maxTimestamp
    if (offsetDelta === 0) this.#baseTimestamp = timestamp
    if (timestamp > this.#maxTimestamp) this.#maxTimestamp = timestamp
  }

  /** Takes the last record out again, once after an append: for the record that made the batch too large. */
  removeLast(): void {
    if (this.#previousEnd === this.#end) return
    this.#end = this.#previousEnd
    this.#maxTimestamp = this.#previousMaxTimestamp
    this.#count--
    if (this.#count === 0) this.reset()
  }

  /**
   * Ends the batch: header and checksum. Without compression the result is a view of this writer's own memory, valid until
   * `reset` or the next append. May be called again, with other options, as long as nothing was appended since.
   * @throws {ProtocolError} MILLRACE_PROTOCOL_COMPRESSION when the codec was not loaded
   */
  seal(options: SealOptions = {}): Buffer {
    const compression = options.compression ?? 'none'
    const raw = this.#out.buffer.subarray(0, this.#end)
    const batch = compression === 'none' ? raw : withHeaderRoom(compress(compression, raw.subarray(BATCH_HEADER_BYTES)))
    writeInt64(batch, at.baseOffset, 0)
    batch.writeInt32BE(batch.length - LOG_OVERHEAD, at.batchLength)
    batch.writeInt32BE(-1, at.partitionLeaderEpoch)
    batch[at.magic] = MAGIC
    batch.writeInt16BE(compressionTypes.indexOf(compression) | (options.transactional ? attribute.transactional : 0), at.attributes)
    batch.writeInt32BE(this.#count - 1, at.lastOffsetDelta)
    writeInt64(batch, at.baseTimestamp, this.#baseTimestamp)
    writeInt64(batch, at.maxTimestamp, this.#maxTimestamp)
    writeInt64(batch, at.producerId, options.producerId ?? -1)
    batch.writeInt16BE(options.producerEpoch ?? -1, at.producerEpoch)
    batch.writeInt32BE(options.baseSequence ?? -1, at.baseSequence)
    batch.writeInt32BE(this.#count, at.recordCount)
    batch.writeUInt32BE(crc32c(batch.subarray(at.attributes)), at.crc)
    return batch
  }

  /** Empties the writer and keeps its memory; what `seal` returned must no longer be needed. */
  reset(): void {
    this.#end = BATCH_HEADER_BYTES
    this.#previousEnd = BATCH_HEADER_BYTES
    this.#count = 0
    this.#baseTimestamp = -1
    this.#maxTimestamp = -1
  }
}

const copyBytes: FieldWriter<Uint8Array> = { write: (data, out) => out.writeBytes(data) }

/**
 * Writes the length of what lies from `start` to the writer's position into the `room` bytes before it, moving it when the
 * length needs more or fewer. Returns the bytes it needed: the next guess.
 */
const putLength = (out: ByteWriter, start: number, room: number): number => {
  const length = out.position - start
  const size = sizeOfLength(length)
  if (size !== room) {
    if (size > room) out.ensure(size - room)
    out.buffer.copyWithin(start + size - room, start, out.position)
    out.position += size - room
  }
  const b = out.buffer
  let p = start - room
  let rest = length * 2
  while (rest > 0x7f) {
    b[p++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  b[p] = rest
  return size
}

const withHeaderRoom = (payload: Uint8Array): Buffer => {
  const batch = Buffer.allocUnsafe(BATCH_HEADER_BYTES + payload.length)
  batch.set(payload, BATCH_HEADER_BYTES)
  return batch
}
