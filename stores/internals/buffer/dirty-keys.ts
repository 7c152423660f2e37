import { ByteWriter } from '../../../lib/core/byte-writer.ts'
import type { BufferedChange } from './buffered-change.ts'

const FIRST_CAPACITY = 16
const LOAD = 0.75

/** Lists of so many keys are kept, however few are used. */
const KEPT_ROOM = 1024

/** Takes the bytes of a key, and its change if there is one. */
export type VisitDirtyKey<S> = (bytes: Buffer, start: number, end: number, change: BufferedChange<S> | undefined) => void

/**
 * Keys whose changes have yet to be logged, with their changes, or without one when it has left. They come out in the order of
 * the `HashSet` in which Kafka Streams keeps them, so that changelogs are equal record by record; its table never shrinks, nor
 * does the capacity here.
 *
 * Most keys have come and gone by the time of the commit. They are kept as bytes, one behind the other: as strings they would
 * have to be moved by the collector, all of them twice.
 */
export class DirtyKeys<S> {
  #bytes = new ByteWriter(KEPT_ROOM)
  /** Where the bytes of each key end. */
  #ends = new Int32Array(KEPT_ROOM)
  #changes: (BufferedChange<S> | undefined)[] = []
  #size = 0
  #capacity = FIRST_CAPACITY

  get size(): number {
    return this.#size
  }

  /** Adds the key of a change that is not in the list, and tells the change where. */
  add(change: BufferedChange<S>): void {
    change.dirtyAt = this.#append(change)
    this.#changes[change.dirtyAt] = change
  }

  /** A change leaves: what is to be logged is that its key is gone. */
  left(change: BufferedChange<S>): void {
    const at = change.dirtyAt < 0 ? this.#append(change) : change.dirtyAt
    this.#changes[at] = undefined
    change.dirtyAt = -1
  }

  #append({ head, tail }: BufferedChange<S>): number {
    const at = this.#size++
    const bytes = this.#bytes
    bytes.writeLatin1(head)
    if (tail.bytes !== '') bytes.writeLatin1(tail.bytes)
    if (at === this.#ends.length) {
      const ends = new Int32Array(2 * at)
      ends.set(this.#ends)
      this.#ends = ends
    }
    this.#ends[at] = bytes.position
    return at
  }

  /** Empties the list. Changes are no longer dirty when they are visited. */
  take(visit: VisitDirtyKey<S>): void {
    const hashes = this.#hashes()
    let order = this.#inOrderOfBuckets(hashes, hashes.map((_, at) => at))
    const repeated = this.#repetitions(hashes, order)
    // A table for more keys than there are would have another order.
    if (repeated.size > 0) order = this.#inOrderOfBuckets(hashes, order.filter((at) => !repeated.has(at)).sort())
    this.#capacity = capacityFor(order.length, this.#capacity)
    const bytes = this.#bytes.buffer
    const ends = this.#ends
    for (let i = 0; i < order.length; i++) {
      const at = order[i]!
      const change = this.#changes[at]
      if (change !== undefined) change.dirtyAt = -1
      visit(bytes, at === 0 ? 0 : ends[at - 1]!, ends[at]!, change)
    }
    this.clear()
  }

  /** `Arrays.hashCode` of Java, spread as its hash tables do. */
  #hashes(): Int32Array {
    const hashes = new Int32Array(this.#size)
    const bytes = this.#bytes.buffer
    let position = 0
    for (let at = 0; at < hashes.length; at++) {
      let hash = 1
      for (const end = this.#ends[at]!; position < end; position++) hash = (Math.imul(31, hash) + ((bytes[position]! << 24) >> 24)) | 0
      hashes[at] = hash ^ (hash >>> 16)
    }
    return hashes
  }

  /** Counting sort: keys of one bucket stay in the order in which they came. */
  #inOrderOfBuckets(hashes: Int32Array, places: Int32Array): Int32Array {
    const capacity = capacityFor(places.length, this.#capacity)
    const mask = capacity - 1
    const starts = new Int32Array(capacity + 1)
    for (let i = 0; i < places.length; i++) starts[(hashes[places[i]!]! & mask) + 1]!++
    for (let bucket = 1; bucket < capacity; bucket++) starts[bucket]! += starts[bucket - 1]!
    const sorted = new Int32Array(places.length)
    for (let i = 0; i < places.length; i++) sorted[starts[hashes[places[i]!]! & mask]!++] = places[i]!
    return sorted
  }

  /** A key that left and came again is in the list more than once: its first place counts, and its last change. */
  #repetitions(hashes: Int32Array, order: Int32Array): Set<number> {
    const repeated = new Set<number>()
    const mask = capacityFor(order.length, this.#capacity) - 1
    for (let i = 1; i < order.length; i++) {
      const at = order[i]!
      const hash = hashes[at]!
      for (let before = i - 1; before >= 0 && ((hashes[order[before]!]! ^ hash) & mask) === 0; before--) {
        const first = order[before]!
        if (hashes[first] !== hash || repeated.has(first) || !this.#areEqual(first, at)) continue
        this.#changes[first] = this.#changes[at]
        repeated.add(at)
        break
      }
    }
    return repeated
  }

  #areEqual(a: number, b: number): boolean {
    const ends = this.#ends
    const bytes = this.#bytes.buffer
    return bytes.compare(bytes, a === 0 ? 0 : ends[a - 1]!, ends[a], b === 0 ? 0 : ends[b - 1]!, ends[b]) === 0
  }

  clear(): void {
    const isMostlyEmpty = this.#ends.length > KEPT_ROOM && this.#size < this.#ends.length / 8
    this.#size = 0
    this.#bytes.reset()
    if (!isMostlyEmpty) return
    this.#bytes = new ByteWriter(KEPT_ROOM)
    this.#ends = new Int32Array(KEPT_ROOM)
    this.#changes = []
  }
}

const capacityFor = (keys: number, atLeast: number): number => {
  let capacity = atLeast
  while (keys > capacity * LOAD) capacity *= 2
  return capacity
}
