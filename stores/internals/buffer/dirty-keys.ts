const FIRST_CAPACITY = 16
const LOAD = 0.75

/** `Arrays.hashCode` of Java, spread as its hash tables do. */
const spreadHash = (key: string): number => {
  let hash = 1
  for (let i = 0; i < key.length; i++) hash = (Math.imul(31, hash) + ((key.charCodeAt(i) << 24) >> 24)) | 0
  return hash ^ (hash >>> 16)
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
    if (keys.length < 2) return keys
    const mask = this.#capacity - 1
    // Stable, so that keys of one bucket stay in the order in which they came.
    return keys
      .map((key) => ({ key, bucket: spreadHash(key) & mask }))
      .sort((a, b) => a.bucket - b.bucket)
      .map(({ key }) => key)
  }

  clear(): void {
    this.#keys = []
  }
}
