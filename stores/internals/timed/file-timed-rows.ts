import type { Engine } from '../../engines/engine.ts'
import { PlainColumns } from '../../engines/row-columns.ts'
import { ChangelogOffsets } from '../changelog-offsets.ts'
import type { RowBytes } from '../row-codec.ts'
import { DELETED } from '../rows.ts'
import type { Deleted } from '../rows.ts'
import { RecentRows } from './recent-rows.ts'
import type { RecentChanges, RecentRowsSettings } from './recent-rows.ts'
import { RunBuilder } from './runs/run-builder.ts'
import { sortPlaces } from './runs/sort-places.ts'
import { TimedRuns } from './runs/timed-runs.ts'
import type { RunContent } from './runs/timed-runs.ts'
import { GatheredCursor, MergedTimedCursor } from './timed-cursors.ts'
import type { TimedEntry } from './timed-cursors.ts'
import type { TimedKeys } from './timed-key.ts'
import { orderBySegment } from './timed-order.ts'
import type { TimedOrder } from './timed-order.ts'
import type { TimedCursor, TimedRows } from './timed-rows.ts'

/** Changes that may wait before the store asks for a commit: writing as many takes about 10 ms. */
const MOST_CHANGES = 32_000
/** Of a key with more rows in the files none are remembered. */
const MOST_LEARNED = 128
const ROW_BYTES = 64
const FORMAT = 'runs'

export interface FileTimedSettings extends RecentRowsSettings {
  readonly storeName: string
  readonly segmentMs: number
  /** Segments that end before that time are removed. */
  oldestKept(): number
}

/** What a commit writes. */
interface Commit {
  readonly number: number
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
  #commits: readonly Commit[] = []
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
    this.#recent = new RecentRows(this.newestStored, settings, codec.columns ?? (() => new PlainColumns<R>()))
  }

  get wantsCommit(): boolean {
    return this.#recent.changes >= MOST_CHANGES
  }

  get(key: string, time: number, minor: number): R | undefined {
    const recent = this.#recent
    const completeFrom = recent.completeFrom(key, time)
    const found = recent.get(key, time, minor)
    if (found !== undefined) return found === DELETED ? undefined : found
    if (time >= completeFrom) return undefined
    const stored = this.#runs.get(key, time, minor)
    if (stored !== undefined) recent.learn(key, time, minor, stored)
    return stored
  }

  put(key: string, time: number, minor: number, row: R): void {
    this.#recent.put(key, time, minor, row)
  }

  delete(key: string, time: number, minor: number): void {
    this.#recent.delete(key, time, minor)
  }

  /** The hot one: joins and sessions ask for every record, and mostly there is nothing. */
  fetch(key: string, from: number, to: number, reverse: boolean): TimedCursor<R> {
    const completeFrom = this.#recent.completeFrom(key, from)
    if (from < completeFrom) {
      const stored = this.#runs.rowsOf(key, from, completeFrom - 1, MOST_LEARNED)
      if (stored === undefined) return this.#merged(this.#recent.newer(key, from, to), this.#runs.range(key, key, from, to, reverse), reverse)
      this.#recent.learnAll(key, from, stored)
    }
    return this.#recent.fetch(key, from, to, reverse)
  }

  fetchRange(keyFrom: string | undefined, keyTo: string | undefined, from: number, to: number, reverse: boolean): TimedCursor<R> {
    const stored = this.#runs.range(keyFrom, keyTo, from, to, reverse)
    return this.#merged(this.#recent.unwritten(keyFrom, keyTo, from, to).sort(this.#order), stored, reverse)
  }

  /** `changed`: in order. */
  #merged(changed: TimedEntry<R | Deleted>[], stored: TimedCursor<R>, reverse: boolean): TimedCursor<R> {
    if (changed.length === 0) return stored
    return new MergedTimedCursor<R>([new GatheredCursor(reverse ? changed.reverse() : changed), stored], this.#order, reverse)
  }

  /**
   * Writes what has changed up to this moment, with the offsets it corresponds to (by `topic-partition`). Later changes are not
   * part of it, and commits are written in their order. What the engine could not write is part of the next commit.
   */
  commit(offsets: ReadonlyMap<string, number>): Promise<void> {
    let runs: RunContent[]
    try {
      runs = this.#runsOf(this.#recent.gatherChanges())
    } catch (error) {
      return Promise.reject(error as Error)
    }
    const commit: Commit = { number: this.#recent.taken(), runs, offsets }
    this.#commits = [...this.#commits, commit]
    this.#writing = this.#writing.catch(() => {}).then(() => this.#writeUpTo(commit))
    return this.#writing
  }

  /** All changes as runs, one for each segment. */
  #runsOf(changes: RecentChanges<R>): RunContent[] {
    const { count, keys, times, minors } = changes
    const bySegment = new Map<number, number[]>()
    const oldest = this.#runs.segmentOf(this.#settings.oldestKept())
    let lastSegment = NaN
    let last: number[] = []
    for (let i = 0; i < count; i++) {
      const segment = this.#runs.segmentOf(times[i]!)
      if (segment !== lastSegment) {
        // Its segment is gone, or another one has its table.
        if (segment < oldest) continue
        last = bySegment.get(segment) ?? []
        lastSegment = segment
        bySegment.set(segment, last)
      }
      last.push(i)
    }
    return [...bySegment].map(([segment, changed]) => {
      const builder = new RunBuilder<R>(segment, this.#keys, this.#codec, changed.length * this.#rowBytes + 1024)
      for (const i of sortPlaces(changed, changes, this.#order)) builder.add(keys[i]!, times[i]!, minors[i]!, changes.rowAt(i))
      this.#rowBytes = Math.ceil(builder.bytes / builder.rows) + 4
      return builder.build()
    })
  }

  async #writeUpTo(commit: Commit): Promise<void> {
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
    this.#recent.areWritten(commit.number)
  }

  committedOffset(partition: string): number | undefined {
    return this.#offsets.committed(partition)
  }

  /** Waits for running writes; what was not committed is dropped, since its offsets were not committed either. */
  async close(): Promise<void> {
    await this.#writing.catch(() => {})
  }
}
