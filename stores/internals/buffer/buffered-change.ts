import type { ByteWriter } from '../../../lib/core/byte-writer.ts'
import { Headers } from '../../../lib/core/headers.ts'
import type { RecordContext } from '../../../topology/api.ts'
import type { ContextHolder } from '../store-context.ts'
import type { BytesReader } from './bytes-reader.ts'
import { ABSENT, contextSize, readContext, writeContext } from './record-context-bytes.ts'

/** Stands for an old value that equals the prior value, whose bytes are then written once. */
const SAME_AS_PRIOR = -2

const TIME_BYTES = 8

/** Bytes of a value as a latin1 string; undefined: no value. */
export type ValueBytes = string | undefined

/** An update of a table's row that waits in a buffer, the latest one of its key, and the context of the record that made it. */
export class BufferedChange implements RecordContext, ContextHolder {
  /** The bytes of the key. */
  readonly key: string
  /** When its turn comes: that of the first update of the key since it was last emitted. */
  readonly time: number
  /** The row before the first of the updates that the buffer holds back: what those downstream still believe. */
  prior: ValueBytes
  /** The row before this update. */
  old: ValueBytes
  new: ValueBytes
  topic: string | undefined = undefined
  partition = -1
  offset = -1
  timestamp = -1
  headers = Headers.empty
  source: unknown = undefined
  /** Bytes that it counts for. */
  size = 0
  /** True when the changelog does not have it as it is. */
  isDirty = false

  constructor(key: string, time: number, prior: ValueBytes, old: ValueBytes, newValue: ValueBytes) {
    this.key = key
    this.time = time
    this.prior = prior
    this.old = old
    this.new = newValue
  }

  /** The same for an update that was read from a changelog. */
  withContext({ topic, partition, offset, timestamp, headers }: RecordContext): this {
    this.topic = topic
    this.partition = partition
    this.offset = offset
    this.timestamp = timestamp
    this.headers = headers
    return this
  }
}

const lengthOf = (value: ValueBytes): number => (value === undefined ? 0 : value.length)

/** Bytes as Kafka Streams counts them against a buffer's limit. */
export const sizeOfChange = (change: BufferedChange): number => {
  const { key, prior, old, new: newValue } = change
  return TIME_BYTES + key.length + lengthOf(prior) + (prior === old ? 0 : lengthOf(old)) + lengthOf(newValue) + contextSize(change)
}

export const writeValue = (value: ValueBytes, out: ByteWriter): void => {
  out.writeInt32(value === undefined ? ABSENT : value.length)
  if (value !== undefined) out.writeLatin1(value)
}

export const readValue = (input: BytesReader): ValueBytes => {
  const length = input.int32()
  return length === ABSENT ? undefined : input.latin1(length)
}

/** The value of a changelog record of version 3. */
export const writeChange = (change: BufferedChange, out: ByteWriter): void => {
  writeContext(change, out)
  writeValue(change.prior, out)
  if (change.old !== undefined && change.old === change.prior) out.writeInt32(SAME_AS_PRIOR)
  else writeValue(change.old, out)
  writeValue(change.new, out)
  out.writeInt64(change.time)
}

/** Version 3, what Kafka Streams writes since 2.4. */
export const readChange = (key: string, input: BytesReader): BufferedChange => {
  const context = readContext(input)
  const prior = readValue(input)
  const oldLength = input.int32()
  const old = oldLength === SAME_AS_PRIOR ? prior : oldLength === ABSENT ? undefined : input.latin1(oldLength)
  const newValue = readValue(input)
  return new BufferedChange(key, input.int64(), prior, old, newValue).withContext(context)
}
