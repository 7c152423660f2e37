const SEED = 0x9747b28c | 0
const M = 0x5bd1e995

/** The 32-bit MurmurHash2 of `bytes[start, end)` with the seed Kafka's clients use, as a signed integer. */
export const murmur2 = (bytes: Uint8Array, start = 0, end = bytes.length): number => {
  const length = end - start
  let h = SEED ^ length
  let p = start
  for (let left = length; left >= 4; left -= 4, p += 4) {
    let k = bytes[p]! | (bytes[p + 1]! << 8) | (bytes[p + 2]! << 16) | (bytes[p + 3]! << 24)
    k = Math.imul(k, M)
    k = Math.imul(k ^ (k >>> 24), M)
    h = Math.imul(h, M) ^ k
  }
  const tail = end - p
  if (tail > 0) {
    if (tail > 2) h ^= bytes[p + 2]! << 16
    if (tail > 1) h ^= bytes[p + 1]! << 8
    h = Math.imul(h ^ bytes[p]!, M)
  }
  h = Math.imul(h ^ (h >>> 13), M)
  return h ^ (h >>> 15)
}

/** The partition of a key, as Java's default partitioner chooses it: records of one key stay together across clients. */
export const partitionForKey = (key: Uint8Array, partitions: number, start = 0, end = key.length): number =>
  (murmur2(key, start, end) & 0x7fffffff) % partitions
