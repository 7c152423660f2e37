import type { ByteWriter } from '../../lib/core/byte-writer.ts'
import type { Headers } from '../../lib/core/headers.ts'
import { readInt64 } from '../../lib/core/int64.ts'
import { SerializationError } from '../../lib/core/errors.ts'
import { TIMESTAMP_BYTES } from '../../lib/serdes/value-and-timestamp.ts'
import type { ValueAndTimestamp } from '../../topology/api.ts'
import type { KeyPlaces } from '../engines/key-places.ts'
import { TimestampedMemoryRows } from '../engines/memory-timestamped.ts'
import { TimestampedColumns } from '../engines/row-columns.ts'
import type { RowColumns } from '../engines/row-columns.ts'
import type { RowFormat } from '../store-suppliers.ts'
import type { RestoredBytes } from './restored-rows.ts'
import type { Rows } from './rows.ts'
import type { Slots } from './slots.ts'
import { NO_TIMESTAMP } from './store-context.ts'
import type { ChangelogAppender } from './store-context.ts'

/** The bytes of a store's rows, in an engine and in a changelog. */
export interface RowBytes<R> {
  /** The bytes in an engine. */
  write(row: R, out: ByteWriter): void
  read(buffer: Buffer, start: number, end: number): R
  /** Throws what writing the row would throw: for rows that are written later, or nowhere. */
  check(row: R): void
  log(changelog: ChangelogAppender, key: string, row: R, recordTimestamp: number): void
  /** True when records of the changelog have headers, deletes those of the record that caused them. */
  readonly logsHeaders?: boolean
  /** The row of a changelog record. */
  restored(value: Buffer, timestamp: number, headers: Headers): R
  /** Writes the engine's bytes of such a record, for rows of that format; undefined where it takes the row. */
  restoredBytes?(format: RowFormat | undefined): RestoredBytes
  /** Bytes, roughly. */
  sizeOf(row: R): number
  /** The row as a store gives it back that holds no more than that; undefined where it holds all of it. */
  forgetting?(format: RowFormat): ((row: R) => R) | undefined
  /** Empty rows in memory, in a form that suits them better than an object per row; `places` are those of all stores of a task. */
  memoryRows?(places: KeyPlaces): Rows<R>
  /** The same for rows with a time, and those who find their places themselves. */
  readonly columns?: () => RowColumns<R>
}

/** What the rows of a store are made of. */
export interface RowCodec<V, R> extends RowBytes<R> {
  toRow(value: V): R
  toValue(row: R): V
}

/** Rows that are a value and nothing else; their changelog records carry the timestamp of the record that made the change. */
export const plainRows = <V, S>(slots: Slots<V, S>): RowCodec<V, S> => ({
  toRow: (value) => slots.toSlot(value),
  toValue: (row) => slots.toValue(row),
  write: (row, out) => slots.write(row, out),
  read: (buffer, start, end) => slots.read(buffer, start, end),
  check: (row) => slots.check(row),
  log: (changelog, key, row, recordTimestamp) => changelog.appendValue(key, row, slots.serializer, recordTimestamp),
  restored: (value) => slots.read(value, 0, value.length),
  restoredBytes: () => (value, _timestamp, out) => out.writeBytes(value),
  sizeOf: (row) => slots.sizeOf(row),
})

/** @throws {SerializationError} when a value without its timestamp was put */
export const checked = <W extends ValueAndTimestamp<unknown>>(value: W): W => {
  if (typeof value === 'object' && typeof value.timestamp === 'number') return value
  throw new SerializationError('A timestamped store takes { value, timestamp } with the timestamp in ms; use a plain key-value store for values alone')
}

/**
 * Rows of a value and its timestamp: in an engine 8 bytes of timestamp before the value, in the changelog the plain value in
 * a record of that timestamp.
 */
export const timestampedRows = <V, S>(slots: Slots<V, S>, slotIsValue: boolean): RowCodec<ValueAndTimestamp<V>, ValueAndTimestamp<S>> => ({
  toRow: slotIsValue
    ? (value) => checked(value) as unknown as ValueAndTimestamp<S>
    : (value) => ({ value: slots.toSlot(checked(value).value), timestamp: value.timestamp }),
  toValue: slotIsValue
    ? (row) => row as unknown as ValueAndTimestamp<V>
    : (row) => ({ value: slots.toValue(row.value), timestamp: row.timestamp }),
  write(row, out) {
    out.writeInt64(row.timestamp)
    slots.write(row.value, out)
  },
  read(buffer, start, end) {
    if (end - start < TIMESTAMP_BYTES) {
      throw new SerializationError(`The row of a timestamped store has at least ${TIMESTAMP_BYTES} bytes, this one has ${end - start}`)
    }
    return { value: slots.read(buffer, start + TIMESTAMP_BYTES, end), timestamp: readInt64(buffer, start) }
  },
  check: (row) => slots.check(row.value),
  log: (changelog, key, row) => changelog.appendValue(key, row.value, slots.serializer, row.timestamp),
  restored: (value, timestamp) => ({ value: slots.read(value, 0, value.length), timestamp }),
  restoredBytes: (format) => (value, timestamp, out) => {
    out.writeInt64(format === 'plain' ? NO_TIMESTAMP : timestamp)
    out.writeBytes(value)
  },
  sizeOf: (row) => TIMESTAMP_BYTES + slots.sizeOf(row.value),
  forgetting: (format) => (format === 'plain' ? (row) => ({ value: row.value, timestamp: NO_TIMESTAMP }) : undefined),
  memoryRows: (places) => new TimestampedMemoryRows<S>(places),
  columns: () => new TimestampedColumns<S>(),
})
