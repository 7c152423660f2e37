/** A signed 64-bit big-endian integer as a number: exact up to ±2^53, rounded beyond. No BigInt. */
export const readInt64 = (b: Uint8Array, p: number): number => {
  const high = (b[p]! << 24) | (b[p + 1]! << 16) | (b[p + 2]! << 8) | b[p + 3]!
  const low = ((b[p + 4]! << 24) | (b[p + 5]! << 16) | (b[p + 6]! << 8) | b[p + 7]!) >>> 0
  return high * 4294967296 + low
}
