import { Headers } from '../core/headers.ts'
import type { RecordChunk, RecordCursor } from '../core/record-cursor.ts'
import type { ConsumerRecord, TimestampExtractor } from '../../topology/api.ts'
import { failOnInvalidTimestamp } from '../../topology/timestamp-extractors.ts'
import { asError, ProcessingError } from './errors.ts'
import type { FieldReader } from './field-reader.ts'
import { fieldReader } from './field-reader.ts'
import type { SourceNode } from './source-node.ts'
import { sizeOfHeaders } from './topic-metrics.ts'

/** What a queue tells about records that it cannot hand on. Each call throws unless the record may be dropped. */
export interface QueueErrors {
  deserializationFailed(queue: RecordQueue, error: Error): void
  negativeTimestamp(queue: RecordQueue): void
}

/**
 * The records of one partition that wait for their task. The head record is a position of a cursor over the fetched bytes;
 * it becomes a key and a value only when its turn comes, or when its timestamp is extracted from them.
 */
export class RecordQueue {
  readonly topic: string
  readonly partition: number
  readonly source: SourceNode
  /** Offset to commit: everything before it was processed or dropped. Undefined until the first record. */
  position: number | undefined
  /** Largest timestamp among the records processed so far, or -1. */
  partitionTime = -1
  /** The same, up to {@link position}; kept only in tasks that process records beside each other. */
  consumedTime = -1
  /** Timestamp of the head record. */
  headTimestamp = -1
  /** Of the head record, after {@link load}. */
  key: unknown = undefined
  value: unknown = undefined
  headers: Headers = Headers.empty
  /** Approximate number of records that wait. */
  size = 0
  /** Bytes of all chunks that are not used up. */
  byteLength = 0
  /** True while the cursor stands on a record that was not consumed. */
  hasHead = false
  /** How many records were taken out of it, and the bytes of their keys, values and headers. */
  takenRecords = 0
  takenBytes = 0
  /** How far the fetched data is behind the end of the partition; undefined: not known. */
  lag: number | undefined

  readonly #extractor: TimestampExtractor | undefined
  readonly #errors: QueueErrors
  readonly #keyReader: FieldReader
  readonly #valueReader: FieldReader
  readonly #chunks: RecordChunk[] = []
  #chunk: RecordChunk | undefined
  #cursor: RecordCursor | undefined
  #left = 0
  #isLoaded = false

  constructor(topic: string, partition: number, source: SourceNode, errors: QueueErrors, timestampExtractor = source.timestampExtractor) {
    this.topic = topic
    this.partition = partition
    this.source = source
    this.#errors = errors
    // the default extractor takes the record's own timestamp: no need to build a record for it
    this.#extractor = timestampExtractor === failOnInvalidTimestamp ? undefined : timestampExtractor
    this.#keyReader = fieldReader(topic, source.keyDeserializer)
    this.#valueReader = fieldReader(topic, source.valueDeserializer)
  }

  /** Takes over a chunk; it is released when it is used up. */
  add(chunk: RecordChunk): void {
    this.#chunks.push(chunk)
    this.size += chunk.count
    this.byteLength += chunk.byteLength
  }

  /** Offset of the head record. */
  get offset(): number {
    return this.#cursor?.offset ?? -1
  }

  /** The timestamp in the head record itself, whatever was extracted. */
  get rawTimestamp(): number {
    return this.#cursor?.timestamp ?? -1
  }

  /** A copy of the key bytes of the current record; undefined when they are null. */
  rawKey(): Buffer | undefined {
    const cursor = this.#cursor
    return cursor === undefined || cursor.keyStart < 0 ? undefined : copyOf(cursor.buffer, cursor.keyStart, cursor.keyEnd)
  }

  rawValue(): Buffer | undefined {
    const cursor = this.#cursor
    return cursor === undefined || cursor.valueStart < 0 ? undefined : copyOf(cursor.buffer, cursor.valueStart, cursor.valueEnd)
  }

  rawHeaders(): Headers {
    return this.#cursor?.headers() ?? Headers.empty
  }

  /** Leaves the current record behind and moves to the next one that has a timestamp; false when there is none. */
  advance(): boolean {
    this.hasHead = false
    for (;;) {
      const cursor = this.#cursor
      if (cursor === undefined || !cursor.next()) {
        if (!this.#nextChunk()) return false
        continue
      }
      if (this.#left > 0) {
        this.#left--
        this.size--
      }
      this.#isLoaded = false
      if (this.#extractor === undefined) {
        const timestamp = cursor.timestamp
        if (timestamp < 0) failOnInvalidTimestamp(this.#consumerRecord(), this.partitionTime)
        this.headTimestamp = timestamp
      } else if (!this.#extract(this.#extractor)) {
        this.consumed()
        continue
      }
      this.hasHead = true
      return true
    }
  }

  #nextChunk(): boolean {
    const used = this.#chunk
    if (used !== undefined) {
      this.position = used.nextOffset
      this.size -= this.#left
      this.byteLength -= used.byteLength
      this.#chunk = undefined
      this.#cursor = undefined
      used.release()
    }
    const chunk = this.#chunks.shift()
    if (chunk === undefined) return false
    this.#chunk = chunk
    this.#left = chunk.count
    this.#cursor = chunk.cursor()
    return true
  }

  #extract(extractor: TimestampExtractor): boolean {
    if (!this.load()) return false
    try {
      this.headTimestamp = extractor(this.#consumerRecord(), this.partitionTime)
    } catch (error) {
      const where = `${this.topic}-${this.partition}@${this.offset}`
      throw new ProcessingError(`Fatal user code error in TimestampExtractor callback for record ${where}: ${asError(error).message}`, { cause: error })
    }
    if (this.headTimestamp >= 0) return true
    this.#errors.negativeTimestamp(this)
    return false
  }

  #consumerRecord(): ConsumerRecord {
    const { topic, partition, offset, key, value } = this
    return { topic, partition, offset, timestamp: this.rawTimestamp, key, value, headers: this.rawHeaders() }
  }

  /** Deserialises the current record; false when it could not be and is to be dropped. */
  load(): boolean {
    if (this.#isLoaded) return true
    const cursor = this.#cursor
    if (cursor === undefined) return false
    try {
      const headers = cursor.headers()
      const { buffer, keyStart, keyEnd, valueStart, valueEnd } = cursor
      this.headers = headers
      this.takenRecords++
      this.takenBytes += (keyStart < 0 ? 0 : keyEnd - keyStart) + (valueStart < 0 ? 0 : valueEnd - valueStart)
      if (headers !== Headers.empty) this.takenBytes += sizeOfHeaders(headers)
      this.key = this.#keyReader.read(buffer, keyStart, keyEnd, headers)
      this.value = this.#valueReader.read(buffer, valueStart, valueEnd, headers)
    } catch (error) {
      this.#errors.deserializationFailed(this, asError(error))
      return false
    }
    this.#isLoaded = true
    return true
  }

  /** The current record was processed or dropped: it counts as read. */
  consumed(): void {
    this.position = this.offset + 1
    this.hasHead = false
  }

  /** Gives all memory back. */
  clear(): void {
    this.#chunk?.release()
    for (const chunk of this.#chunks) chunk.release()
    this.#chunks.length = 0
    this.#chunk = undefined
    this.#cursor = undefined
    this.hasHead = false
    this.size = 0
    this.byteLength = 0
  }
}

const copyOf = (buffer: Buffer, start: number, end: number): Buffer => Buffer.from(buffer.subarray(start, end))
