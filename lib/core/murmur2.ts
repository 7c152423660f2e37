const SEED = 0x9747b28c
const M = 0x5bd1e995

/** MurmurHash2 (32 bits, seed 0x9747b28c) of `bytes[start, end)`: the hash of Kafka's default partitioner. */
export const murmur2 = (bytes: Uint8Array, start = 0, end = bytes.length): number => {
  const length = end - start
  let hash = SEED ^ length
  let p = start
  const fourEnd = start + (length & ~3)
  while (p < fourEnd) {
    let k = bytes[p]! | (bytes[p + 1]! << 8) | (bytes[p + 2]! << 16) | (bytes[p + 3]! << 24)
    p += 4
    k = Math.imul(k, M)
    k = Math.imul(k ^ (k >>> 24), M)
    hash = Math.imul(hash, M) ^ k
  }
  const rest = end - p
  if (rest === 3) hash ^= bytes[p + 2]! << 16
  if (rest >= 2) hash ^= bytes[p + 1]! << 8
  if (rest >= 1) hash = Math.imul(hash ^ bytes[p]!, M)
  hash = Math.imul(hash ^ (hash >>> 13), M)
  return hash ^ (hash >>> 15)
}

/** The partition Kafka's default partitioner gives to a key. */
export const partitionForKey = (key: Uint8Array, numPartitions: number, start = 0, end = key.length): number =>
  (murmur2(key, start, end) & 0x7fffffff) % numPartitions
