import type { ByteWriter } from '../core/byte-writer.ts'
import type { Headers } from '../core/headers.ts'

/** Turns values into bytes. `undefined` stands for null and gives `undefined`. */
export interface Serializer<T> {
  /** @throws {SerializationError} when the value does not fit */
  serialize(topic: string, data: T | undefined, headers?: Headers): Uint8Array | undefined
  /**
   * Hot path, optional: appends the same bytes to `out`. Never called with `undefined`. Without it `serialize` is called
   * and its result copied.
   */
  write?(data: T, out: ByteWriter): void
}

/** Turns bytes into values. `undefined` stands for null. What it returns must not refer to the bytes: they are reused. */
export interface Deserializer<T> {
  /** @throws {SerializationError} when the bytes are not such a value */
  deserialize(topic: string, data: Uint8Array | undefined, headers?: Headers): T | undefined
  /** Hot path, optional: the same from `buffer[start, end)` without a view of it. */
  read?(buffer: Buffer, start: number, end: number): T
}

/** A serializer and a deserializer of one type. */
export interface Serde<T> {
  readonly serializer: Serializer<T>
  readonly deserializer: Deserializer<T>
  /**
   * True when values cannot be changed in place (strings, numbers, booleans) and come back from their bytes as they were.
   * Stores may then keep the value itself beside or instead of its bytes. Default false: stores keep bytes, so that a later change to an object changes nothing stored.
   */
  readonly immutable?: boolean
  /** The number of bytes of every value, when it is always the same; lists of such values need no lengths. */
  readonly fixedSize?: number
  /**
   * Hot path, optional: the value's bytes as a latin1 string (one character a byte), the form in which stores keep keys;
   * its `<` equals unsigned byte order. For a string of ASCII it is the string itself.
   */
  toStoreKey?(data: T): string
  /** The inverse of {@link toStoreKey}. */
  fromStoreKey?(key: string): T
}
