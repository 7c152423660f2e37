import type { ByteWriter } from '../core/byte-writer.ts'
import { SerializationError } from '../core/errors.ts'
import { asBuffer } from './make-serde.ts'
import type { Deserializer, Serde, Serializer } from './serde.ts'

/** Appends values with a serializer's hot `write`, or through `serialize` when it has none. */
export const valueWriter = <T>(serializer: Serializer<T>, topic: string): ((data: T, out: ByteWriter) => void) => {
  if (serializer.write !== undefined) return (data, out) => serializer.write!(data, out)
  return (data, out) => {
    const bytes = serializer.serialize(topic, data)
    if (bytes == null) throw new SerializationError(`The serializer for ${topic} gave no bytes for a value that is not null`)
    out.writeBytes(bytes)
  }
}

/** Reads values with a deserializer's hot `read`, or through `deserialize` when it has none. */
export const valueReader = <T>(deserializer: Deserializer<T>, topic: string): ((buffer: Buffer, start: number, end: number) => T) => {
  if (deserializer.read !== undefined) return (buffer, start, end) => deserializer.read!(buffer, start, end)
  return (buffer, start, end) => deserializer.deserialize(topic, buffer.subarray(start, end)) as T
}

/** The bytes of a value as a latin1 string (see {@link Serde.toStoreKey}), whatever the serde offers. */
export const byteStringEncoder = <T>(serde: Serde<T>, topic: string): ((data: T) => string) => {
  if (serde.toStoreKey !== undefined) return (data) => serde.toStoreKey!(data)
  const { serializer } = serde
  return (data) => {
    const bytes = serializer.serialize(topic, data)
    if (bytes == null) throw new SerializationError(`The serializer for ${topic} gave no bytes for a value that is not null`)
    return asBuffer(bytes).latin1Slice()
  }
}

/** The inverse of {@link byteStringEncoder}. */
export const byteStringDecoder = <T>(serde: Serde<T>, topic: string): ((bytes: string) => T) => {
  if (serde.fromStoreKey !== undefined) return (bytes) => serde.fromStoreKey!(bytes)
  const { deserializer } = serde
  // A new buffer each time: a deserializer of a user's own might keep what it got.
  return (bytes) => deserializer.deserialize(topic, Buffer.from(bytes, 'latin1')) as T
}
