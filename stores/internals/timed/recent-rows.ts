import { KeyCursor } from '../../engines/key-cursor.ts'
import type { RowColumns } from '../../engines/row-columns.ts'
import { NONE } from '../../engines/timed-places.ts'
import { DELETED } from '../rows.ts'
import type { Deleted } from '../rows.ts'
import { RecentGeneration } from './recent-generation.ts'
import type { RecentState } from './recent-generation.ts'
import { noRows } from './timed-cursors.ts'
import type { TimedEntry } from './timed-cursors.ts'
import type { TimedCursor } from './timed-rows.ts'

export interface RecentRowsSettings {
  readonly retentionMs: number
  /** Rows that may be remembered before those of keys that were not used meanwhile are forgotten; twice that at most. */
  readonly generationRows: number
  /** Rows before that time are not asked for any more, so they need not be kept, nor written. */
  oldestRead(): number
}

/** Changes that a commit has to write: where they are, by number. */
export interface RecentChanges<R> {
  readonly count: number
  readonly keys: readonly string[]
  readonly times: Float64Array
  readonly minors: Float64Array
  /** Until the next change. */
  rowAt(index: number): R | Deleted
}

/**
 * The rows of a windowed store in files that were changed or read lately, by key. It is the write buffer too: changed rows stay
 * until they are written. Every record of a windowed aggregation asks for rows of its key, which mostly were put a moment ago, or
 * are known not to exist yet: the files would have to be searched to find nothing.
 */
export class RecentRows<R> implements RecentState {
  readonly #settings: RecentRowsSettings
  readonly #columns: () => RowColumns<R>
  /** Two generations, of which the older is forgotten when the younger is full, or as old as rows get. A key that is used is in the younger one. */
  #young: RecentGeneration<R>
  #old: RecentGeneration<R>
  #mostRows: number
  #nextGenerationAt = -Infinity
  /** A key that is not here has no rows from that time on. */
  #completeFrom: number
  #newest: number
  /** How far behind the newest row reads went, in this generation and in the last one. */
  #lookBack = 0
  #lastLookBack = 0
  #changes = 0
  commit = 1
  written = 0

  /** `newest`: no row in the files is of a later time. */
  constructor(newest: number, settings: RecentRowsSettings, columns: () => RowColumns<R>) {
    this.#newest = newest
    this.#completeFrom = newest + 1
    this.#settings = settings
    this.#columns = columns
    this.#mostRows = settings.generationRows
    this.#young = new RecentGeneration(this, columns())
    this.#old = new RecentGeneration(this, columns())
  }

  /** How many changes wait for being written. */
  get changes(): number {
    return this.#changes
  }

  get forgettableBefore(): number {
    return this.#newest - Math.max(this.#lookBack, this.#lastLookBack)
  }

  // --- reads

  /** From which time on all rows of that key are here. A question for rows of `from` and later. */
  completeFrom(key: string, from: number): number {
    const back = this.#newest - from
    if (back > this.#lookBack) this.#lookBack = back
    const id = this.#find(key)
    return id === NONE ? this.#completeFrom : this.#young.fromOf(id)
  }

  /** The number of a key among the young ones, or NONE. */
  #find(key: string): number {
    const id = this.#young.places.idOf(key)
    if (id !== NONE) return id
    const oldId = this.#old.places.idOf(key)
    return oldId === NONE ? NONE : this.#old.moveTo(this.#young, oldId)
  }

  /** What is here; undefined: nothing is known. */
  get(key: string, time: number, minor: number): R | Deleted | undefined {
    const id = this.#find(key)
    if (id === NONE) return undefined
    const place = this.#young.places.find(id, time, minor)
    return place === NONE ? undefined : this.#young.rowAt(place)
  }

  /** What is here, without deleted rows, as it is now. */
  fetch(key: string, from: number, to: number, reverse: boolean): TimedCursor<R> {
    const id = this.#find(key)
    if (id === NONE) return noRows
    const { places } = this.#young
    const count = places.between(id, from, to)
    if (count === 0) return noRows
    const cursor = new KeyCursor<R>(reverse)
    for (let i = 0; i < count; i++) {
      const place = places.found[i]!
      const row = this.#young.rowAt(place)
      if (row !== DELETED) cursor.add(key, places.timeAt(place), places.minorAt(place), row)
    }
    return cursor
  }

  /** Rows of a key that are here, some of which may be in the files in an older form. */
  newer(key: string, from: number, to: number): TimedEntry<R | Deleted>[] {
    const id = this.#find(key)
    const young = this.#young
    const { places } = young
    const count = id === NONE ? 0 : places.between(id, from, to)
    const entryAt = (place: number): TimedEntry<R | Deleted> => ({ key, time: places.timeAt(place), minor: places.minorAt(place), row: young.rowAt(place) })
    return places.found.slice(0, count).map(entryAt).reverse()
  }

  /** All changes that are not written yet of some keys and times, in no order. */
  unwritten(keyFrom: string | undefined, keyTo: string | undefined, from: number, to: number): TimedEntry<R | Deleted>[] {
    const found: TimedEntry<R | Deleted>[] = []
    for (const generation of [this.#old, this.#young]) {
      const { places } = generation
      for (const place of generation.unwritten()) {
        const time = places.timeAt(place)
        const key = places.keyOf(places.keyIdAt(place))
        if (time < from || time > to || (keyFrom !== undefined && key < keyFrom) || (keyTo !== undefined && key > keyTo)) continue
        found.push({ key, time, minor: places.minorAt(place), row: generation.rowAt(place) })
      }
    }
    return found
  }

  // --- changes

  put(key: string, time: number, minor: number, row: R | Deleted): void {
    if (time > this.#newest) {
      this.#newest = time
      if (time >= this.#nextGenerationAt) this.#nextGeneration()
    }
    const id = this.#keep(key)
    const young = this.#young
    let place = young.places.find(id, time, minor)
    if (place === NONE) place = young.insert(id, time, minor, row, time < young.fromOf(id))
    else young.replace(place, row)
    if (young.changed(place, this.commit)) this.#changes++
    young.trimIfDue(id)
    this.#forgetIfFull()
  }

  #keep(key: string): number {
    const id = this.#find(key)
    return id === NONE ? this.#young.addKey(key, this.#completeFrom) : id
  }

  delete(key: string, time: number, minor: number): void {
    const id = this.#find(key)
    const young = this.#young
    const place = id === NONE ? NONE : young.places.find(id, time, minor)
    if (place === NONE) {
      if (time < (id === NONE ? this.#completeFrom : young.fromOf(id))) this.put(key, time, minor, DELETED)
    } else if (young.isStored(place)) {
      this.put(key, time, minor, DELETED)
    } else {
      if (young.remove(id, place) === this.commit) this.#changes--
    }
  }

  /** Takes a row that is in the files. */
  learn(key: string, time: number, minor: number, row: R): void {
    const id = this.#keep(key)
    if (this.#young.places.find(id, time, minor) === NONE) this.#young.insert(id, time, minor, row, true)
    this.#forgetIfFull()
  }

  /** Takes all rows of a key from that time on that are in the files. */
  learnAll(key: string, from: number, rows: readonly TimedEntry<R>[]): void {
    const id = this.#keep(key)
    const young = this.#young
    for (const { time, minor, row } of rows) if (young.places.find(id, time, minor) === NONE) young.insert(id, time, minor, row, true)
    young.setFrom(id, from)
    this.#forgetIfFull()
  }

  #forgetIfFull(): void {
    if (this.#young.places.used >= this.#mostRows) this.#nextGeneration()
  }

  #nextGeneration(): void {
    const oldest = this.#settings.oldestRead()
    const forgotten = this.#old
    const old = this.#young
    const young = new RecentGeneration(this, this.#columns())
    this.#old = old
    this.#young = young
    this.#lastLookBack = this.#lookBack
    this.#lookBack = 0
    this.#nextGenerationAt = this.#newest + this.#settings.retentionMs
    for (const place of forgotten.unwritten()) {
      // With another row of its key it has moved already.
      if (!forgotten.isUnwritten(place)) continue
      if (forgotten.places.timeAt(place) >= oldest) forgotten.moveTo(young, forgotten.places.keyIdAt(place))
      // What nobody can read any more need not be written either.
      else if (forgotten.forgetChange(place) === this.commit) this.#changes--
    }
    this.#completeFrom = Math.max(this.#completeFrom, forgotten.forgottenBefore())
    this.#mostRows = young.places.used + this.#settings.generationRows
  }

  // --- commits

  /** The changes of this commit. They are not taken before {@link taken}. */
  gatherChanges(): RecentChanges<R> {
    const oldest = this.#settings.oldestRead()
    const keys: string[] = []
    const [times, minors, found] = [new Float64Array(this.#changes), new Float64Array(this.#changes), new Int32Array(this.#changes)]
    let count = 0
    let ofOld = 0
    for (const generation of [this.#old, this.#young]) {
      const { places } = generation
      for (const place of generation.changesOf(this.commit)) {
        const time = places.timeAt(place)
        if (time < oldest) {
          generation.forgetChange(place)
          this.#changes--
          continue
        }
        keys.push(places.keyOf(places.keyIdAt(place)))
        times[count] = time
        minors[count] = places.minorAt(place)
        found[count++] = place
        generation.setStored(place)
      }
      if (generation === this.#old) ofOld = count
    }
    return { count, keys, times, minors, rowAt: (index) => (index < ofOld ? this.#old : this.#young).rowAt(found[index]!) }
  }

  /** Those changes will be written; later ones belong to the next commit. The number of this one. */
  taken(): number {
    this.#changes = 0
    return this.commit++
  }

  /** The changes of that commit, and of all before it, are in the files. */
  areWritten(commit: number): void {
    this.written = commit
    this.#old.written()
    this.#young.written()
  }
}
