/** A 128-bit hash as four 32-bit integers, which cost no allocation beyond this one object. */
export class Hash128 {
  readonly a: number
  readonly b: number
  readonly c: number
  readonly d: number

  constructor(a: number, b: number, c: number, d: number) {
    this.a = a
    this.b = b
    this.c = c
    this.d = d
  }
}

/** True for equal hashes; undefined, the hash of no value, equals itself only. */
export const sameHash = (x: Hash128 | undefined, y: Hash128 | undefined): boolean =>
  x === y || (x !== undefined && y !== undefined && x.a === y.a && x.b === y.b && x.c === y.c && x.d === y.d)

// The multipliers of MurmurHash3 (x64, 128 bits), in halves.
const C1_HIGH = 0x87c37b91 | 0
const C1_LOW = 0x114253d5 | 0
const C2_HIGH = 0x4cf5ad43 | 0
const C2_LOW = 0x2745937f | 0
const M1_HIGH = 0xff51afd7 | 0
const M1_LOW = 0xed558ccd | 0
const M2_HIGH = 0xc4ceb9fe | 0
const M2_LOW = 0x1a85ec53 | 0

/** Kafka's seed. */
const SEED = 104729

/** The upper half of the product of two unsigned 32-bit integers. */
const mulHigh = (x: number, y: number): number => {
  const xl = x & 0xffff
  const xh = x >>> 16
  const yl = y & 0xffff
  const yh = y >>> 16
  const middle = xh * yl + ((xl * yl) >>> 16)
  return (xh * yh + (middle >>> 16) + ((xl * yh + (middle & 0xffff)) >>> 16)) | 0
}

/** The upper half of a 64-bit product; the lower one is `Math.imul(low, byLow)`. */
const productHigh = (high: number, low: number, byHigh: number, byLow: number): number =>
  (mulHigh(low, byLow) + Math.imul(high, byLow) + Math.imul(low, byHigh)) | 0

/** 1 when a sum of two 32-bit integers has overflowed, given one of them and the sum. */
const carry = (sum: number, addend: number): number => (sum >>> 0 < addend >>> 0 ? 1 : 0)

/** The upper half of five times an integer, given the lower half of that: four times and once more. */
const timesFiveHigh = (high: number, low: number, lowTimesFive: number): number =>
  (Math.imul(high, 5) + (low >>> 30) + carry(lowTimesFive, low)) | 0

const readLow = (bytes: Uint8Array, p: number): number => bytes[p]! | (bytes[p + 1]! << 8) | (bytes[p + 2]! << 16) | (bytes[p + 3]! << 24)

/** Up to four bytes from `p`, those from `end` on taken for 0. */
const readPart = (bytes: Uint8Array, p: number, end: number): number => {
  let part = 0
  for (let i = Math.min(p + 4, end) - 1; i >= p; i--) part = (part << 8) | bytes[i]!
  return part
}

/**
 * The 128-bit MurmurHash3 (x64) of `bytes[start, end)` with the seed and byte order of Kafka Streams. 64-bit integers are
 * kept in halves: a BigInt per step would cost ten times as much.
 */
export const murmur3 = (bytes: Uint8Array, start = 0, end = bytes.length): Hash128 => {
  let h1h = 0
  let h1l = SEED
  let h2h = 0
  let h2l = SEED
  const length = end - start
  const blocksEnd = start + (length & ~15)
  for (let p = start; p < end; p += 16) {
    const isTail = p >= blocksEnd
    let k1l = isTail ? readPart(bytes, p, end) : readLow(bytes, p)
    let k1h = isTail ? readPart(bytes, p + 4, end) : readLow(bytes, p + 4)
    let k2l = isTail ? readPart(bytes, p + 8, end) : readLow(bytes, p + 8)
    let k2h = isTail ? readPart(bytes, p + 12, end) : readLow(bytes, p + 12)

    // k1 = rotl(k1 * C1, 31) * C2
    let high = productHigh(k1h, k1l, C1_HIGH, C1_LOW)
    let low = Math.imul(k1l, C1_LOW)
    k1h = (high << 31) | (low >>> 1)
    k1l = (low << 31) | (high >>> 1)
    h1h ^= productHigh(k1h, k1l, C2_HIGH, C2_LOW)
    h1l ^= Math.imul(k1l, C2_LOW)

    // k2 = rotl(k2 * C2, 33) * C1
    high = productHigh(k2h, k2l, C2_HIGH, C2_LOW)
    low = Math.imul(k2l, C2_LOW)
    k2h = (low << 1) | (high >>> 31)
    k2l = (high << 1) | (low >>> 31)
    const mixed2High = productHigh(k2h, k2l, C1_HIGH, C1_LOW)
    const mixed2Low = Math.imul(k2l, C1_LOW)
    if (isTail) {
      // The last, partial block is mixed in without the steps between blocks.
      h2h ^= mixed2High
      h2l ^= mixed2Low
      break
    }

    // h1 = (rotl(h1, 27) + h2) * 5 + constant
    high = (h1h << 27) | (h1l >>> 5)
    low = (h1l << 27) | (h1h >>> 5)
    let sum = (low + h2l) | 0
    high = (high + h2h + carry(sum, low)) | 0
    low = Math.imul(sum, 5)
    h1h = timesFiveHigh(high, sum, low)
    h1l = (low + 0x52dce729) | 0
    h1h = (h1h + carry(h1l, low)) | 0

    // h2 = (rotl(h2 ^ k2, 31) + h1) * 5 + constant
    h2h ^= mixed2High
    h2l ^= mixed2Low
    high = (h2h << 31) | (h2l >>> 1)
    low = (h2l << 31) | (h2h >>> 1)
    sum = (low + h1l) | 0
    high = (high + h1h + carry(sum, low)) | 0
    low = Math.imul(sum, 5)
    h2h = timesFiveHigh(high, sum, low)
    h2l = (low + 0x38495ab5) | 0
    h2h = (h2h + carry(h2l, low)) | 0
  }
  return finish(h1h, h1l ^ length, h2h, h2l ^ length)
}

/** The final mixing of both halves of the hash. */
const finish = (high1: number, low1: number, high2: number, low2: number): Hash128 => {
  let h1l = (low1 + low2) | 0
  let h1h = (high1 + high2 + carry(h1l, low1)) | 0
  let h2l = (low2 + h1l) | 0
  let h2h = (high2 + h1h + carry(h2l, low2)) | 0
  for (let round = 0; round < 2; round++) {
    const byHigh = round === 0 ? M1_HIGH : M2_HIGH
    const byLow = round === 0 ? M1_LOW : M2_LOW
    h1l ^= h1h >>> 1
    h1h = productHigh(h1h, h1l, byHigh, byLow)
    h1l = Math.imul(h1l, byLow)
    h2l ^= h2h >>> 1
    h2h = productHigh(h2h, h2l, byHigh, byLow)
    h2l = Math.imul(h2l, byLow)
  }
  h1l ^= h1h >>> 1
  h2l ^= h2h >>> 1
  const sumLow = (h1l + h2l) | 0
  const sumHigh = (h1h + h2h + carry(sumLow, h1l)) | 0
  const lastLow = (h2l + sumLow) | 0
  return new Hash128(sumHigh, sumLow, (h2h + sumHigh + carry(lastLow, h2l)) | 0, lastLow)
}
