import { ByteWriter } from '../../../lib/core/byte-writer.ts'
import type { RecordContext } from '../../../topology/api.ts'
import type { RowBytes } from '../row-codec.ts'
import { NO_TIMESTAMP } from '../store-context.ts'
import { readValue, writeValue } from './changelog-bytes.ts'
import { BytesReader } from './bytes-reader.ts'
import { ABSENT, contextSize, readContext, writeContext } from './record-context-bytes.ts'

/** A record of a stream that waits; its key and time are in the key of its row. */
export interface BufferedRecord {
  /** The bytes of the value, as a latin1 string. */
  readonly value: string
  readonly context: RecordContext
}

const scratch = new ByteWriter(256)

const read = (input: BytesReader): BufferedRecord => {
  const context = readContext(input)
  // A record of a stream has neither a prior nor an old value.
  input.int32()
  input.int32()
  return { value: readValue(input) ?? '', context }
}

/** The bytes of Kafka Streams' grace buffers: those of a table's update that has a new value only, at time 0. */
export const bufferedRecords: RowBytes<BufferedRecord> = {
  write(row, out) {
    writeContext(row.context, out)
    out.writeInt32(ABSENT)
    out.writeInt32(ABSENT)
    writeValue(row.value, out)
    out.writeInt64(0)
  },
  read: (buffer, start, end) => read(new BytesReader(buffer.subarray(start, end))),
  check: () => {},
  log(changelog, key, row) {
    scratch.reset()
    bufferedRecords.write(row, scratch)
    changelog.append(key, scratch.view(), NO_TIMESTAMP)
  },
  restored: (value) => read(new BytesReader(value)),
  sizeOf: (row) => row.value.length + contextSize(row.context),
}
