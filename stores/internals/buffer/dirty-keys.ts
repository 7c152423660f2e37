const FIRST_CAPACITY = 16
const LOAD = 0.75

/** `Arrays.hashCode` of Java, spread as its hash tables do. */
const spreadHash = (key: string): number => {
  let hash = 1
  for (let i = 0; i < key.length; i++) hash = (Math.imul(31, hash) + ((key.charCodeAt(i) << 24) >> 24)) | 0
  return hash ^ (hash >>> 16)
}

/** Counting sort: keys of one bucket stay in the order in which they came. */
const inOrderOfBuckets = (keys: readonly string[], capacity: number): string[] => {
  const buckets = new Int32Array(keys.length)
  const starts = new Int32Array(capacity + 1)
  for (let i = 0; i < keys.length; i++) {
    const bucket = spreadHash(keys[i]!) & (capacity - 1)
    buckets[i] = bucket
    starts[bucket + 1]!++
  }
  for (let bucket = 1; bucket < capacity; bucket++) starts[bucket]! += starts[bucket - 1]!
  const sorted = new Array<string>(keys.length)
  for (let i = 0; i < keys.length; i++) sorted[starts[buckets[i]!]!++] = keys[i]!
  return sorted
}

/**
 * Keys whose changes have yet to be logged. They come out in the order of the `HashSet` in which Kafka Streams keeps them, so
 * that changelogs are equal record by record; its table never shrinks, nor does the capacity here.
 */
export class DirtyKeys {
  #keys: string[] = []
  #capacity = FIRST_CAPACITY

  /** A key may be added twice. */
  add(key: string): void {
    this.#keys.push(key)
  }

  get size(): number {
    return this.#keys.length
  }

  /** Empties the list. */
  take(): readonly string[] {
    const keys = [...new Set(this.#keys)]
    this.clear()
    while (keys.length > this.#capacity * LOAD) this.#capacity *= 2
    return keys.length < 2 ? keys : inOrderOfBuckets(keys, this.#capacity)
  }

  clear(): void {
    this.#keys = []
  }
}
