/** What one Map holds, nearly. */
const KEYS_OF_MAP = 16_000_000
const FIRST_PLACES = 64

/**
 * Where the rows of a key are in all stores in memory of one task: a key leads to a number, its place in the columns of every
 * store. Tables that are joined have the same keys, and to look up a key costs more than all else that is done with a row: so a record
 * pays for it once, not once for each store.
 */
export class KeyPlaces {
  readonly #keysOfMap: number
  /** The last one takes what comes. */
  #places = new Map<string, number>()
  readonly #full: Map<string, number>[] = []
  /** By place: how many stores have a row there. */
  #users = new Uint16Array(FIRST_PLACES)
  /** Places to be used again. */
  readonly #free: number[] = []
  #end = 0
  /** What was looked up last: stores ask for one key after each other, and put what they have just read. */
  #lastKey: string | undefined
  #lastPlace: number | undefined

  constructor(keysOfMap = KEYS_OF_MAP) {
    this.#keysOfMap = keysOfMap
  }

  /** Undefined when no store has a row for that key. */
  find(key: string): number | undefined {
    if (key === this.#lastKey) return this.#lastPlace
    let place = this.#places.get(key)
    if (place === undefined && this.#full.length > 0) place = this.#findInFull(key)
    this.#lastKey = key
    this.#lastPlace = place
    return place
  }

  #findInFull(key: string): number | undefined {
    for (const places of this.#full) {
      const place = places.get(key)
      if (place !== undefined) return place
    }
    return undefined
  }

  /** The place of that key for one more store. */
  take(key: string): number {
    let place = this.find(key)
    if (place === undefined) {
      place = this.#free.pop() ?? this.#end++
      if (place >= this.#users.length) this.#grow()
      this.#set(key, place)
      this.#lastPlace = place
    }
    this.#users[place]!++
    return place
  }

  #set(key: string, place: number): void {
    if (this.#places.size >= this.#keysOfMap) {
      this.#full.push(this.#places)
      this.#places = new Map()
    }
    this.#places.set(key, place)
  }

  /** A store has deleted its row there. */
  release(key: string, place: number): void {
    this.#users[place]!--
    if (this.#users[place]! > 0) return
    for (const places of [this.#places, ...this.#full]) places.delete(key)
    this.#free.push(place)
    this.#lastKey = undefined
  }

  *entries(): Iterable<[key: string, place: number]> {
    for (const places of this.#full) yield* places
    yield* this.#places
  }

  #grow(): void {
    const grown = new Uint16Array(this.#users.length * 2)
    grown.set(this.#users)
    this.#users = grown
  }
}
