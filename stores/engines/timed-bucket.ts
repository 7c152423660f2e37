import type { FoundRows } from './key-cursor.ts'
import type { RowColumns } from './row-columns.ts'

const FIRST_ROWS = 64
/** No row. */
const NONE = -1
/** In place of the newest row of a key whose rows are in a list. */
const LISTED = -2
/** Rows of a key that are passed on the way from the newest one, before they are put into a list. */
const MOST_STEPS = 32

const grownInt32 = (array: Int32Array): Int32Array<ArrayBuffer> => {
  const grown = new Int32Array(array.length * 2)
  grown.set(array)
  return grown
}

const grownFloat64 = (array: Float64Array): Float64Array<ArrayBuffer> => {
  const grown = new Float64Array(array.length * 2)
  grown.set(array)
  return grown
}

/**
 * The rows of one span of time, as columns. A key leads to its newest row, and each row to the one before it of the same key:
 * mostly the newest row is meant, or one that is newer and not there yet, and making that takes some writes at the ends of the
 * columns and no object. Keys of which older rows are looked for get a sorted list of all their rows.
 */
export class TimedBucket<R> {
  /** The first time of its span, and the one behind the last. */
  readonly from: number
  readonly end: number
  readonly #rows: RowColumns<R>
  /** A number for each key; it stays when the key has no rows left: sessions come and go with every record. */
  readonly #ids = new Map<string, number>()
  /** By number of the key. */
  readonly #keys: string[] = []
  /** The same: the place of its newest row. */
  #newest: Int32Array = new Int32Array(FIRST_ROWS)
  /** By place. */
  #times: Float64Array = new Float64Array(FIRST_ROWS)
  #keyIds: Int32Array = new Int32Array(FIRST_ROWS)
  /** Undefined as long as all are 0. */
  #minors: Float64Array | undefined
  /** The place of the row before that one, of the same key; of a free place that of another one. */
  #older: Int32Array = new Int32Array(FIRST_ROWS)
  readonly #lists = new Map<number, number[]>()
  #end = 0
  #free = NONE
  /** Get and put of one key follow each other. */
  #lastKey: string | undefined
  #lastId = 0
  /** What was looked up last, until something changes there: the key, the time, the minor number and what was found. */
  #askedId = NONE
  #askedTime = 0
  #askedMinor = 0
  #found = NONE
  /** The row behind what was found, or in a list its index. */
  #newer = NONE

  constructor(from: number, end: number, rows: RowColumns<R>) {
    this.from = from
    this.end = end
    this.#rows = rows
  }

  get(key: string, time: number, minor: number): R | undefined {
    const id = this.#idOf(key)
    if (id === undefined) return undefined
    const place = this.#place(id, time, minor)
    return place !== NONE && this.#is(place, time, minor) ? this.#rows.get(place) : undefined
  }

  put(key: string, time: number, minor: number, row: R): void {
    const id = this.#idOf(key) ?? this.#addKey(key)
    const before = this.#place(id, time, minor)
    if (before !== NONE && this.#is(before, time, minor)) {
      this.#rows.set(before, row)
      return
    }
    const newer = this.#newer
    const place = this.#takePlace()
    this.#askedId = NONE
    this.#times[place] = time
    this.#keyIds[place] = id
    if (minor !== 0) this.#minors ??= new Float64Array(this.#times.length)
    if (this.#minors !== undefined) this.#minors[place] = minor
    this.#rows.set(place, row)
    if (this.#newest[id] === LISTED) {
      const list = this.#lists.get(id)!
      if (newer === list.length) list.push(place)
      else list.splice(newer, 0, place)
      return
    }
    this.#older[place] = before
    if (newer === NONE) this.#newest[id] = place
    else this.#older[newer] = place
  }

  delete(key: string, time: number, minor: number): void {
    const id = this.#idOf(key)
    if (id === undefined) return
    const place = this.#place(id, time, minor)
    if (place === NONE || !this.#is(place, time, minor)) return
    const newer = this.#newer
    this.#askedId = NONE
    if (this.#newest[id] === LISTED) this.#lists.get(id)!.splice(newer - 1, 1)
    else if (newer === NONE) this.#newest[id] = this.#older[place]!
    else this.#older[newer] = this.#older[place]!
    this.#rows.clear(place)
    this.#times[place] = NaN
    this.#older[place] = this.#free
    this.#free = place
  }

  /** Finds the rows of a key with a time from `from` to `to`, the newest first. */
  gather(key: string, from: number, to: number, found: FoundRows<R>): void {
    const id = this.#idOf(key)
    if (id === undefined) return
    let place = this.#place(id, to, Infinity)
    const list = this.#newest[id] === LISTED ? this.#lists.get(id)! : undefined
    let index = this.#newer - 1
    while (place !== NONE) {
      const time = this.#times[place]!
      if (time < from) return
      found.add(key, time, this.#minorAt(place), this.#rows.get(place))
      place = list === undefined ? this.#older[place]! : (list[--index] ?? NONE)
    }
  }

  /** Finds the rows of all keys within a range, in no useful order. A walk along the times is faster than one from key to key. */
  gatherAll(keyFrom: string | undefined, keyTo: string | undefined, from: number, to: number, found: FoundRows<R>): void {
    const times = this.#times
    for (let place = 0; place < this.#end; place++) {
      const time = times[place]!
      // Not of free places, whose time is no number.
      if (!(time >= from && time <= to)) continue
      const key = this.#keys[this.#keyIds[place]!]!
      if ((keyFrom !== undefined && key < keyFrom) || (keyTo !== undefined && key > keyTo)) continue
      found.add(key, time, this.#minorAt(place), this.#rows.get(place))
    }
  }

  #minorAt(place: number): number {
    return this.#minors === undefined ? 0 : this.#minors[place]!
  }

  #is(place: number, time: number, minor: number): boolean {
    return this.#times[place] === time && this.#minorAt(place) === minor
  }

  #isLater(place: number, time: number, minor: number): boolean {
    const at = this.#times[place]!
    return at > time || (at === time && this.#minorAt(place) > minor)
  }

  #idOf(key: string): number | undefined {
    if (key === this.#lastKey) return this.#lastId
    const id = this.#ids.get(key)
    if (id === undefined) return undefined
    this.#lastKey = key
    this.#lastId = id
    return id
  }

  #addKey(key: string): number {
    const id = this.#keys.length
    if (id === this.#newest.length) this.#newest = grownInt32(this.#newest)
    this.#newest[id] = NONE
    this.#ids.set(key, id)
    this.#keys.push(key)
    this.#lastKey = key
    this.#lastId = id
    return id
  }

  /** The last row of a key that is not later than (time, minor), or NONE; `#newer` is the one behind it. */
  #place(id: number, time: number, minor: number): number {
    if (id !== this.#askedId || time !== this.#askedTime || minor !== this.#askedMinor) {
      this.#found = this.#search(id, time, minor)
      this.#askedId = id
      this.#askedTime = time
      this.#askedMinor = minor
    }
    return this.#found
  }

  #search(id: number, time: number, minor: number): number {
    let newer = NONE
    let place = this.#newest[id]!
    if (place === LISTED) return this.#listed(id, time, minor)
    for (let steps = 0; place !== NONE && this.#isLater(place, time, minor); steps++) {
      if (steps === MOST_STEPS) {
        this.#makeList(id)
        return this.#listed(id, time, minor)
      }
      newer = place
      place = this.#older[place]!
    }
    this.#newer = newer
    return place
  }

  #makeList(id: number): void {
    const list: number[] = []
    for (let place = this.#newest[id]!; place !== NONE; place = this.#older[place]!) list.push(place)
    this.#lists.set(id, list.reverse())
    this.#newest[id] = LISTED
  }

  /** The same in a list; `#newer` is the index behind it. */
  #listed(id: number, time: number, minor: number): number {
    const list = this.#lists.get(id)!
    let low = 0
    let high = list.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#isLater(list[middle]!, time, minor)) high = middle
      else low = middle + 1
    }
    this.#newer = low
    return low === 0 ? NONE : list[low - 1]!
  }

  #takePlace(): number {
    const free = this.#free
    if (free !== NONE) {
      this.#free = this.#older[free]!
      return free
    }
    const place = this.#end++
    if (place === this.#times.length) {
      this.#times = grownFloat64(this.#times)
      this.#older = grownInt32(this.#older)
      this.#keyIds = grownInt32(this.#keyIds)
      if (this.#minors !== undefined) this.#minors = grownFloat64(this.#minors)
    }
    return place
  }
}
