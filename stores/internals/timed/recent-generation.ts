import type { RowColumns } from '../../engines/row-columns.ts'
import { TimedPlaces } from '../../engines/timed-places.ts'
import { DELETED } from '../rows.ts'
import type { Deleted } from '../rows.ts'

/** There may be a row in this place in the files. */
const STORED = 1
const IS_DELETED = 2
/** The place is in the list of those that are not written. */
const QUEUED = 4
/** Keys with so many rows give up their oldest ones, when nobody asks for rows that old. */
const FIRST_TRIM = 4

/** What is known about all rows that are kept. */
export interface RecentState {
  /** The number of the commit that the next change belongs to. */
  readonly commit: number
  /** Changes of that commit and of earlier ones are in the files. */
  readonly written: number
  /** Nobody is expected to ask for rows before that time. */
  readonly forgettableBefore: number
}

/** Rows of keys that were used in one span of time, with what changed in them. */
export class RecentGeneration<R> {
  readonly places = new TimedPlaces()
  readonly #state: RecentState
  readonly #rows: RowColumns<R>
  /** By number of the key: all its rows from that time on are here, and with how many rows it is looked for old ones. */
  #from = new Float64Array(64)
  #trimAt = new Int32Array(64)
  /** By place: the commit of the last change; 0 for rows that were read, and those that have gone. */
  #commits = new Int32Array(64)
  #flags = new Uint8Array(64)
  /** Places of rows that are not written, and some others. */
  #queue: number[] = []

  constructor(state: RecentState, rows: RowColumns<R>) {
    this.#state = state
    this.#rows = rows
  }

  addKey(key: string, from: number): number {
    const id = this.places.addKey(key)
    if (id === this.#from.length) {
      this.#from = grown(this.#from, new Float64Array(id * 2))
      this.#trimAt = grown(this.#trimAt, new Int32Array(id * 2))
    }
    this.#from[id] = from
    this.#trimAt[id] = FIRST_TRIM
    return id
  }

  fromOf(id: number): number {
    return this.#from[id]!
  }

  setFrom(id: number, from: number): void {
    this.#from[id] = from
  }

  isDeleted(place: number): boolean {
    return (this.#flags[place]! & IS_DELETED) !== 0
  }

  isStored(place: number): boolean {
    return (this.#flags[place]! & STORED) !== 0
  }

  rowAt(place: number): R | Deleted {
    return this.isDeleted(place) ? DELETED : this.#rows.get(place)
  }

  /** Puts a row where none was found. */
  insert(id: number, time: number, minor: number, row: R | Deleted, isStored: boolean): number {
    const place = this.places.insert(id, time, minor)
    if (place >= this.#flags.length) {
      this.#flags = grown(this.#flags, new Uint8Array(place * 2))
      this.#commits = grown(this.#commits, new Int32Array(place * 2))
    }
    this.#commits[place] = 0
    this.#flags[place] = (this.#flags[place]! & QUEUED) | (isStored ? STORED : 0)
    this.replace(place, row)
    return place
  }

  replace(place: number, row: R | Deleted): void {
    if (row === DELETED) {
      this.#flags[place]! |= IS_DELETED
      this.#rows.clear(place)
    } else {
      this.#flags[place]! &= ~IS_DELETED
      this.#rows.set(place, row)
    }
  }

  /** Takes a row away of which nothing was ever written, and that was found last. The commit of its last change. */
  remove(id: number, place: number): number {
    const commit = this.#commits[place]!
    this.#leave(place)
    this.places.remove(id, place)
    return commit
  }

  /** The place stays in the list: a row that comes there is in it already. */
  #leave(place: number): void {
    this.#commits[place] = 0
    this.#rows.clear(place)
  }

  /** Notes that a row was changed, in that commit. True when it was not yet. */
  changed(place: number, commit: number): boolean {
    if ((this.#flags[place]! & QUEUED) === 0) {
      this.#flags[place]! |= QUEUED
      this.#queue.push(place)
    }
    if (this.#commits[place] === commit) return false
    this.#commits[place] = commit
    return true
  }

  isUnwritten(place: number): boolean {
    return this.#commits[place]! > this.#state.written
  }

  trimIfDue(id: number): void {
    if (this.places.countOf(id) >= this.#trimAt[id]!) this.trim(id)
  }

  /** Gives up the oldest rows of a key, as far as they can be read again and nobody is expected to ask for them. */
  trim(id: number): void {
    const { places } = this
    const count = places.between(id, -Infinity, Infinity)
    let kept = count
    while (kept > 0 && !this.isUnwritten(places.found[kept - 1]!) && places.timeAt(places.found[kept - 1]!) < this.#state.forgettableBefore) kept--
    if (kept < count) {
      for (let i = kept; i < count; i++) this.#leave(places.found[i]!)
      this.#from[id] = Math.max(this.#from[id]!, places.timeAt(places.found[kept]!) + 1)
      places.removeOldest(id, count, count - kept)
    }
    this.#trimAt[id] = Math.max(FIRST_TRIM, 2 * kept)
  }

  /** Moves a key with its rows to a younger generation. */
  moveTo(younger: RecentGeneration<R>, id: number): number {
    this.trim(id)
    const { places } = this
    const newId = younger.addKey(places.keyOf(id), this.#from[id]!)
    const count = places.between(id, -Infinity, Infinity)
    for (let i = count - 1; i >= 0; i--) {
      const place = places.found[i]!
      const [time, minor, commit] = [places.timeAt(place), places.minorAt(place), this.#commits[place]!]
      younger.places.find(newId, time, minor)
      const moved = younger.insert(newId, time, minor, this.rowAt(place), this.isStored(place))
      if (commit > this.#state.written) younger.changed(moved, commit)
      this.#leave(place)
    }
    younger.#trimAt[newId] = Math.max(FIRST_TRIM, 2 * count)
    places.removeOldest(id, count, count)
    this.#from[id] = 0
    return newId
  }

  /** The places of rows that are not written, in no order. */
  unwritten(): number[] {
    return this.#queue.filter((place) => this.isUnwritten(place))
  }

  /** Those that were changed in that commit. */
  changesOf(commit: number): number[] {
    return this.#queue.filter((place) => this.#commits[place] === commit)
  }

  setStored(place: number): void {
    this.#flags[place]! |= STORED
  }

  /** Nothing has to be written of that row. The commit of its last change. */
  forgetChange(place: number): number {
    const commit = this.#commits[place]!
    this.#commits[place] = 0
    return commit
  }

  /** More commits are in the files. */
  written(): void {
    const queue = this.#queue
    let kept = 0
    for (let i = 0; i < queue.length; i++) {
      const place = queue[i]!
      if (this.isUnwritten(place)) queue[kept++] = place
      else this.#flags[place]! &= ~QUEUED
    }
    // A list of another length would be copied.
    if (kept === 0) this.#queue = []
    else queue.length = kept
  }

  /** The time from which on all rows of keys are known that this generation, which is to be forgotten, knows more of than the others. */
  forgottenBefore(): number {
    const { places } = this
    let before = 0
    for (let id = 0; id < places.keyCount; id++) {
      if (this.#from[id]! > before) before = this.#from[id]!
      if (places.between(id, before, Infinity) > 0) before = places.timeAt(places.found[0]!) + 1
    }
    return before
  }
}

const grown = <A extends { set(from: A): void }>(array: A, larger: A): A => {
  larger.set(array)
  return larger
}
