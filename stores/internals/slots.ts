import { ByteWriter } from '../../lib/core/byte-writer.ts'
import { byteStringDecoder, byteStringEncoder, valueReader, valueWriter } from '../../lib/serdes/fast-paths.ts'
import type { Serde, Serializer } from '../../lib/serdes/serde.ts'

/**
 * The form in which a store holds a value: the value itself when its serde says that it cannot change, otherwise its bytes
 * as a latin1 string (half the memory of a Buffer, and JSON in ASCII is its own form).
 */
export interface Slots<V, S> {
  toSlot(value: V): S
  toValue(slot: S): V
  write(slot: S, out: ByteWriter): void
  read(buffer: Buffer, start: number, end: number): S
  /** Writes slots into a changelog. */
  readonly serializer: Serializer<S>
  /** Throws what writing the slot would throw. */
  check(slot: S): void
  /** Bytes, roughly: what a cache counts. */
  sizeOf(slot: S): number
}

const roughSize = (value: unknown): number => (typeof value === 'string' ? value.length : 8)

const valueSlots = <V>(serde: Serde<V>, topic: string): Slots<V, V> => {
  const write = valueWriter(serde.serializer, topic)
  const read = valueReader(serde.deserializer, topic)
  const scratch = new ByteWriter(64)
  return {
    toSlot: (value) => value,
    toValue: (slot) => slot,
    write,
    read,
    serializer: serde.serializer,
    check(slot) {
      scratch.reset()
      write(slot, scratch)
    },
    sizeOf: roughSize,
  }
}

const latin1Serializer: Serializer<string> = {
  serialize: (_topic, data) => (data === undefined ? undefined : Buffer.from(data, 'latin1')),
  write: (data, out) => out.writeLatin1(data),
}

const byteSlots = <V>(serde: Serde<V>, topic: string): Slots<V, string> => ({
  toSlot: byteStringEncoder(serde, topic),
  toValue: byteStringDecoder(serde, topic),
  write: (slot, out) => out.writeLatin1(slot),
  read: (buffer, start, end) => buffer.latin1Slice(start, end),
  serializer: latin1Serializer,
  check: () => {},
  sizeOf: roughSize,
})

export const slotsFor = <V>(serde: Serde<V>, topic: string): Slots<V, unknown> =>
  (serde.immutable === true ? valueSlots(serde, topic) : byteSlots(serde, topic)) as Slots<V, unknown>
