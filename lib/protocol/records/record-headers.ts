import type { ByteWriter } from '../../core/byte-writer.ts'
import type { Header } from '../../core/headers.ts'
import { Headers } from '../../core/headers.ts'
import { writeVarint } from '../../core/varint.ts'
import { malformed } from '../protocol-error.ts'
import { ProtocolReader } from '../reader.ts'

/** The header section of a record: a count, then names and values with their lengths. */
export const writeHeaders = (out: ByteWriter, headers: Headers): void => {
  writeVarint(out, headers.size)
  for (const { key, value } of headers) {
    writeVarint(out, Buffer.byteLength(key))
    out.writeUtf8(key)
    if (value === undefined) {
      writeVarint(out, -1)
    } else {
      writeVarint(out, value.length)
      out.writeBytes(value)
    }
  }
}

/**
 * Reads the header section in `buffer[start, end)`. Values are copies: records outlive the buffer they came in.
 * @throws {ProtocolError} MILLRACE_PROTOCOL_MALFORMED
 */
export const readHeaders = (buffer: Buffer, start: number, end: number): Headers => {
  const reader = new ProtocolReader(buffer, start, end)
  const count = reader.varint()
  if (count === 0) return Headers.empty
  if (count < 0 || count * 2 > reader.remaining) throw malformed(`a record with ${count} headers in ${reader.remaining} bytes`)
  const list: Header[] = []
  for (let i = 0; i < count; i++) {
    const keyLength = reader.varint()
    const keyStart = reader.take(keyLength)
    const key = buffer.utf8Slice(keyStart, keyStart + keyLength)
    const valueLength = reader.varint()
    const valueStart = valueLength === -1 ? -1 : reader.take(valueLength)
    list.push({ key, value: valueStart === -1 ? undefined : Buffer.from(buffer.subarray(valueStart, valueStart + valueLength)) })
  }
  return Headers.of(list)
}
