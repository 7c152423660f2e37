import type { Engine } from '../../engines/engine.ts'
import { ChangelogOffsets } from '../changelog-offsets.ts'
import type { RowBytes } from '../row-codec.ts'
import { DELETED } from '../rows.ts'
import type { Deleted } from '../rows.ts'
import { positionOf, RecentRows } from './recent-rows.ts'
import type { RecentKey, RecentRow, RecentRowsSettings } from './recent-rows.ts'
import { RunBuilder } from './runs/run-builder.ts'
import { sortPositions } from './runs/sort-places.ts'
import { TimedRuns } from './runs/timed-runs.ts'
import type { RunContent } from './runs/timed-runs.ts'
import { GatheredCursor, MergedTimedCursor, noRows, SingleRow } from './timed-cursors.ts'
import type { TimedEntry } from './timed-cursors.ts'
import type { TimedKeys } from './timed-key.ts'
import { orderBySegment } from './timed-order.ts'
import type { TimedOrder } from './timed-order.ts'
import type { TimedCursor, TimedRows } from './timed-rows.ts'

/** Changes that may wait before the store asks for a commit: writing as many takes about 10 ms. */
const MOST_CHANGES = 32_000
/** Of a key with more rows in the files none are remembered: by a read of one row, and of a range. */
const MOST_LEARNED = { byRow: 8, byRange: 128 }
const ROW_BYTES = 64
const FORMAT = 'runs'

export interface FileTimedSettings extends RecentRowsSettings {
  readonly storeName: string
  readonly segmentMs: number
  /** Segments that end before that time are removed. */
  oldestKept(): number
}

/** What a commit writes. */
interface Commit<R> {
  readonly rows: readonly RecentRow<R>[]
  readonly runs: readonly RunContent[]
  readonly offsets: ReadonlyMap<string, number>
}

/**
 * Rows of a window or session store in files, with the recent ones in memory. A commit turns all changes into bytes at once and
 * writes them with the changelog offsets in one atomic batch, so the files never hold half of a commit, whatever happens to the
 * process. Until the batch is written the rows in memory go on to answer reads.
 */
export class FileTimedRows<R> implements TimedRows<R> {
  readonly #engine: Engine
  readonly #settings: FileTimedSettings
  readonly #codec: RowBytes<R>
  readonly #keys: TimedKeys
  readonly #order: TimedOrder
  readonly #runs: TimedRuns<R>
  readonly #recent: RecentRows<R>
  readonly #offsets: ChangelogOffsets
  /** Commits that are not written yet, the oldest first; hardly ever more than one. */
  #commits: readonly Commit<R>[] = []
  #writing: Promise<void> = Promise.resolve()
  #rowBytes = ROW_BYTES
  /** When it was opened no row was of a later time. */
  readonly newestStored: number

  constructor(engine: Engine, settings: FileTimedSettings, codec: RowBytes<R>, keys: TimedKeys) {
    const { storeName, segmentMs, retentionMs } = settings
    this.#engine = engine
    this.#settings = settings
    this.#codec = codec
    this.#keys = keys
    this.#order = orderBySegment(segmentMs, keys)
    this.#runs = new TimedRuns(engine, storeName, codec, keys, segmentMs, retentionMs)
    this.#offsets = new ChangelogOffsets(engine, storeName, FORMAT)
    this.newestStored = this.#runs.newest
    this.#recent = new RecentRows(this.newestStored, settings)
  }

  get wantsCommit(): boolean {
    return this.#recent.changes >= MOST_CHANGES
  }

  get(key: string, time: number, minor: number): R | undefined {
    const recent = this.#recent.ask(key, time)
    if (recent !== undefined) {
      const found = rowAt(recent, time, minor)
      if (found !== undefined) return found === DELETED ? undefined : found
    }
    if (time >= this.#recent.completeFrom(recent)) return undefined
    const learned = this.#learn(key, time, MOST_LEARNED.byRow)
    if (learned === undefined) return this.#runs.get(key, time, minor)
    const found = rowAt(learned, time, minor)
    return found === DELETED ? undefined : found
  }

  put(key: string, time: number, minor: number, row: R): void {
    this.#recent.put(key, time, minor, row)
  }

  delete(key: string, time: number, minor: number): void {
    this.#recent.delete(key, time, minor)
  }

  /** The hot one: joins and sessions ask for every record, and mostly there is nothing. */
  fetch(key: string, from: number, to: number, reverse: boolean): TimedCursor<R> {
    const recent = this.#recent.ask(key, from)
    if (from >= this.#recent.completeFrom(recent)) return recent === undefined ? noRows : liveRows(recent, from, to, reverse)
    const learned = this.#learn(key, from, MOST_LEARNED.byRange)
    if (learned !== undefined) return liveRows(learned, from, to, reverse)
    const stored = this.#runs.range(key, key, from, to, reverse)
    return recent === undefined ? stored : this.#merged(changedRows(recent.rows, key, key, from, to), stored, reverse)
  }

  /** Reads the rows of a key from that time on; undefined when there are too many to keep them. */
  #learn(key: string, from: number, mostRows: number): RecentKey<R> | undefined {
    const recent = this.#recent.keep(key)
    const cursor = this.#runs.range(key, key, from, recent.from - 1, false)
    const found: TimedEntry<R>[] = []
    while (found.length <= mostRows && cursor.next()) found.push({ key, time: cursor.time, minor: cursor.minor, row: cursor.row() })
    cursor.close()
    if (found.length > mostRows) return undefined
    for (const { time, minor, row } of found) this.#recent.learn(recent, time, minor, row)
    recent.from = from
    return recent
  }

  fetchRange(keyFrom: string | undefined, keyTo: string | undefined, from: number, to: number, reverse: boolean): TimedCursor<R> {
    const unwritten = this.#recent.unwritten(this.#commits.map(({ rows }) => rows))
    return this.#merged(changedRows(unwritten, keyFrom, keyTo, from, to), this.#runs.range(keyFrom, keyTo, from, to, reverse), reverse)
  }

  #merged(changed: TimedEntry<R | Deleted>[], stored: TimedCursor<R>, reverse: boolean): TimedCursor<R> {
    if (changed.length === 0) return stored
    return new MergedTimedCursor<R>([cursorOver(changed.sort(this.#order), reverse), stored], this.#order, reverse)
  }

  /**
   * Writes what has changed up to this moment, with the offsets it corresponds to (by `topic-partition`). Later changes are not
   * part of it, and commits are written in their order. What the engine could not write is part of the next commit.
   */
  commit(offsets: ReadonlyMap<string, number>): Promise<void> {
    const rows = this.#recent.takeChanges()
    let runs: RunContent[]
    try {
      runs = this.#runsOf(rows)
    } catch (error) {
      this.#recent.putBack(rows)
      return Promise.reject(error as Error)
    }
    const commit: Commit<R> = { rows, runs, offsets }
    this.#commits = [...this.#commits, commit]
    this.#writing = this.#writing.catch(() => {}).then(() => this.#writeUpTo(commit))
    return this.#writing
  }

  /** All changes as runs, one for each segment. */
  #runsOf(rows: readonly RecentRow<R>[]): RunContent[] {
    const bySegment = new Map<number, RecentRow<R>[]>()
    const oldest = this.#runs.segmentOf(this.#settings.oldestKept())
    let lastSegment = -1
    let last: RecentRow<R>[] = []
    for (const row of rows) {
      const segment = this.#runs.segmentOf(row.time)
      if (segment !== lastSegment) {
        // Its segment is gone, or another one has its table.
        if (segment < oldest) continue
        last = bySegment.get(segment) ?? []
        lastSegment = segment
        bySegment.set(segment, last)
      }
      last.push(row)
    }
    return [...bySegment].map(([segment, changed]) => {
      const builder = new RunBuilder<R>(segment, this.#keys, this.#codec, changed.length * this.#rowBytes + 1024)
      for (const row of sortPositions(changed, this.#order)) builder.add(row, row.row)
      this.#rowBytes = Math.ceil(builder.bytes / builder.rows) + 4
      return builder.build()
    })
  }

  async #writeUpTo(commit: Commit<R>): Promise<void> {
    const commits = this.#commits.slice(0, this.#commits.indexOf(commit) + 1)
    const offsets = this.#offsets.moved(commit.offsets)
    const runs = commits.flatMap((each) => each.runs)
    const batch = this.#engine.batch()
    const clears = this.#runs.clearBefore(this.#settings.oldestKept(), batch)
    if (runs.length > 0 || offsets.size > 0 || clears) {
      const written = this.#runs.write(runs, batch)
      this.#offsets.put(offsets, batch)
      await batch.write()
      written()
    }
    this.#offsets.written(offsets)
    this.#commits = this.#commits.filter((each) => !commits.includes(each))
    for (const { rows } of commits) this.#recent.written(rows)
  }

  committedOffset(partition: string): number | undefined {
    return this.#offsets.committed(partition)
  }

  /** Waits for running writes; what was not committed is dropped, since its offsets were not committed either. */
  async close(): Promise<void> {
    await this.#writing.catch(() => {})
  }
}

const rowAt = <R>({ rows }: RecentKey<R>, time: number, minor: number): R | Deleted | undefined => {
  const row = rows[positionOf(rows, time, minor)]
  return row !== undefined && row.time === time && row.minor === minor ? row.row : undefined
}

/** Rows as they are now: those in memory change in their places. */
const liveRows = <R>({ key, rows }: RecentKey<R>, from: number, to: number, reverse: boolean): TimedCursor<R> => {
  let first: SingleRow<R> | undefined
  let all: TimedEntry<R>[] | undefined
  for (let i = positionOf(rows, from, -1); i < rows.length; i++) {
    const { time, minor, row } = rows[i]!
    if (time > to) break
    if (row === DELETED) continue
    if (first === undefined) first = new SingleRow(key, time, minor, row)
    else if (all === undefined) all = [{ key, time: first.time, minor: first.minor, row: first.row() }, { key, time, minor, row }]
    else all.push({ key, time, minor, row })
  }
  return all === undefined ? (first ?? noRows) : cursorOver(all, reverse)
}

/** The same of the rows of several keys, with deleted ones. */
const changedRows = <R>(
  rows: Iterable<RecentRow<R>>, keyFrom: string | undefined, keyTo: string | undefined, from: number, to: number,
): TimedEntry<R | Deleted>[] => {
  const found: TimedEntry<R | Deleted>[] = []
  for (const { key, time, minor, row } of rows) {
    if (time < from || time > to || (keyFrom !== undefined && key < keyFrom) || (keyTo !== undefined && key > keyTo)) continue
    found.push({ key, time, minor, row })
  }
  return found
}

const cursorOver = <R>(rows: TimedEntry<R>[], reverse: boolean): TimedCursor<R> => {
  if (rows.length === 0) return noRows
  return new GatheredCursor(reverse ? rows.reverse() : rows)
}
