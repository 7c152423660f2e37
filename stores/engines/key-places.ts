/** What one Map holds, nearly. */
const KEYS_OF_MAP = 16_000_000
/** A Map that grows beyond this copies itself for longer than an event loop should be held. */
const FIRST_KEYS = 131_072
const SHARDS = 64
const FIRST_PLACES = 64

/** By length and some bytes: of keys that count up, of random ones, and of those that end alike, too. */
const shardOf = (key: string): number => {
  const { length } = key
  const hash = key.charCodeAt(length - 1) * 31 + key.charCodeAt(length - 2) * 17 + key.charCodeAt(length >> 1) * 7 + length
  return (hash ^ (hash >> 6)) & (SHARDS - 1)
}

/**
 * Where the rows of a key are in all stores in memory of one task: a key leads to a number, its place in the columns of every
 * store. Tables that are joined have the same keys, and to look up a key costs more than all else that is done with a row: so a record
 * pays for it once, not once for each store.
 *
 * Beyond the first 131,072 keys new ones are spread over 64 Maps, of which each is small when it has to grow: one Map of several million keys
 * copies itself for half a second.
 */
export class KeyPlaces {
  readonly #firstKeys: number
  readonly #first = new Map<string, number>()
  /** Where later keys are; undefined as long as there are none. */
  #shards: Map<string, number>[] | undefined
  /** Shards that could take no more. */
  readonly #full: Map<string, number>[] = []
  /** By place: how many stores have a row there. */
  #users = new Uint16Array(FIRST_PLACES)
  /** Places to be used again. */
  readonly #free: number[] = []
  #end = 0
  /** What was looked up last: stores ask for one key after each other, and put what they have just read. */
  #lastKey: string | undefined
  #lastPlace: number | undefined

  constructor(firstKeys = FIRST_KEYS) {
    this.#firstKeys = firstKeys
  }

  /** Undefined when no store has a row for that key. */
  find(key: string): number | undefined {
    if (key === this.#lastKey) return this.#lastPlace
    const shards = this.#shards
    let place = shards === undefined ? this.#first.get(key) : (shards[shardOf(key)]!.get(key) ?? this.#first.get(key))
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
    if (this.#shards === undefined && this.#first.size < this.#firstKeys) {
      this.#first.set(key, place)
      return
    }
    const shards = (this.#shards ??= Array.from({ length: SHARDS }, () => new Map<string, number>()))
    const number = shardOf(key)
    if (shards[number]!.size >= KEYS_OF_MAP) {
      this.#full.push(shards[number]!)
      shards[number] = new Map()
    }
    shards[number]!.set(key, place)
  }

  /** A store has deleted its row there. */
  release(key: string, place: number): void {
    this.#users[place]!--
    if (this.#users[place]! > 0) return
    if (!this.#first.delete(key) && this.#shards?.[shardOf(key)]!.delete(key) !== true) for (const places of this.#full) places.delete(key)
    this.#free.push(place)
    this.#lastKey = undefined
  }

  *entries(): Iterable<[key: string, place: number]> {
    for (const places of this.#full) yield* places
    yield* this.#first
    for (const places of this.#shards ?? []) yield* places
  }

  #grow(): void {
    const grown = new Uint16Array(this.#users.length * 2)
    grown.set(this.#users)
    this.#users = grown
  }
}
