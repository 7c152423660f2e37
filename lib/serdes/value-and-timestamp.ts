import { SerializationError } from '../core/errors.ts'
import { readInt64 } from '../core/int64.ts'
import { valueReader, valueWriter } from './fast-paths.ts'
import { makeSerde } from './make-serde.ts'
import type { Serde } from './serde.ts'

/** A value with the timestamp (ms since the epoch) of the record that made it; the same shape as the stores'. */
interface ValueAndTimestamp<V> {
  readonly value: V
  readonly timestamp: number
}

export const TIMESTAMP_BYTES = 8

/** Java's ValueAndTimestamp bytes, the rows of timestamped stores: 8 bytes of timestamp, then the bytes of the value. */
export const valueAndTimestamp = <V>(serde: Serde<V>, topic = ''): Serde<ValueAndTimestamp<V>> => {
  const writeValue = valueWriter(serde.serializer, topic)
  const readValue = valueReader(serde.deserializer, topic)
  return makeSerde<ValueAndTimestamp<V>>({
    immutable: serde.immutable ?? false,
    write(data, out) {
      out.writeInt64(data.timestamp)
      writeValue(data.value, out)
    },
    read(buffer, start, end) {
      if (end - start < TIMESTAMP_BYTES) {
        throw new SerializationError(`A value with timestamp has at least 8 bytes, but the data has ${end - start}`)
      }
      return { value: readValue(buffer, start + TIMESTAMP_BYTES, end), timestamp: readInt64(buffer, start) }
    },
  })
}
