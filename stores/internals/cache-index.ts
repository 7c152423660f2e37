import type { CacheColumns } from './cache-columns.ts'
import { HASH, NONE } from './cache-columns.ts'
import { HASH_SEED, hashOf, hashOfNumber, spread } from './string-hash.ts'

const FIRST_PLACES = 64

/** A place: the number of a row and one, 0 for none; and beside it the hash, so that a search mostly reads nothing else. */
const PLACE = 2

const hashAt = (key: string, time: number, minor: number): number => spread(hashOf(key, hashOfNumber(minor, hashOfNumber(time, HASH_SEED))))

/**
 * Finds the rows of a cache by key, time and minor number: open addressing, at most half full. Where keys are many each record adds a
 * row and takes one away, which leaves no garbage here, while a Map copies itself again and again.
 */
export class CacheIndex<R> {
  readonly #columns: CacheColumns<R>
  #places = new Int32Array(FIRST_PLACES * PLACE)
  #mask = FIRST_PLACES - 1
  #size = 0

  constructor(columns: CacheColumns<R>) {
    this.#columns = columns
  }

  find(key: string, time: number, minor: number): number {
    const columns = this.#columns
    const places = this.#places
    const mask = this.#mask
    const hash = hashAt(key, time, minor)
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const row = places[at * PLACE]! - 1
      if (row < 0) return NONE
      if (places[at * PLACE + 1] === hash && columns.isAt(row, time, minor) && columns.key(row) === key) return row
    }
  }

  /** A row that is not there. */
  add(row: number): void {
    if (2 * ++this.#size > this.#mask) this.#grow()
    const columns = this.#columns
    const hash = hashAt(columns.key(row), columns.time(row), columns.minor(row))
    columns.setLink(row, HASH, hash)
    this.#put(row, hash)
  }

  #put(row: number, hash: number): void {
    const places = this.#places
    let at = hash & this.#mask
    while (places[at * PLACE] !== 0) at = (at + 1) & this.#mask
    places[at * PLACE] = row + 1
    places[at * PLACE + 1] = hash
  }

  /** A row that is there. What stands behind it moves up, so that no search ends early. */
  remove(row: number): void {
    const places = this.#places
    const mask = this.#mask
    // Rows that leave were not used for long: their keys are not read for it.
    let gap = this.#columns.link(row, HASH) & mask
    while (places[gap * PLACE] !== row + 1) gap = (gap + 1) & mask
    for (let at = (gap + 1) & mask; places[at * PLACE] !== 0; at = (at + 1) & mask) {
      const home = places[at * PLACE + 1]! & mask
      if (((at - home) & mask) < ((at - gap) & mask)) continue
      places[gap * PLACE] = places[at * PLACE]!
      places[gap * PLACE + 1] = places[at * PLACE + 1]!
      gap = at
    }
    places[gap * PLACE] = 0
    this.#size--
  }

  #grow(): void {
    const before = this.#places
    this.#places = new Int32Array(2 * before.length)
    this.#mask = before.length - 1
    for (let i = 0; i < before.length; i += PLACE) if (before[i] !== 0) this.#put(before[i]! - 1, before[i + 1]!)
  }
}
