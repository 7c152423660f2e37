/** Bits per key, and how many of them are set for each: about one key in a hundred is taken for one of the others. */
const BITS_PER_KEY = 10
const PROBES = 6

export const hashOf = (key: string): number => {
  let hash = 0x811c9dc5
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
  // The last characters differ most: they have to reach all bits.
  hash ^= hash >>> 15
  hash = Math.imul(hash, 0x2c1b3c6d)
  return (hash ^ (hash >>> 13)) | 0
}

/** A Bloom filter: says of most keys that are not there that they are not, and never so of one that is. */
export class KeyFilter {
  readonly bits: Uint8Array

  constructor(bits: Uint8Array) {
    this.bits = bits
  }

  static of(hashes: readonly number[]): KeyFilter {
    const filter = new KeyFilter(new Uint8Array(Math.ceil((hashes.length * BITS_PER_KEY) / 8) + 1))
    for (const hash of hashes) filter.#add(hash)
    return filter
  }

  #add(hash: number): void {
    const { bits } = this
    const count = bits.length * 8
    const step = (hash >>> 17) | (hash << 15) | 1
    for (let i = 0, h = hash; i < PROBES; i++, h = (h + step) | 0) {
      const bit = (h >>> 0) % count
      bits[bit >>> 3]! |= 1 << (bit & 7)
    }
  }

  mayHold(hash: number): boolean {
    const { bits } = this
    const count = bits.length * 8
    const step = (hash >>> 17) | (hash << 15) | 1
    for (let i = 0, h = hash; i < PROBES; i++, h = (h + step) | 0) {
      const bit = (h >>> 0) % count
      if ((bits[bit >>> 3]! & (1 << (bit & 7))) === 0) return false
    }
    return true
  }
}
