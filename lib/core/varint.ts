import type { ByteWriter } from './byte-writer.ts'

/** Bytes of an unsigned LEB128 integer below 2^32. */
export const sizeOfUnsignedVarint = (value: number): number =>
  value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : value < 0x10000000 ? 4 : 5

/** Bytes of a zigzag-encoded 32-bit integer. */
export const sizeOfVarint = (value: number): number => sizeOfUnsignedVarint(((value << 1) ^ (value >> 31)) >>> 0)

/** Unsigned LEB128 of an integer in [0, 2^32). */
export const writeUnsignedVarint = (out: ByteWriter, value: number): void => {
  out.ensure(5)
  const b = out.buffer
  let p = out.position
  let rest = value >>> 0
  while (rest > 0x7f) {
    b[p++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  b[p++] = rest
  out.position = p
}

/** Zigzag LEB128 of a 32-bit integer, as record fields and lengths have it. */
export const writeVarint = (out: ByteWriter, value: number): void => {
  writeUnsignedVarint(out, ((value << 1) ^ (value >> 31)) >>> 0)
}

/** Zigzag LEB128 of an exact integer (|value| <= 2^53), without BigInt. */
export const writeVarlong = (out: ByteWriter, value: number): void => {
  if (value >= -0x80000000 && value <= 0x7fffffff) {
    writeVarint(out, value)
    return
  }
  // The zigzag form in two 32-bit halves: 2v, or -2v - 1 for negative values.
  const magnitude = value < 0 ? -value - 1 : value
  const lowHalf = magnitude % 0x80000000
  let high = (magnitude - lowHalf) / 0x80000000
  let low = (lowHalf * 2 + (value < 0 ? 1 : 0)) >>> 0
  out.ensure(10)
  const b = out.buffer
  let p = out.position
  while (high > 0 || low > 0x7f) {
    b[p++] = (low & 0x7f) | 0x80
    low = ((low >>> 7) | (high << 25)) >>> 0
    high >>>= 7
  }
  b[p++] = low
  out.position = p
}
