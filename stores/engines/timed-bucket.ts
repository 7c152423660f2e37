import type { FoundRows } from './key-cursor.ts'
import type { RowColumns } from './row-columns.ts'
import { NONE, TimedPlaces } from './timed-places.ts'

/** The rows of one span of time, as columns. */
export class TimedBucket<R> {
  /** The first time of its span, and the one behind the last. */
  readonly from: number
  readonly end: number
  readonly #rows: RowColumns<R>
  readonly #places = new TimedPlaces()

  constructor(from: number, end: number, rows: RowColumns<R>) {
    this.from = from
    this.end = end
    this.#rows = rows
  }

  get(key: string, time: number, minor: number): R | undefined {
    const id = this.#places.idOf(key)
    if (id === NONE) return undefined
    const place = this.#places.find(id, time, minor)
    return place === NONE ? undefined : this.#rows.get(place)
  }

  put(key: string, time: number, minor: number, row: R): void {
    const places = this.#places
    const known = places.idOf(key)
    const id = known === NONE ? places.addKey(key) : known
    const place = places.find(id, time, minor)
    this.#rows.set(place === NONE ? places.insert(id, time, minor) : place, row)
  }

  delete(key: string, time: number, minor: number): void {
    const places = this.#places
    const id = places.idOf(key)
    if (id === NONE) return
    const place = places.find(id, time, minor)
    if (place === NONE) return
    places.remove(id, place)
    this.#rows.clear(place)
  }

  /** Finds the rows of a key with a time from `from` to `to`, the newest first. */
  gather(key: string, from: number, to: number, found: FoundRows<R>): void {
    const places = this.#places
    const id = places.idOf(key)
    if (id === NONE) return
    const count = places.between(id, from, to)
    for (let i = 0; i < count; i++) this.#add(places.found[i]!, key, found)
  }

  /** Finds the rows of all keys within a range, in no useful order. A walk along the times is faster than one from key to key. */
  gatherAll(keyFrom: string | undefined, keyTo: string | undefined, from: number, to: number, found: FoundRows<R>): void {
    const places = this.#places
    for (let place = 0; place < places.end; place++) {
      const time = places.timeAt(place)
      // Not of free places, whose time is no number.
      if (!(time >= from && time <= to)) continue
      const key = places.keyOf(places.keyIdAt(place))
      if ((keyFrom !== undefined && key < keyFrom) || (keyTo !== undefined && key > keyTo)) continue
      this.#add(place, key, found)
    }
  }

  #add(place: number, key: string, found: FoundRows<R>): void {
    found.add(key, this.#places.timeAt(place), this.#places.minorAt(place), this.#rows.get(place))
  }
}
