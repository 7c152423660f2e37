import type { Engine, EngineBatch, EngineTable } from '../../../engines/engine.ts'
import type { RowBytes } from '../../row-codec.ts'
import { DELETED } from '../../rows.ts'
import type { Deleted } from '../../rows.ts'
import { Segments } from '../segments.ts'
import { MergedTimedCursor, noRows } from '../timed-cursors.ts'
import type { TimedEntry } from '../timed-cursors.ts'
import { timePrefix } from '../timed-key.ts'
import type { TimedKeys } from '../timed-key.ts'
import { orderBySegment } from '../timed-order.ts'
import type { TimedCursor } from '../timed-rows.ts'
import { hashOf } from './key-filter.ts'
import { mergeRuns, runsToMerge } from './merge-runs.ts'
import { pageOf, RunCursor } from './run-cursor.ts'
import type { RowRange } from './run-cursor.ts'
import { idOfSummary, pageKey, summariesOf, summaryKey } from './run-keys.ts'
import { RunPage } from './run-page.ts'
import { readRun, writeRun } from './run.ts'
import type { Run, RunContent } from './run.ts'

/** Sorts behind every time and minor number that may follow a key. */
const AFTER_SUFFIX = '\xff'.repeat(17)

/** What a batch changes in the lists of runs, once it is written. */
interface RunChange {
  readonly segment: number
  /** Undefined when nothing is left of those it replaces. */
  readonly added: Run | undefined
  readonly replaced: readonly Run[]
}

/**
 * The rows of a window or session store in an engine. Each commit adds its changes to a segment as one run: sorted rows in a few
 * pages, which cost the engine next to nothing, where a row of its own for each would cost it most of its time. A read asks the
 * runs of its segments from the newest on; what they hold of times and keys rules nearly all of them out. Small runs are put
 * together as they add up; all of them leave with their segment.
 */
export class TimedRuns<R> {
  readonly #keys: TimedKeys
  readonly #codec: Pick<RowBytes<R>, 'read' | 'write'>
  readonly #segments: Segments
  /** By segment, the oldest run first. */
  readonly #runs = new Map<number, readonly Run[]>()
  readonly #page: RunPage
  #nextId = 1
  /** Runs that others have replaced, whose pages are to be deleted when nobody reads them any more. */
  #replaced: Run[] = []

  constructor(engine: Engine, storeName: string, codec: Pick<RowBytes<R>, 'read' | 'write'>, keys: TimedKeys, segmentMs: number, retentionMs: number) {
    this.#keys = keys
    this.#codec = codec
    this.#page = new RunPage(keys.minorBytes)
    this.#segments = new Segments(engine, `${storeName}-runs`, segmentMs, retentionMs)
    for (const segment of this.#segments.between(0, Infinity)) this.#load(segment)
  }

  #load(segment: number): void {
    const { from, end } = summariesOf(segment)
    const runs: Run[] = []
    const cursor = this.#segments.tableOf(segment).range(from, end, false)
    while (cursor.next()) runs.push(readRun(segment, idOfSummary(cursor.key), cursor.value))
    cursor.close()
    for (const { id } of runs) this.#nextId = Math.max(this.#nextId, id + 1)
    this.#runs.set(segment, runs.sort((a, b) => a.age - b.age))
  }

  segmentOf(time: number): number {
    return this.#segments.segmentOf(time)
  }

  /** No row is of a later time; -1 without any. */
  get newest(): number {
    let newest = -1
    for (const runs of this.#runs.values()) for (const run of runs) if (run.newest > newest) newest = run.newest
    return newest
  }

  // --- reads

  get(key: string, time: number, minor: number): R | undefined {
    const runs = this.#runs.get(this.segmentOf(time))
    if (runs === undefined) return undefined
    const composed = this.#keys.compose(key, time, minor)
    const hash = hashOf(key)
    for (let i = runs.length - 1; i >= 0; i--) {
      const run = runs[i]!
      if (time < run.oldest || time > run.newest || composed > run.last || !run.filter.mayHold(hash)) continue
      const number = pageOf(run, composed)
      const bytes = number < 0 ? undefined : this.#tableOf(run).get(pageKey(run, number))
      if (bytes === undefined) continue
      const page = this.#page
      page.open(bytes)
      const index = page.lowerBound(composed)
      if (index === page.count) continue
      page.moveTo(index)
      if (page.compareTo(composed) === 0) return page.isDeleted ? undefined : this.#codec.read(bytes, page.valueStart, page.valueEnd)
    }
    return undefined
  }

  #tableOf({ segment }: Run): EngineTable {
    return this.#segments.tableOf(segment)
  }

  /** The rows of one key, in the order of their times; undefined when there are more than `most`, or have been. */
  rowsOf(key: string, from: number, to: number, most: number): TimedEntry<R>[] | undefined {
    const range = rangeOf(key, key, from, to, false)
    const hash = hashOf(key)
    const found: TimedEntry<R | Deleted>[] = []
    for (const segment of this.#segments.between(from, to)) {
      const runs = this.#runs.get(segment) ?? []
      for (let i = runs.length - 1; i >= 0; i--) if (mayHold(runs[i]!, range, hash) && !this.#gather(runs[i]!, range, most, found)) return undefined
    }
    // What newer runs hold was found first, and stays first.
    found.sort((a, b) => a.time - b.time || a.minor - b.minor)
    return found.filter((entry, i): entry is TimedEntry<R> => {
      const before = found[i - 1]
      return entry.row !== DELETED && (before === undefined || before.time !== entry.time || before.minor !== entry.minor)
    })
  }

  /** Adds the rows of one key that a run has; false when they are too many. */
  #gather(run: Run, range: RowRange, most: number, found: TimedEntry<R | Deleted>[]): boolean {
    const page = this.#page
    const { low, from, to } = range
    const key = range.keyFrom!
    const composedLength = key.length + this.#keys.suffixLength
    for (let number = Math.max(0, pageOf(run, low)), isFirst = true; number < run.firsts.length; number++, isFirst = false) {
      const bytes = this.#tableOf(run).get(pageKey(run, number))
      if (bytes === undefined) return true
      page.open(bytes)
      for (let i = isFirst ? page.lowerBound(low) : 0; i < page.count; i++) {
        page.moveTo(i)
        if (page.compareTo(range.end!) >= 0) return true
        // All rows from here to there begin with the key: those of longer ones are longer.
        if (page.valueStart - page.start !== composedLength) continue
        const { time, minor } = page
        if (time < from || time > to) continue
        if (found.length === most) return false
        found.push({ key, time, minor, row: page.isDeleted ? DELETED : this.#codec.read(bytes, page.valueStart, page.valueEnd) })
      }
    }
    return true
  }

  /** In the order of orderBySegment. */
  range(keyFrom: string | undefined, keyTo: string | undefined, from: number, to: number, reverse: boolean): TimedCursor<R> {
    const range = rangeOf(keyFrom, keyTo, from, to, reverse)
    const hash = keyFrom !== undefined && keyFrom === keyTo ? hashOf(keyFrom) : undefined
    const segments: (readonly Run[])[] = []
    for (const segment of this.#segments.between(from, to)) {
      const runs = (this.#runs.get(segment) ?? []).filter((run) => mayHold(run, range, hash))
      if (runs.length > 0) segments.push(runs)
    }
    if (segments.length === 0) return noRows
    if (reverse) segments.reverse()
    return new SegmentsCursor(segments, (run) => new RunCursor(run, this.#tableOf(run), this.#codec, this.#keys.minorBytes, range), (cursors) =>
      new MergedTimedCursor(cursors, orderBySegment(this.#segments.segmentMs, this.#keys), reverse))
  }

  // --- writes

  /** Adds runs to a batch, oldest changes first; what comes back is to be called when the batch is written. */
  write(contents: readonly RunContent[], batch: EngineBatch): () => void {
    this.#deleteReplaced(batch)
    const changes: RunChange[] = []
    for (const content of contents) {
      this.#segments.wrote(content.segment)
      changes.push(this.#add(content, [], this.#nextId, batch))
    }
    // What is put together here is what earlier batches have written: other runs than those above.
    for (const segment of new Set(contents.map((content) => content.segment))) {
      const smaller = runsToMerge(this.#runs.get(segment) ?? [])
      if (smaller.length === 0) continue
      const merged = mergeRuns(smaller, this.#runs.get(segment)![0] === smaller[0], this.#tableOf(smaller[0]!), this.#keys)
      for (const run of smaller) batch.delete(this.#tableOf(run), summaryKey(run))
      changes.push(merged === undefined ? { segment, added: undefined, replaced: smaller } : this.#add(merged, smaller, smaller.at(-1)!.age, batch))
    }
    return () => this.#apply(changes)
  }

  #add(content: RunContent, replaced: readonly Run[], age: number, batch: EngineBatch): RunChange {
    const { pages, ...summary } = content
    const added: Run = { ...summary, id: this.#nextId++, age, readers: 0 }
    const table = this.#tableOf(added)
    pages.forEach((page, i) => batch.put(table, pageKey(added, i), page))
    batch.put(table, summaryKey(added), writeRun(added))
    return { segment: added.segment, added, replaced }
  }

  #apply(changes: readonly RunChange[]): void {
    for (const { segment, added, replaced } of changes) {
      const runs = (this.#runs.get(segment) ?? []).filter((run) => !replaced.includes(run))
      if (added !== undefined) runs.push(added)
      this.#runs.set(segment, runs.sort((a, b) => a.age - b.age))
      this.#replaced.push(...replaced)
    }
  }

  /** One batch later than their summaries, since reads go on meanwhile; pages that a crash leaves behind go with their segment. */
  #deleteReplaced(batch: EngineBatch): void {
    const kept: Run[] = []
    for (const run of this.#replaced) {
      if (run.readers > 0) kept.push(run)
      else if (this.#runs.has(run.segment)) run.firsts.forEach((_, i) => batch.delete(this.#tableOf(run), pageKey(run, i)))
    }
    this.#replaced = kept
  }

  /** Adds to a batch the removal of all segments that end before `oldest`. True when there were any. */
  clearBefore(oldest: number, batch: EngineBatch): boolean {
    for (const segment of this.#runs.keys()) if ((segment + 1) * this.#segments.segmentMs <= oldest) this.#runs.delete(segment)
    return this.#segments.clearBefore(oldest, batch)
  }
}

const rangeOf = (keyFrom: string | undefined, keyTo: string | undefined, from: number, to: number, reverse: boolean): RowRange => {
  const isOneKey = keyFrom !== undefined && keyFrom === keyTo
  // Of one key the rows of the wanted times follow each other.
  const low = isOneKey ? keyFrom + timePrefix(Math.max(0, from)) : (keyFrom ?? '')
  const end = keyTo === undefined ? undefined : keyTo + (isOneKey ? timePrefix(to) : '') + AFTER_SUFFIX
  return { keyFrom, keyTo, from, to, low, end, reverse }
}

const mayHold = (run: Run, { from, to, low, end }: RowRange, hash: number | undefined): boolean =>
  run.newest >= from && run.oldest <= to && run.last >= low && (end === undefined || run.firsts[0]! < end)
  && (hash === undefined || run.filter.mayHold(hash))

/** One segment after the other; what is in later ones is read when it is reached. */
class SegmentsCursor<R> implements TimedCursor<R> {
  readonly #segments: (readonly Run[])[]
  readonly #read: (run: Run) => TimedCursor<R | Deleted>
  readonly #merge: (cursors: readonly TimedCursor<R | Deleted>[]) => TimedCursor<R>
  #cursor: TimedCursor<R> = noRows
  #at = -1

  constructor(
    segments: (readonly Run[])[], read: (run: Run) => TimedCursor<R | Deleted>, merge: (cursors: readonly TimedCursor<R | Deleted>[]) => TimedCursor<R>,
  ) {
    this.#segments = segments
    this.#read = read
    this.#merge = merge
    for (const runs of segments) for (const run of runs) run.readers++
  }

  next(): boolean {
    while (!this.#cursor.next()) {
      this.#release()
      const runs = this.#segments[++this.#at]
      if (runs === undefined) return false
      // The newest changes first.
      this.#cursor = this.#merge(runs.map(this.#read).reverse())
    }
    return true
  }

  /** Lets go of the segment that is read. */
  #release(): void {
    this.#cursor.close()
    this.#cursor = noRows
    for (const run of this.#segments[this.#at] ?? []) run.readers--
  }

  get key(): string {
    return this.#cursor.key
  }

  get time(): number {
    return this.#cursor.time
  }

  get minor(): number {
    return this.#cursor.minor
  }

  row(): R {
    return this.#cursor.row()
  }

  close(): void {
    for (; this.#at < this.#segments.length; this.#at++) this.#release()
  }
}

export type { RunContent } from './run.ts'
