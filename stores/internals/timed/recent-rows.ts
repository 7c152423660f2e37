import { DELETED } from '../rows.ts'
import type { Deleted } from '../rows.ts'
import type { TimedPosition } from './timed-rows.ts'

/** A row that is kept in memory. */
export interface RecentRow<R> extends TimedPosition {
  readonly key: string
  time: number
  minor: number
  row: R | Deleted
  home: RecentKey<R>
  /** Changed since the last commit began. */
  isDirty: boolean
  /** True when there may be a row in its place in the files. */
  isStored: boolean
  /** In how many lists of changes that are to be written it stands. */
  lists: number
}

/** What is in memory of one key: all of its rows from one time on, and what was changed before that. */
export interface RecentKey<R> {
  readonly key: string
  from: number
  /** By time and minor number. */
  rows: RecentRow<R>[]
  /** How often its rows stand in lists of changes. */
  lists: number
  generation: number
}

export interface RecentRowsSettings {
  readonly retentionMs: number
  /** Rows that may be remembered before those of keys that were not used meanwhile are forgotten; twice that at most. */
  readonly generationRows: number
  /** Rows before that time are not asked for any more, so they need not be kept, nor written. */
  oldestRead(): number
}

const NOWHERE: RecentKey<unknown> = { key: '', from: 0, rows: [], lists: 0, generation: 0 }

/** Keys with that many rows give up their oldest ones, when nobody asks for rows that old. */
const KEPT_ROWS = 3

/** V8 takes the memory of 17 more rows when something is pushed into a full list, and most lists stay short. */
const withLast = <R>(rows: RecentRow<R>[], last: RecentRow<R>): RecentRow<R>[] => {
  switch (rows.length) {
    case 0: return [last]
    case 1: return [rows[0]!, last]
    case 2: return [rows[0]!, rows[1]!, last]
    case 3: return [rows[0]!, rows[1]!, rows[2]!, last]
    default:
      rows.push(last)
      return rows
  }
}

/** Where the first row is that is not before (time, minor): mostly near the end. */
export const positionOf = (rows: readonly TimedPosition[], time: number, minor: number): number => {
  let high = rows.length
  for (let low = high - 4; high > 0 && high > low; high--) {
    const row = rows[high - 1]!
    if (row.time < time || (row.time === time && row.minor < minor)) return high
  }
  let low = 0
  while (low < high) {
    const middle = (low + high) >> 1
    const row = rows[middle]!
    if (row.time < time || (row.time === time && row.minor < minor)) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * The rows of a windowed store in files that were changed or read lately, by key. It is the write buffer too: changed rows stay
 * until they are written. Every record of a windowed aggregation asks for rows of its key, which mostly were put a moment ago, or
 * are known not to exist yet: the files would have to be searched to find nothing.
 */
export class RecentRows<R> {
  readonly #settings: RecentRowsSettings
  /** Keys of two generations, of which the older is forgotten when the younger is full, or as old as rows get. */
  #young = new Map<string, RecentKey<R>>()
  #old = new Map<string, RecentKey<R>>()
  #generation = 0
  #youngRows = 0
  /** Rows that were not written yet, when the generation began, do not count. */
  #mostYoungRows: number
  #nextGenerationAt = -Infinity
  /** A key that is not here has no rows from that time on. */
  #completeFrom: number
  #newest: number
  /** How far behind the newest row reads went, in this generation and in the last one. */
  #lookBack = 0
  #lastLookBack = 0
  #dirty: RecentRow<R>[] = []
  /** Reads and changes of one key follow each other. */
  #lastKey: string | undefined
  #last: RecentKey<R> | undefined

  /** `newest`: no row in the files is of a later time. */
  constructor(newest: number, settings: RecentRowsSettings) {
    this.#newest = newest
    this.#completeFrom = newest + 1
    this.#settings = settings
    this.#mostYoungRows = settings.generationRows
  }

  /** How many changes wait for being written. */
  get changes(): number {
    return this.#dirty.length
  }

  /** From which time on all rows of that key are here. */
  completeFrom(recent: RecentKey<R> | undefined): number {
    return recent === undefined ? this.#completeFrom : recent.from
  }

  /** A key that is asked for rows of that time and later ones; undefined when it is not here. */
  ask(key: string, from: number): RecentKey<R> | undefined {
    const back = this.#newest - from
    if (back > this.#lookBack) this.#lookBack = back
    return this.#find(key)
  }

  #find(key: string): RecentKey<R> | undefined {
    if (key === this.#lastKey) return this.#last
    let found = this.#young.get(key)
    if (found === undefined) {
      found = this.#old.get(key)
      if (found === undefined) return undefined
      this.#forgetOldest(found)
      this.#keepYoung(found)
    }
    this.#lastKey = key
    this.#last = found
    return found
  }

  #keepYoung(recent: RecentKey<R>): void {
    recent.generation = this.#generation
    this.#young.set(recent.key, recent)
    this.#youngRows += recent.rows.length + 1
  }

  /** The key, made when it is not here. */
  keep(key: string): RecentKey<R> {
    const found = this.#find(key)
    if (found !== undefined) return found
    const recent: RecentKey<R> = { key, from: this.#completeFrom, rows: [], lists: 0, generation: 0 }
    this.#keepYoung(recent)
    this.#lastKey = key
    this.#last = recent
    return recent
  }

  put(key: string, time: number, minor: number, row: R | Deleted): void {
    if (time > this.#newest) {
      this.#newest = time
      if (time >= this.#nextGenerationAt) this.#nextGeneration()
    }
    const recent = this.#find(key)
    if (recent === undefined) {
      this.#putNew(key, time, minor, row)
      return
    }
    const { rows } = recent
    const at = positionOf(rows, time, minor)
    const present = rows[at]
    if (present === undefined || present.time !== time || present.minor !== minor) {
      this.#changed(this.#insert(recent, at, time, minor, row, time < recent.from))
      return
    }
    present.row = row
    if (!present.isDirty) this.#changed(present)
  }

  /** Its list is not pushed into, for which V8 would take the memory of 17 rows: most keys of a join never have a second one. */
  #putNew(key: string, time: number, minor: number, row: R | Deleted): void {
    const from = this.#completeFrom
    const first: RecentRow<R> = { key, time, minor, row, home: NOWHERE as RecentKey<R>, isDirty: false, isStored: time < from, lists: 0 }
    const recent: RecentKey<R> = { key, from, rows: [first], lists: 0, generation: 0 }
    first.home = recent
    this.#keepYoung(recent)
    this.#lastKey = key
    this.#last = recent
    this.#changed(first)
    if (this.#youngRows >= this.#mostYoungRows) this.#nextGeneration()
  }

  /** Takes a row that was read. */
  learn(recent: RecentKey<R>, time: number, minor: number, row: R): void {
    const at = positionOf(recent.rows, time, minor)
    const present = recent.rows[at]
    if (present === undefined || present.time !== time || present.minor !== minor) this.#insert(recent, at, time, minor, row, true)
  }

  #insert(recent: RecentKey<R>, at: number, time: number, minor: number, row: R | Deleted, isStored: boolean): RecentRow<R> {
    const { rows } = recent
    const oldest = rows[0]
    if (at === rows.length && at >= KEPT_ROWS && this.#isForgettable(oldest!)) {
      recent.from = Math.max(recent.from, oldest!.time + 1)
      for (let i = 1; i < at; i++) rows[i - 1] = rows[i]!
      rows[at - 1] = oldest!
      oldest!.time = time
      oldest!.minor = minor
      oldest!.row = row
      oldest!.isStored = isStored
      return oldest!
    }
    const inserted: RecentRow<R> = { key: recent.key, time, minor, row, home: recent, isDirty: false, isStored, lists: 0 }
    if (at === rows.length) recent.rows = withLast(rows, inserted)
    else rows.splice(at, 0, inserted)
    if (++this.#youngRows >= this.#mostYoungRows) this.#nextGeneration()
    return inserted
  }

  #changed(row: RecentRow<R>): void {
    row.isDirty = true
    row.lists++
    row.home.lists++
    this.#dirty.push(row)
  }

  delete(key: string, time: number, minor: number): void {
    const recent = this.#find(key)
    const at = recent === undefined ? 0 : positionOf(recent.rows, time, minor)
    const present = recent?.rows[at]
    if (present === undefined || present.time !== time || present.minor !== minor) {
      if (time < this.completeFrom(recent)) this.put(key, time, minor, DELETED)
    } else if (present.isStored) {
      this.put(key, time, minor, DELETED)
    } else {
      // It was never written, and nothing of it will be.
      present.row = DELETED
      recent!.rows.splice(at, 1)
    }
  }

  /** True for rows that can be read again, and that nobody is expected to ask for. */
  #isForgettable({ lists, time }: RecentRow<R>): boolean {
    return lists === 0 && time < this.#newest - Math.max(this.#lookBack, this.#lastLookBack)
  }

  #forgetOldest(recent: RecentKey<R>): void {
    const { rows } = recent
    let count = 0
    while (count < rows.length && this.#isForgettable(rows[count]!)) count++
    if (count === 0) return
    recent.from = Math.max(recent.from, rows[count - 1]!.time + 1)
    rows.splice(0, count)
  }

  #nextGeneration(): void {
    this.#dropExpired(this.#settings.oldestRead())
    const forgotten = this.#old
    this.#old = this.#young
    this.#young = new Map()
    this.#youngRows = 0
    this.#generation++
    this.#lastLookBack = this.#lookBack
    this.#lookBack = 0
    this.#nextGenerationAt = this.#newest + this.#settings.retentionMs
    for (const recent of forgotten.values()) {
      // Used since, and so in the other map too.
      if (recent.generation >= this.#generation - 1) continue
      if (recent.lists > 0) this.#keepYoung(recent)
      else this.#completeFrom = Math.max(this.#completeFrom, recent.from, (recent.rows.at(-1)?.time ?? -1) + 1)
    }
    this.#mostYoungRows = this.#youngRows + this.#settings.generationRows
    this.#lastKey = undefined
  }

  /** What nobody can read any more need not be written either. */
  #dropExpired(oldest: number): void {
    const dirty = this.#dirty
    let kept = 0
    for (let i = 0; i < dirty.length; i++) {
      const row = dirty[i]!
      if (row.time >= oldest) dirty[kept++] = row
      else this.#drop(row)
    }
    dirty.length = kept
  }

  #drop(row: RecentRow<R>): void {
    row.isDirty = false
    this.#leaveList(row)
  }

  #leaveList(row: RecentRow<R>): void {
    row.lists--
    row.home.lists--
  }

  /** The changes since the last time that are to be written; they stay here until they are {@link written}. */
  takeChanges(): readonly RecentRow<R>[] {
    const oldest = this.#settings.oldestRead()
    const taken: RecentRow<R>[] = []
    for (const row of this.#dirty) {
      if (row.time < oldest || (row.row === DELETED && !row.isStored)) {
        this.#drop(row)
      } else {
        row.isDirty = false
        row.isStored = true
        taken.push(row)
      }
    }
    this.#dirty = []
    return taken
  }

  /** They could not be turned into bytes, and wait on. */
  putBack(taken: readonly RecentRow<R>[]): void {
    for (const row of taken) row.isDirty = true
    this.#dirty = [...taken]
  }

  written(taken: readonly RecentRow<R>[]): void {
    for (const row of taken) {
      this.#leaveList(row)
      if (row.row !== DELETED || row.lists > 0) continue
      const { rows } = row.home
      const at = rows.indexOf(row)
      if (at >= 0) rows.splice(at, 1)
    }
  }

  /** The changes that are not written yet, with those of `taken`, in no order. */
  unwritten(taken: Iterable<readonly RecentRow<R>[]>): Iterable<RecentRow<R>> {
    const rows = new Set(this.#dirty)
    for (const list of taken) for (const row of list) rows.add(row)
    return rows
  }
}
