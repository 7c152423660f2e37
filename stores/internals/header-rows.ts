import type { ByteWriter } from '../../lib/core/byte-writer.ts'
import { SerializationError } from '../../lib/core/errors.ts'
import { Headers } from '../../lib/core/headers.ts'
import type { Header } from '../../lib/core/headers.ts'
import { readInt64 } from '../../lib/core/int64.ts'
import type { ValueAndTimestamp } from '../../topology/api.ts'
import { checked } from './row-codec.ts'
import type { RowCodec } from './row-codec.ts'
import type { Slots } from './slots.ts'
import { NO_TIMESTAMP } from './store-context.ts'

/** A value with timestamp and headers of the record that made it. Headers left out when putting are none. */
export interface ValueTimestampHeaders<V> extends ValueAndTimestamp<V> {
  readonly headers?: Headers
}

const NULL_HEADER = -1

const writeHeaders = (headers: Headers, out: ByteWriter): void => {
  out.writeInt32(headers.size)
  for (const { key, value } of headers) {
    const name = Buffer.from(key)
    out.writeInt32(name.length)
    out.writeBytes(name)
    out.writeInt32(value === undefined ? NULL_HEADER : value.length)
    if (value !== undefined) out.writeBytes(value)
  }
}

/** The headers at `start`, and where they end. */
const readHeaders = (buffer: Buffer, start: number): [headers: Headers, end: number] => {
  const list: Header[] = []
  let p = start + 4
  for (let left = buffer.readInt32BE(start); left > 0; left--) {
    const nameEnd = p + 4 + buffer.readInt32BE(p)
    const key = buffer.utf8Slice(p + 4, nameEnd)
    const length = buffer.readInt32BE(nameEnd)
    p = nameEnd + 4
    // A copy: the bytes of an engine are reused.
    const value = length === NULL_HEADER ? undefined : Buffer.from(buffer.subarray(p, p + length))
    p += Math.max(0, length)
    list.push({ key, value })
  }
  return [Headers.of(list), p]
}

const headersSize = (headers: Headers): number => {
  let size = 0
  for (const { key, value } of headers) size += key.length + (value?.length ?? 0)
  return size
}

interface HeaderRow<S> extends ValueAndTimestamp<S> {
  readonly headers: Headers
}

/**
 * Rows of a value, its timestamp and its headers. In an engine they are written in the order headers, timestamp, value; in the
 * changelog the plain value is in a record of that timestamp with those headers.
 */
export const headerRows = <V, S>(slots: Slots<V, S>): RowCodec<ValueTimestampHeaders<V>, ValueTimestampHeaders<S>> => {
  const codec: RowCodec<ValueTimestampHeaders<V>, HeaderRow<S>> = {
    logsHeaders: true,
    toRow: (value) => ({ value: slots.toSlot(checked(value).value), timestamp: value.timestamp, headers: value.headers ?? Headers.empty }),
    toValue: (row) => ({ value: slots.toValue(row.value), timestamp: row.timestamp, headers: row.headers }),
    write(row, out) {
      writeHeaders(row.headers, out)
      out.writeInt64(row.timestamp)
      slots.write(row.value, out)
    },
    read(buffer, start, end) {
      const [headers, p] = readHeaders(buffer, start)
      return { headers, timestamp: readInt64(buffer, p), value: slots.read(buffer, p + 8, end) }
    },
    check: (row) => slots.check(row.value),
    log: (changelog, key, row) => changelog.appendValue(key, row.value, slots.serializer, row.timestamp, row.headers),
    restored: (value, timestamp, headers) => ({ value: slots.read(value, 0, value.length), timestamp, headers }),
    forgetting(format) {
      if (format === 'headers') return undefined
      return (row) => ({ value: row.value, timestamp: format === 'plain' ? NO_TIMESTAMP : row.timestamp, headers: Headers.empty })
    },
    sizeOf: (row) => 9 + slots.sizeOf(row.value) + headersSize(row.headers),
  }
  return codec as RowCodec<ValueTimestampHeaders<V>, ValueTimestampHeaders<S>>
}

/** An aggregation with the headers of the record that made it last: what session stores keep, which have no timestamps. */
export interface AggregationWithHeaders<V> {
  readonly value: V
  readonly headers?: Headers
}

/** Rows of a value and its headers; changelog records have the timestamp of the record that made the change. */
export const aggregationRows = <V, S>(slots: Slots<V, S>): RowCodec<AggregationWithHeaders<V>, AggregationWithHeaders<S>> => ({
  logsHeaders: true,
  toRow(value) {
    if (typeof value !== 'object') throw new SerializationError('A session store with headers takes { value, headers }')
    return { value: slots.toSlot(value.value), headers: value.headers ?? Headers.empty }
  },
  toValue: (row) => ({ value: slots.toValue(row.value), headers: row.headers }),
  write(row, out) {
    writeHeaders(row.headers ?? Headers.empty, out)
    slots.write(row.value, out)
  },
  read(buffer, start, end) {
    const [headers, p] = readHeaders(buffer, start)
    return { headers, value: slots.read(buffer, p, end) }
  },
  check: (row) => slots.check(row.value),
  log: (changelog, key, row, recordTimestamp) => changelog.appendValue(key, row.value, slots.serializer, recordTimestamp, row.headers),
  restored: (value, _timestamp, headers) => ({ value: slots.read(value, 0, value.length), headers }),
  forgetting: (format) => (format === 'headers' ? undefined : (row) => ({ value: row.value, headers: Headers.empty })),
  sizeOf: (row) => slots.sizeOf(row.value) + headersSize(row.headers ?? Headers.empty),
})
