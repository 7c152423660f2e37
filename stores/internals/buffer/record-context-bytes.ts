import type { ByteWriter } from '../../../lib/core/byte-writer.ts'
import type { Header } from '../../../lib/core/headers.ts'
import { Headers } from '../../../lib/core/headers.ts'
import type { RecordContext } from '../../../topology/api.ts'
import type { BytesReader } from './bytes-reader.ts'

/** Stands where a length would be, for what is null. */
export const ABSENT = -1

/** Timestamp, offset and partition, as Kafka Streams counts them. */
const FIXED_BYTES = 20

/** Bytes that Kafka Streams counts for a buffered record's context: texts by their characters. */
export const contextSize = ({ topic, headers }: RecordContext): number => {
  let size = FIXED_BYTES + (topic === undefined ? 0 : topic.length)
  if (headers.size > 0) for (const { key, value } of headers) size += key.length + (value === undefined ? 0 : value.length)
  return size
}

const writeSizedText = (text: string, out: ByteWriter): void => {
  const at = out.position
  out.writeInt32(0)
  out.writeUtf8(text)
  const end = out.position
  out.position = at
  out.writeInt32(end - at - 4)
  out.position = end
}

/** Timestamp, offset, topic, partition and headers, in the bytes of Kafka Streams' changelogs. */
export const writeContext = ({ timestamp, offset, topic, partition, headers }: RecordContext, out: ByteWriter): void => {
  out.writeInt64(timestamp)
  out.writeInt64(offset)
  writeSizedText(topic ?? '', out)
  out.writeInt32(partition)
  out.writeInt32(headers.size)
  if (headers.size === 0) return
  for (const { key, value } of headers) {
    writeSizedText(key, out)
    out.writeInt32(value === undefined ? ABSENT : value.length)
    if (value !== undefined) out.writeBytes(value)
  }
}

/** The inverse of {@link writeContext}. */
export const readContext = (input: BytesReader): RecordContext => {
  const timestamp = input.int64()
  const offset = input.int64()
  const topic = input.text(input.int32())
  const partition = input.int32()
  return { timestamp, offset, topic, partition, headers: readHeaders(input) }
}

const readHeaders = (input: BytesReader): Headers => {
  const count = input.int32()
  if (count <= 0) return Headers.empty
  const list: Header[] = []
  for (let i = 0; i < count; i++) {
    const key = input.text(input.int32())
    const length = input.int32()
    list.push({ key, value: length === ABSENT ? undefined : input.copy(length) })
  }
  return Headers.of(list)
}
