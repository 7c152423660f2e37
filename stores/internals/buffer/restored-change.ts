import { SerializationError } from '../../../lib/core/errors.ts'
import type { Headers } from '../../../lib/core/headers.ts'
import type { RecordContext } from '../../../topology/api.ts'
import { BytesReader } from './bytes-reader.ts'
import type { LoggedChange, ValueBytes } from './changelog-bytes.ts'
import { readChange, readValue } from './changelog-bytes.ts'
import { readContext } from './record-context-bytes.ts'

/** A changelog record of a suppression buffer. */
export interface ChangelogRow {
  readonly value: Buffer
  readonly headers: Headers
  /** The record's own place, which stood for the update's before version 1. */
  readonly context: RecordContext
  /** The prior value of what the buffer holds under that key already. */
  readonly buffered: ValueBytes
}

/** The name of the header that tells the version of a changelog record. */
export const VERSION_HEADER = 'v'
export const CURRENT_VERSION = 3

/** Until version 2: the old value, then the new one, each with its length before it. */
const readValues = (input: BytesReader): { readonly old: ValueBytes; readonly new: ValueBytes } => {
  const old = readValue(input)
  return { old, new: readValue(input) }
}

/** In versions 1 and 2 the length of both values stands before them. */
const readSizedValues = (input: BytesReader): ReturnType<typeof readValues> => {
  const inner = new BytesReader(input.copy(input.int32()))
  return readValues(inner)
}

const readVersion0 = ({ value, context, buffered }: ChangelogRow): LoggedChange => {
  const input = new BytesReader(value)
  const time = input.int64()
  const values = readValues(input)
  return { ...values, time, prior: buffered ?? values.old, context }
}

const readVersion1 = ({ value, buffered }: ChangelogRow): LoggedChange => {
  const input = new BytesReader(value)
  const time = input.int64()
  const context = readContext(input)
  const values = readSizedValues(input)
  return { ...values, time, prior: buffered ?? values.old, context }
}

const readVersion2 = ({ value }: ChangelogRow): LoggedChange => {
  const input = new BytesReader(value)
  const context = readContext(input)
  const values = readSizedValues(input)
  const prior = readValue(input)
  const time = input.int64()
  if (input.remaining > 0) throw new SerializationError('a changelog record of a buffer goes on behind its end')
  return { ...values, time, prior, context }
}

const readVersion3 = ({ value }: ChangelogRow): LoggedChange => readChange(new BytesReader(value))

/** 2.4.0, 2.4.1 and 2.5.0 wrote version 3 and called it 2: what cannot be read as the one is read as the other. */
const readVersion2Or3 = (row: ChangelogRow): LoggedChange => {
  try {
    return readVersion2(row)
  } catch (error) {
    if (!(error instanceof SerializationError)) throw error
    return readVersion3(row)
  }
}

/**
 * The update in a changelog record, in any of the forms that versions of Kafka Streams have written.
 * @throws {SerializationError} when it is in none of them
 */
export const restoredChange = (row: ChangelogRow): LoggedChange => {
  const version = row.headers.last(VERSION_HEADER)
  if (version === undefined) return readVersion0(row)
  const bytes = version.value
  switch (bytes?.length === 1 ? bytes[0] : undefined) {
    case 1:
      return readVersion1(row)
    case 2:
      return readVersion2Or3(row)
    case CURRENT_VERSION:
      return readVersion3(row)
    default:
      throw new SerializationError(`Restoring apparently invalid changelog record: version ${String(bytes && Buffer.from(bytes).toString('hex'))}`)
  }
}
