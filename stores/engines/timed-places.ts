const FIRST_PLACES = 64
/** No place. */
export const NONE = -1
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
 * Numbers for rows that have a key, a time and a minor number: their places in columns. A key leads to its newest row, and each row
 * to the one before it of the same key: mostly the newest row is meant, or one that is newer and not there yet, and making that
 * takes some writes at the ends of the columns and no object. Keys of which older rows are looked for get a sorted list of all
 * their rows.
 */
export class TimedPlaces {
  /** A number for each key; it stays when the key has no rows left: sessions come and go with every record. */
  readonly #ids = new Map<string, number>()
  readonly #keys: string[] = []
  /** By number of the key: the place of its newest row, and how many rows it has. */
  #newest: Int32Array = new Int32Array(FIRST_PLACES)
  #counts: Int32Array = new Int32Array(FIRST_PLACES)
  /** By place. */
  #times: Float64Array = new Float64Array(FIRST_PLACES)
  /** Undefined as long as all are 0. */
  #minors: Float64Array | undefined
  #keyIds: Int32Array = new Int32Array(FIRST_PLACES)
  /** The place of the row before that one, of the same key; of a free place that of another one. */
  #older: Int32Array = new Int32Array(FIRST_PLACES)
  readonly #lists = new Map<number, number[]>()
  #end = 0
  #free = NONE
  #used = 0
  /** Get and put of one key follow each other. */
  #lastKey: string | undefined
  #lastId = NONE
  /** What was looked for last, until something changes: the key, the time and the minor number. */
  #askedId = NONE
  #askedTime = 0
  #askedMinor = 0
  /** And what was found: the last row that is not later; and the row behind it, or in a list its index. */
  #before = NONE
  #newer = NONE
  /** What {@link TimedPlaces.between} has found, the newest first. */
  readonly found: number[] = []

  /** How many places are taken. */
  get used(): number {
    return this.#used
  }

  /** All places are below this one. Free ones have a time that is no number. */
  get end(): number {
    return this.#end
  }

  /** How many keys there are: their numbers are smaller. */
  get keyCount(): number {
    return this.#keys.length
  }

  /** The number of a key, or NONE. */
  idOf(key: string): number {
    if (key === this.#lastKey) return this.#lastId
    const id = this.#ids.get(key)
    if (id === undefined) return NONE
    this.#lastKey = key
    this.#lastId = id
    return id
  }

  addKey(key: string): number {
    const id = this.#keys.length
    if (id === this.#newest.length) {
      this.#newest = grownInt32(this.#newest)
      this.#counts = grownInt32(this.#counts)
    }
    this.#newest[id] = NONE
    this.#ids.set(key, id)
    this.#keys.push(key)
    this.#lastKey = key
    this.#lastId = id
    return id
  }

  keyOf(id: number): string {
    return this.#keys[id]!
  }

  /** How many rows a key has. */
  countOf(id: number): number {
    return this.#counts[id]!
  }

  keyIdAt(place: number): number {
    return this.#keyIds[place]!
  }

  timeAt(place: number): number {
    return this.#times[place]!
  }

  minorAt(place: number): number {
    return this.#minors === undefined ? 0 : this.#minors[place]!
  }

  /** The place of a row, or NONE; then it can be inserted. */
  find(id: number, time: number, minor: number): number {
    const place = this.#upTo(id, time, minor)
    return place !== NONE && this.#times[place] === time && this.minorAt(place) === minor ? place : NONE
  }

  /** A place for the row that was looked for last, and not found. */
  insert(id: number, time: number, minor: number): number {
    const before = this.#before
    const newer = this.#newer
    const place = this.#take()
    this.#askedId = NONE
    this.#times[place] = time
    if (minor !== 0) this.#minors ??= new Float64Array(this.#times.length)
    if (this.#minors !== undefined) this.#minors[place] = minor
    this.#keyIds[place] = id
    this.#counts[id]!++
    if (this.#newest[id] === LISTED) {
      const list = this.#lists.get(id)!
      if (newer === list.length) list.push(place)
      else list.splice(newer, 0, place)
      return place
    }
    this.#older[place] = before
    if (newer === NONE) this.#newest[id] = place
    else this.#older[newer] = place
    return place
  }

  /** Gives the place back that was found last. */
  remove(id: number, place: number): void {
    const newer = this.#newer
    if (this.#newest[id] === LISTED) this.#lists.get(id)!.splice(newer - 1, 1)
    else if (newer === NONE) this.#newest[id] = this.#older[place]!
    else this.#older[newer] = this.#older[place]!
    this.#counts[id]!--
    this.#giveBack(place)
  }

  /** Fills {@link TimedPlaces.found} with the rows of a key from one time to another, both included; how many there are. */
  between(id: number, from: number, to: number): number {
    const { found } = this
    let count = 0
    let place = this.#upTo(id, to, Infinity)
    const list = this.#newest[id] === LISTED ? this.#lists.get(id)! : undefined
    let index = this.#newer - 1
    while (place !== NONE && this.#times[place]! >= from) {
      found[count++] = place
      place = list === undefined ? this.#older[place]! : (list[--index] ?? NONE)
    }
    return count
  }

  /** Gives back the last `count` of all the `all` rows of a key that were found. */
  removeOldest(id: number, all: number, count: number): void {
    const { found } = this
    const kept = all - count
    if (this.#newest[id] === LISTED) this.#lists.get(id)!.splice(0, count)
    else if (kept === 0) this.#newest[id] = NONE
    else this.#older[found[kept - 1]!] = NONE
    this.#counts[id] = kept
    for (let i = kept; i < all; i++) this.#giveBack(found[i]!)
  }

  #giveBack(place: number): void {
    this.#askedId = NONE
    this.#times[place] = NaN
    this.#older[place] = this.#free
    this.#free = place
    this.#used--
  }

  #take(): number {
    this.#used++
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

  #isLater(place: number, time: number, minor: number): boolean {
    const at = this.#times[place]!
    return at > time || (at === time && this.minorAt(place) > minor)
  }

  /** The last row of a key that is not later than (time, minor), or NONE; `#newer` is the one behind it. */
  #upTo(id: number, time: number, minor: number): number {
    if (id !== this.#askedId || time !== this.#askedTime || minor !== this.#askedMinor) {
      this.#before = this.#search(id, time, minor)
      this.#askedId = id
      this.#askedTime = time
      this.#askedMinor = minor
    }
    return this.#before
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
}
