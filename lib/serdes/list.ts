import { SerializationError } from '../core/errors.ts'
import { ByteWriter } from '../core/byte-writer.ts'
import type { Headers } from '../core/headers.ts'
import { asBuffer, makeSerde } from './make-serde.ts'
import type { Serde } from './serde.ts'
import { wrongValue } from './wrong-data.ts'

/** Java's ListSerializer: with elements of one size the places of nulls come first, otherwise each element has its length. */
const CONSTANT_SIZE = 0
const VARIABLE_SIZE = 1
const NULL_ELEMENT = -1

const truncated = (): SerializationError =>
  new SerializationError('Serdes.list cannot read the data: it ends inside the list; it was written with another serializer')

/** A list of elements of one serde, as Java's ListSerde; elements may be undefined (null). */
export const list = <T>(inner: Serde<T>): Serde<readonly (T | undefined)[]> => {
  const fixedSize = inner.fixedSize
  const bytesOf = (element: T, topic: string, headers?: Headers): Uint8Array => {
    const bytes = inner.serializer.serialize(topic, element, headers)
    if (bytes === undefined) throw new SerializationError('Serdes.list: the serde of its elements wrote no bytes for an element')
    return bytes
  }

  const write = (data: readonly (T | undefined)[], out: ByteWriter, topic = '', headers?: Headers): void => {
    if (!Array.isArray(data)) throw wrongValue('Serdes.list', 'an array', data)
    // A writer of its own: the serde of the elements may use the one this call was given.
    const own = new ByteWriter(16 + data.length * (fixedSize ?? 16))
    own.writeByte(fixedSize === undefined ? VARIABLE_SIZE : CONSTANT_SIZE)
    if (fixedSize !== undefined) {
      const nulls: number[] = []
      data.forEach((element, i) => element === undefined && nulls.push(i))
      own.writeInt32(nulls.length)
      for (const i of nulls) own.writeInt32(i)
    }
    own.writeInt32(data.length)
    for (const element of data) {
      if (element === undefined) {
        if (fixedSize === undefined) own.writeInt32(NULL_ELEMENT)
        continue
      }
      const bytes = bytesOf(element, topic, headers)
      if (fixedSize === undefined) own.writeInt32(bytes.length)
      own.writeBytes(bytes)
    }
    out.writeBytes(own.view())
  }

  const read = (buffer: Buffer, start: number, end: number, topic = '', headers?: Headers): (T | undefined)[] => {
    let p = start
    const int = (): number => {
      if (p + 4 > end) throw truncated()
      p += 4
      return buffer.readInt32BE(p - 4)
    }
    if (start >= end) throw truncated()
    const strategy = buffer[p++]
    if (strategy !== CONSTANT_SIZE && strategy !== VARIABLE_SIZE) {
      throw new SerializationError(`Serdes.list cannot read the data: it starts with ${strategy}, not with 0 or 1`)
    }
    if (strategy === CONSTANT_SIZE && fixedSize === undefined) {
      throw new SerializationError('Serdes.list cannot read elements of one size with a serde whose sizes vary')
    }
    const nulls = new Set<number>()
    if (strategy === CONSTANT_SIZE) for (let left = int(); left > 0; left--) nulls.add(int())
    const count = int()
    const elements: (T | undefined)[] = []
    for (let i = 0; i < count; i++) {
      const size = strategy === VARIABLE_SIZE ? int() : nulls.has(i) ? NULL_ELEMENT : fixedSize!
      if (size === NULL_ELEMENT) {
        elements.push(undefined)
        continue
      }
      if (size < 0 || p + size > end) throw truncated()
      elements.push(inner.deserializer.deserialize(topic, buffer.subarray(p, p + size), headers))
      p += size
    }
    return elements
  }

  const serde = makeSerde<readonly (T | undefined)[]>({ write: (data, out) => write(data, out), read: (buffer, start, end) => read(buffer, start, end) })
  if (inner.serializer.write !== undefined && inner.deserializer.read !== undefined) return serde
  // a serde that only has the slow functions may want to know topic and headers
  return {
    ...serde,
    serializer: {
      serialize(topic, data, headers) {
        if (data == null) return undefined
        const out = new ByteWriter(64)
        write(data, out, topic, headers)
        return out.view()
      },
    },
    deserializer: {
      deserialize: (topic, data, headers) => (data == null ? undefined : read(asBuffer(data), 0, data.length, topic, headers)),
    },
  }
}
