import { ByteWriter } from '../../../lib/core/byte-writer.ts'
import type { Keyed } from './key-parts.ts'

const FIRST_CAPACITY = 16
const LOAD = 0.75

/** Room that is kept, however little of it is used. */
const KEPT_BYTES = 64 * 1024

/** Before the bytes of a key: whether its change waits, and their number. */
const HEADER_BYTES = 5
const WAITS = 1
const LEFT = 0

/** More keys of one bucket are looked up, not compared; two numbers each. */
const MANY = 2 * 32

/** What can be among dirty keys. */
export interface Dirty extends Keyed {
  /** Where it is noted as dirty; -1: it is not. */
  dirtyAt: number
}

/** Takes the bytes of a key, and whether its change waits or has left. */
export type VisitDirtyKey = (bytes: Buffer, start: number, end: number, waits: boolean) => void

/**
 * Keys whose changes have yet to be logged. They come out in the order of the `HashSet` in which Kafka Streams keeps them, so
 * that changelogs are equal record by record; its table never shrinks, nor does the capacity here.
 *
 * Most keys have come and gone by the time of the commit. They are kept as bytes, one behind the other: strings would have to be
 * moved by the collector, all of them twice, and looked for all over the memory.
 */
export class DirtyKeys {
  #log = new ByteWriter(KEPT_BYTES)
  #size = 0
  #capacity = FIRST_CAPACITY

  get size(): number {
    return this.#size
  }

  /** Notes a change that is not dirty. */
  add(change: Dirty): void {
    change.dirtyAt = this.#log.position
    this.#append(change, WAITS)
  }

  /** A change leaves: what is to be logged is that its key is gone. */
  left(change: Dirty): void {
    if (change.dirtyAt < 0) this.#append(change, LEFT)
    else this.#log.buffer[change.dirtyAt] = LEFT
    change.dirtyAt = -1
  }

  #append({ head, tail }: Dirty, state: number): void {
    const log = this.#log
    this.#size++
    log.writeByte(state)
    log.writeInt32(head.length + tail.bytes.length)
    log.writeLatin1(head)
    if (tail.bytes !== '') log.writeLatin1(tail.bytes)
  }

  /** Empties the list. */
  take(visit: VisitDirtyKey): void {
    let keys = this.#inOrderOfBuckets(this.#hashed())
    const distinct = this.#withoutRepetitions(keys)
    // A table for more keys than there are would have another order.
    if (distinct < this.#size) keys = this.#inOrderOfBuckets(inOrderOfTime(keys.subarray(0, 2 * distinct)))
    this.#capacity = capacityFor(distinct, this.#capacity)
    const bytes = this.#log.buffer
    for (let i = 0; i < 2 * distinct; i += 2) {
      const at = keys[i]!
      visit(bytes, at + HEADER_BYTES, this.#endOf(at), bytes[at] === WAITS)
    }
    this.clear()
  }

  /** For each key where it is in the log, and its hash: `Arrays.hashCode` of Java, spread as its hash tables do. */
  #hashed(): Int32Array {
    const keys = new Int32Array(2 * this.#size)
    const bytes = this.#log.buffer
    let at = 0
    for (let i = 0; i < keys.length; i += 2) {
      const start = at + HEADER_BYTES
      const end = start + bytes.readInt32BE(at + 1)
      let hash = 1
      for (let p = start; p < end; p++) hash = (Math.imul(31, hash) + ((bytes[p]! << 24) >> 24)) | 0
      keys[i] = at
      keys[i + 1] = hash ^ (hash >>> 16)
      at = end
    }
    return keys
  }

  /** Counting sort: keys of one bucket stay in the order in which they are. */
  #inOrderOfBuckets(keys: Int32Array): Int32Array {
    const capacity = capacityFor(keys.length / 2, this.#capacity)
    const mask = capacity - 1
    const starts = new Int32Array(capacity + 1)
    for (let i = 0; i < keys.length; i += 2) starts[(keys[i + 1]! & mask) + 1]! += 2
    for (let bucket = 1; bucket < capacity; bucket++) starts[bucket]! += starts[bucket - 1]!
    const sorted = new Int32Array(keys.length)
    for (let i = 0; i < keys.length; i += 2) {
      const bucket = keys[i + 1]! & mask
      const to = starts[bucket]!
      starts[bucket] = to + 2
      sorted[to] = keys[i]!
      sorted[to + 1] = keys[i + 1]!
    }
    return sorted
  }

  /**
   * A key that left and came again is there more than once: its first place counts, and its last state. Puts the distinct ones
   * in front of the others, and answers how many there are.
   */
  #withoutRepetitions(keys: Int32Array): number {
    const bytes = this.#log.buffer
    const mask = capacityFor(this.#size, this.#capacity) - 1
    let end = 0
    /** Where the bucket begins, and its keys when they are many: anybody can think of keys that have one hash in Java. */
    let bucket = 0
    let many: Map<string, number> | undefined
    for (let i = 0; i < keys.length; i += 2) {
      const at = keys[i]!
      const hash = keys[i + 1]!
      if (end > 0 && ((keys[end - 1]! ^ hash) & mask) !== 0) {
        bucket = end
        many = undefined
      }
      let same = bucket
      if (end - bucket < MANY) while (same < end && (keys[same + 1] !== hash || !this.#areEqual(keys[same]!, at))) same += 2
      else {
        many ??= this.#places(keys, bucket, end)
        const text = this.#textOf(at)
        same = many.get(text) ?? end
        many.set(text, same)
      }
      if (same < end) {
        bytes[keys[same]!] = bytes[at]!
        continue
      }
      keys[end] = at
      keys[end + 1] = hash
      end += 2
    }
    return end / 2
  }

  #places(keys: Int32Array, from: number, to: number): Map<string, number> {
    const places = new Map<string, number>()
    for (let i = from; i < to; i += 2) places.set(this.#textOf(keys[i]!), i)
    return places
  }

  #endOf(at: number): number {
    return at + HEADER_BYTES + this.#log.buffer.readInt32BE(at + 1)
  }

  #textOf(at: number): string {
    return this.#log.buffer.latin1Slice(at + HEADER_BYTES, this.#endOf(at))
  }

  #areEqual(a: number, b: number): boolean {
    const bytes = this.#log.buffer
    return bytes.compare(bytes, a + HEADER_BYTES, this.#endOf(a), b + HEADER_BYTES, this.#endOf(b)) === 0
  }

  clear(): void {
    const log = this.#log
    if (log.buffer.length > KEPT_BYTES && log.position < log.buffer.length / 8) this.#log = new ByteWriter(KEPT_BYTES)
    else log.reset()
    this.#size = 0
  }
}

const capacityFor = (keys: number, atLeast: number): number => {
  let capacity = atLeast
  while (keys > capacity * LOAD) capacity *= 2
  return capacity
}

/** In the order in which they were noted. */
const inOrderOfTime = (keys: Int32Array): Int32Array => {
  const places = Array.from({ length: keys.length / 2 }, (_, i) => 2 * i).sort((a, b) => keys[a]! - keys[b]!)
  return Int32Array.from(places.flatMap((i) => [keys[i]!, keys[i + 1]!]))
}
