import { ByteWriter } from '../../../lib/core/byte-writer.ts'
import { asBuffer } from '../../../lib/serdes/make-serde.ts'
import type { Serde } from '../../../lib/serdes/serde.ts'
import { Hash128 } from './murmur3.ts'

/** Set in the first byte of subscriptions and answers when there is no hash. */
const NO_HASH = 0x80
const HASH_BYTES = 16

/** The first byte of a subscription or an answer. */
export const versionByte = (version: number, hash: Hash128 | undefined): number => (hash === undefined ? version | NO_HASH : version)

export const versionOf = (firstByte: number): number => firstByte & ~NO_HASH

/** How many bytes of hash there are. */
export const hashBytes = (firstByte: number): number => (firstByte >= NO_HASH ? 0 : HASH_BYTES)

export const writeHash = ({ a, b, c, d }: Hash128, out: ByteWriter): void => {
  out.writeInt32(a)
  out.writeInt32(b)
  out.writeInt32(c)
  out.writeInt32(d)
}

export const readInt32 = (b: Uint8Array, p: number): number => (b[p]! << 24) | (b[p + 1]! << 16) | (b[p + 2]! << 8) | b[p + 3]!

export const readHash = (b: Uint8Array, p: number): Hash128 => new Hash128(readInt32(b, p), readInt32(b, p + 4), readInt32(b, p + 8), readInt32(b, p + 12))

/** The serde of a type with these hot functions. Writers of values inside of other values must not share a buffer. */
export const serdeOf = <T>(write: (data: T, out: ByteWriter) => void, read: (buffer: Buffer, start: number, end: number) => T): Serde<T> => ({
  serializer: {
    serialize(_topic, data) {
      if (data === undefined) return undefined
      const out = new ByteWriter(64)
      write(data, out)
      return out.view()
    },
    write,
  },
  deserializer: {
    deserialize: (_topic, data) => (data === undefined ? undefined : read(asBuffer(data), 0, data.length)),
    read,
  },
})
