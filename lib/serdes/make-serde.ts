import { ByteWriter } from '../core/byte-writer.ts'
import type { Deserializer, Serde, Serializer } from './serde.ts'

/** The two hot functions that a built-in serde consists of. */
export interface Codec<T> {
  readonly immutable?: boolean
  readonly fixedSize?: number
  write(data: T, out: ByteWriter): void
  read(buffer: Buffer, start: number, end: number): T
  toStoreKey?(data: T): string
  fromStoreKey?(key: string): T
}

/** Bytes of any kind as a Buffer over the same memory. */
export const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

// One writer serves all serdes, unless a serde calls another one in the middle of its own work.
const shared = new ByteWriter(256)
let sharedIsBusy = false

/** Runs `use` with an empty writer that nobody else uses meanwhile. */
const withScratch = <A, R>(use: (argument: A, out: ByteWriter) => R, argument: A): R => {
  if (sharedIsBusy) return use(argument, new ByteWriter(256))
  sharedIsBusy = true
  shared.reset()
  try {
    return use(argument, shared)
  } finally {
    sharedIsBusy = false
  }
}

/** Builds the whole of a {@link Serde} from its hot functions. */
export const makeSerde = <T>(codec: Codec<T>): Serde<T> => {
  const { write, read, fixedSize } = codec
  const toBytes = (data: T, out: ByteWriter): Buffer => {
    write(data, out)
    return Buffer.from(out.view())
  }
  const toLatin1 = (data: T, out: ByteWriter): string => {
    write(data, out)
    return out.buffer.latin1Slice(0, out.position)
  }
  const fromLatin1 = (key: string, out: ByteWriter): T => {
    out.writeLatin1(key)
    return read(out.buffer, 0, out.position)
  }
  const serializer: Serializer<T> = {
    serialize: (_topic, data) => (data == null ? undefined : withScratch(toBytes, data)),
    write,
  }
  const deserializer: Deserializer<T> = {
    deserialize: (_topic, data) => (data == null ? undefined : read(asBuffer(data), 0, data.length)),
    read,
  }
  return {
    serializer,
    deserializer,
    immutable: codec.immutable ?? false,
    fixedSize,
    toStoreKey: codec.toStoreKey ?? ((data) => withScratch(toLatin1, data)),
    fromStoreKey: codec.fromStoreKey ?? ((key) => withScratch(fromLatin1, key)),
  }
}
