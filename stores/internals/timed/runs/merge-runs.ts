import type { EngineTable } from '../../../engines/engine.ts'
import type { TimedKeys } from '../timed-key.ts'
import { RunBuilder } from './run-builder.ts'
import { pageKey } from './run-keys.ts'
import { RunPage } from './run-page.ts'
import type { Run, RunContent } from './run.ts'

/** Runs with fewer rows are put together, those of one size when there are so many of them. Larger ones stay as they are. */
const SIZES = [1024, 16_384] as const
const RUNS_TO_MERGE = 8

/** Which runs, of one segment and oldest first, are to become one: neighbours, so that newer changes stay newer. */
export const runsToMerge = (runs: readonly Run[]): readonly Run[] => {
  let end = runs.length
  for (const size of SIZES) {
    let start = end
    while (start > 0 && runs[start - 1]!.rows < size) start--
    if (end - start >= RUNS_TO_MERGE) return runs.slice(start, end)
    end = start
  }
  return []
}

/** Reads one run from its first row to its last. */
class RunReader {
  readonly page: RunPage
  readonly #run: Run
  readonly #table: EngineTable
  #pageNumber = -1
  #index = -1
  composed = ''

  constructor(run: Run, table: EngineTable, keys: TimedKeys) {
    this.page = new RunPage(keys.minorBytes)
    this.#run = run
    this.#table = table
  }

  next(): boolean {
    if (++this.#index >= this.page.count) {
      this.#index = 0
      if (++this.#pageNumber === this.#run.firsts.length) return false
      const bytes = this.#table.get(pageKey(this.#run, this.#pageNumber))
      if (bytes === undefined) return false
      this.page.openCopy(bytes)
    }
    this.page.moveTo(this.#index)
    this.composed = this.page.composed
    return true
  }
}

const noCodec = {
  write(): never {
    throw new Error('rows of runs are copied, and not written again')
  },
}

/**
 * The rows of runs, oldest first, as one run; undefined when no row is left. `isOldest`: there is nothing below these runs, so that
 * deleted rows need no sign any more.
 */
export const mergeRuns = (runs: readonly Run[], isOldest: boolean, table: EngineTable, keys: TimedKeys): RunContent | undefined => {
  const builder = new RunBuilder<never>(runs[0]!.segment, keys, noCodec, 64 * 1024)
  // The newest first: of several rows in one place the first one found counts.
  let readers = [...runs].reverse().map((run) => new RunReader(run, table, keys)).filter((reader) => reader.next())
  while (readers.length > 0) {
    let nearest = readers[0]!
    for (const reader of readers) if (reader.composed < nearest.composed) nearest = reader
    const { composed } = nearest
    if (!(isOldest && nearest.page.isDeleted)) builder.copy(nearest.page)
    let ended = false
    for (const reader of readers) if (reader.composed === composed && !reader.next()) ended = true
    if (ended) readers = readers.filter((reader) => reader.composed > composed)
  }
  return builder.rows === 0 ? undefined : builder.build()
}
