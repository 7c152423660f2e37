import { ByteWriter } from '../../lib/core/byte-writer.ts'
import { SerializationError } from '../../lib/core/errors.ts'
import { byteStringDecoder, byteStringEncoder, valueReader, valueWriter } from '../../lib/serdes/fast-paths.ts'
import { makeSerde } from '../../lib/serdes/make-serde.ts'
import type { Serde } from '../../lib/serdes/serde.ts'
import { timeOfPrefix, timePrefix } from '../../stores/internals/timed/timed-key.ts'

/** Where a record without a partner waits: its time, the side it came from, its key. */
export interface UnmatchedKey<K> {
  /** ms */
  readonly timestamp: number
  readonly isLeft: boolean
  readonly key: K
}

const TIME_BYTES = 8
const LEFT = 1
const RIGHT = 0
const sideChar = (isLeft: boolean): string => (isLeft ? '\x01' : '\0')

/** Java's bytes: time (8), side (1), key. So rows stand in the order of time, and of one time the right side is first. */
export const unmatchedKeySerde = <K>(inner: Serde<K>, topic: string): Serde<UnmatchedKey<K>> => {
  const encode = byteStringEncoder(inner, topic)
  const decode = byteStringDecoder(inner, topic)
  const toStoreKey = ({ timestamp, isLeft, key }: UnmatchedKey<K>): string => timePrefix(timestamp) + sideChar(isLeft) + encode(key)
  const fromStoreKey = (bytes: string): UnmatchedKey<K> => ({
    timestamp: timeOfPrefix(bytes),
    isLeft: bytes.charCodeAt(TIME_BYTES) === LEFT,
    key: decode(bytes.slice(TIME_BYTES + 1)),
  })
  return makeSerde({
    // These objects are made here and never changed.
    immutable: true,
    write: (data, out) => out.writeLatin1(toStoreKey(data)),
    read: (buffer, start, end) => fromStoreKey(buffer.latin1Slice(start, end)),
    toStoreKey,
    fromStoreKey,
  })
}

/** The values of all records of one key, side and time, in the order of their arrival. */
export interface UnmatchedValues<V> {
  readonly isLeft: boolean
  readonly values: readonly V[]
}

const VARIABLE_SIZE = 1

/** Java's bytes: a list with a length before each element, each of which is the side (1) and the value. */
export const unmatchedValuesSerde = <V, VO>(left: Serde<V>, right: Serde<VO>, topic: string): Serde<UnmatchedValues<V | VO>> => {
  const writeLeft = valueWriter(left.serializer, topic) as (value: V | VO, out: ByteWriter) => void
  const writeRight = valueWriter(right.serializer, topic) as typeof writeLeft
  const readLeft = valueReader(left.deserializer, topic)
  const readRight = valueReader(right.deserializer, topic)
  const element = new ByteWriter(64)
  return makeSerde<UnmatchedValues<V | VO>>({
    immutable: left.immutable === true && right.immutable === true,
    write({ isLeft, values }, out) {
      const writeValue = isLeft ? writeLeft : writeRight
      out.writeByte(VARIABLE_SIZE)
      out.writeInt32(values.length)
      for (const value of values) {
        element.reset()
        element.writeByte(isLeft ? LEFT : RIGHT)
        writeValue(value, element)
        out.writeInt32(element.position)
        out.writeBytes(element.view())
      }
    },
    read(buffer, start, end) {
      if (end - start < 5 || buffer[start] !== VARIABLE_SIZE) {
        throw new SerializationError('The row of a store of unmatched records is a list with a length before each element; this is not')
      }
      let isLeft = false
      let p = start + 5
      const values: (V | VO)[] = []
      for (let left = buffer.readInt32BE(start + 1); left > 0; left--) {
        const size = buffer.readInt32BE(p)
        isLeft = buffer[p + 4] === LEFT
        values.push((isLeft ? readLeft : readRight)(buffer, p + 5, p + 4 + size))
        p += 4 + size
      }
      return { isLeft, values }
    },
  })
}
