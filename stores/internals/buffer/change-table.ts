import { spread } from '../string-hash.ts'
import type { BufferedChange } from './buffered-change.ts'
import type { KeyTail } from './key-parts.ts'

const FIRST_CAPACITY = 64
/** A table that is emptier than this becomes smaller. */
const MIN_LOAD = 1 / 64

/**
 * Finds changes by key: open addressing, at most half full. Nearly each record adds a key and takes one away; here that leaves
 * no garbage behind, while a Map copies itself again and again.
 */
export class ChangeTable<S> {
  #size = 0
  #capacity = FIRST_CAPACITY
  /** What is at each place; undefined: nothing. */
  #changes: (BufferedChange<S> | undefined)[] = emptyPlaces(FIRST_CAPACITY)
  /** The hashes beside, so that a search mostly reads these alone. */
  #hashes = new Int32Array(FIRST_CAPACITY)

  get size(): number {
    return this.#size
  }

  find(head: string, tail: KeyTail, hash: number): BufferedChange<S> | undefined {
    const changes = this.#changes
    const hashes = this.#hashes
    const mask = this.#capacity - 1
    for (let at = spread(hash) & mask; ; at = (at + 1) & mask) {
      if (hashes[at] !== hash) {
        if (changes[at] === undefined) return undefined
        continue
      }
      const change = changes[at]
      if (change === undefined) return undefined
      if (change.head === head && (change.tail === tail || change.tail.bytes === tail.bytes)) return change
    }
  }

  /** A key that is not there. */
  add(change: BufferedChange<S>): void {
    if (2 * (this.#size + 1) > this.#capacity) this.#resize(this.#capacity * 2)
    this.#size++
    this.#place(change)
  }

  #place(change: BufferedChange<S>): void {
    const changes = this.#changes
    const mask = this.#capacity - 1
    let at = spread(change.hash) & mask
    while (changes[at] !== undefined) at = (at + 1) & mask
    changes[at] = change
    this.#hashes[at] = change.hash
  }

  /** A change that is there. What stands behind it moves up, so that no search ends early. */
  remove(change: BufferedChange<S>): void {
    const changes = this.#changes
    const hashes = this.#hashes
    const mask = this.#capacity - 1
    let gap = spread(change.hash) & mask
    while (changes[gap] !== change) gap = (gap + 1) & mask
    for (let at = (gap + 1) & mask; changes[at] !== undefined; at = (at + 1) & mask) {
      const home = spread(hashes[at]!) & mask
      if (((at - home) & mask) < ((at - gap) & mask)) continue
      changes[gap] = changes[at]
      hashes[gap] = hashes[at]!
      gap = at
    }
    changes[gap] = undefined
    hashes[gap] = 0
    this.#size--
    if (this.#capacity > FIRST_CAPACITY && this.#size < this.#capacity * MIN_LOAD) this.#resize(this.#capacity / 2)
  }

  #resize(capacity: number): void {
    const before = this.#changes
    this.#capacity = capacity
    this.#changes = emptyPlaces(capacity)
    this.#hashes = new Int32Array(capacity)
    for (let i = 0; i < before.length; i++) {
      const change = before[i]
      if (change !== undefined) this.#place(change)
    }
  }

  /** In no useful order. */
  forEach(visit: (change: BufferedChange<S>) => void): void {
    for (const change of this.#changes) if (change !== undefined) visit(change)
  }

  clear(): void {
    this.#size = 0
    this.#capacity = FIRST_CAPACITY
    this.#changes = emptyPlaces(FIRST_CAPACITY)
    this.#hashes = new Int32Array(FIRST_CAPACITY)
  }
}

function emptyPlaces<S>(capacity: number): (BufferedChange<S> | undefined)[] {
  return new Array<undefined>(capacity).fill(undefined)
}
