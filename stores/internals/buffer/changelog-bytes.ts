import type { ByteWriter } from '../../../lib/core/byte-writer.ts'
import type { RecordContext } from '../../../topology/api.ts'
import type { BytesReader } from './bytes-reader.ts'
import { ABSENT, readContext } from './record-context-bytes.ts'

/** Stands for an old value that equals the prior value, whose bytes are then written once. */
export const SAME_AS_PRIOR = -2

/** Bytes of a value as a latin1 string; undefined: no value. */
export type ValueBytes = string | undefined

/** An update as a changelog has it. */
export interface LoggedChange {
  readonly time: number
  readonly prior: ValueBytes
  readonly old: ValueBytes
  readonly new: ValueBytes
  readonly context: RecordContext
}

export const writeValue = (value: ValueBytes, out: ByteWriter): void => {
  out.writeInt32(value === undefined ? ABSENT : value.length)
  if (value !== undefined) out.writeLatin1(value)
}

export const readValue = (input: BytesReader): ValueBytes => {
  const length = input.int32()
  return length === ABSENT ? undefined : input.latin1(length)
}

/** The value of a record of version 3, what Kafka Streams writes since 2.4. */
export const readChange = (input: BytesReader): LoggedChange => {
  const context = readContext(input)
  const prior = readValue(input)
  const oldLength = input.int32()
  const old = oldLength === SAME_AS_PRIOR ? prior : oldLength === ABSENT ? undefined : input.latin1(oldLength)
  const newValue = readValue(input)
  return { time: input.int64(), prior, old, new: newValue, context }
}
