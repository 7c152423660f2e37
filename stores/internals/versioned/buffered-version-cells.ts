import { readInt64 } from '../../../lib/core/int64.ts'
import { TIMESTAMP_BYTES } from '../../../lib/serdes/value-and-timestamp.ts'
import type { ValueAndTimestamp } from '../../../topology/api.ts'
import type { Engine, EngineTable } from '../../engines/engine.ts'
import { RowCache } from '../row-cache.ts'
import type { RowBytes } from '../row-codec.ts'
import { DELETED } from '../rows.ts'
import type { Deleted } from '../rows.ts'
import type { Slots } from '../slots.ts'
import { Segments } from '../timed/segments.ts'
import { timeOfPrefix, timePrefix } from '../timed/timed-key.ts'
import { WriteBehind } from '../write-behind.ts'
import { areLive, withSegment } from './version-cells.ts'
import type { VersionCells } from './version-cells.ts'
import { VersionList, versionListBytes } from './version-list.ts'

const CACHED_ROWS = 100_000

type Latest<S> = ValueAndTimestamp<S>
type Row<S> = Latest<S> | VersionList<S>

/** Changes since a commit. */
class Layer<S> {
  readonly latest = new Map<string, Latest<S> | Deleted>()
  /** By number of segment and key, in the form of the engine's keys. */
  readonly lists = new Map<string, VersionList<S>>()
  streamTime: number

  constructor(streamTime: number) {
    this.streamTime = streamTime
  }

  get size(): number {
    return this.latest.size + this.lists.size
  }
}

/** In an engine: of a latest version the timestamp and the value, otherwise see {@link versionListBytes}. */
const rowBytes = <S>(slots: Slots<unknown, S>): Pick<RowBytes<Row<S>>, 'write'> => {
  const lists = versionListBytes(slots)
  return {
    write(row, out) {
      if (row instanceof VersionList) lists.write(row, out)
      else {
        out.writeInt64(row.timestamp)
        slots.write(row.value, out)
      }
    },
  }
}

const STREAM_TIME = 'stream-time'

/** Rows of a versioned store in an engine, below a write buffer: a table for the latest versions, a ring of them for segments. */
export class BufferedVersionCells<S> implements VersionCells<S> {
  readonly #slots: Slots<unknown, S>
  readonly #listBytes: ReturnType<typeof versionListBytes<S>>
  readonly #latest: EngineTable
  readonly #segments: Segments
  readonly #latestCache = new RowCache<Latest<S>>(CACHED_ROWS)
  readonly #listCache = new RowCache<VersionList<S>>(CACHED_ROWS)
  readonly #buffer: WriteBehind<Layer<S>, Row<S>>
  segments: readonly number[]
  streamTime: number
  #prefixSegment = -1
  #prefix = ''

  constructor(engine: Engine, storeName: string, slots: Slots<unknown, S>, retentionMs: number, segmentMs: number) {
    const latest = engine.table(storeName)
    const times = engine.table(`${storeName}-stream-time`)
    const segments = new Segments(engine, storeName, segmentMs, retentionMs)
    this.#slots = slots
    this.#listBytes = versionListBytes(slots)
    this.#latest = latest
    this.#segments = segments
    const stored = times.get(STREAM_TIME)
    this.streamTime = stored === undefined ? -1 : readInt64(stored, 0)
    this.segments = segments.between(this.streamTime - retentionMs, Infinity).reverse()
    let oldest = -Infinity
    this.#buffer = new WriteBehind(engine, storeName, rowBytes(slots), {
      make: () => new Layer<S>(this.streamTime),
      visit(layer, visitor) {
        for (const [key, row] of layer.latest) visitor(latest, key, row)
        for (const [composed, list] of layer.lists) {
          const segment = timeOfPrefix(composed)
          // Expired before it was written: its segment is gone, or another one has its table.
          if ((segment + 1) * segmentMs > oldest) visitor(segments.tableOf(segment), composed, list)
        }
        if (layer.size > 0) visitor(times, STREAM_TIME, new VersionList<S>(layer.streamTime, [], []))
      },
      putBelow(older, newer) {
        for (const [key, row] of older.latest) if (!newer.latest.has(key)) newer.latest.set(key, row)
        for (const [key, list] of older.lists) if (!newer.lists.has(key)) newer.lists.set(key, list)
        newer.streamTime = Math.max(older.streamTime, newer.streamTime)
      },
      prepare: (batch) => {
        oldest = this.streamTime - retentionMs
        return segments.clearBefore(oldest, batch)
      },
      written: (layer) => this.#written(layer),
    })
  }

  get wantsCommit(): boolean {
    return this.#buffer.wantsCommit
  }

  latest(key: string): Latest<S> | undefined {
    const dirty = this.#buffer.dirty.latest.get(key)
    if (dirty !== undefined) return dirty === DELETED ? undefined : dirty
    for (const layer of this.#buffer.frozen) {
      const row = layer.latest.get(key)
      if (row !== undefined) return row === DELETED ? undefined : row
    }
    const cached = this.#latestCache.get(key)
    if (cached !== undefined) return cached
    const bytes = this.#latest.get(key)
    if (bytes === undefined) return undefined
    const row = { value: this.#slots.read(bytes, TIMESTAMP_BYTES, bytes.length), timestamp: readInt64(bytes, 0) }
    this.#latestCache.set(key, row)
    return row
  }

  putLatest(key: string, row: Latest<S> | undefined): void {
    this.#buffer.dirty.latest.set(key, row ?? DELETED)
  }

  list(segment: number, key: string): VersionList<S> | undefined {
    const composed = this.#composed(segment, key)
    const dirty = this.#buffer.dirty.lists.get(composed)
    return dirty ?? this.#settled(segment, composed)
  }

  /** A list that a commit is writing, or that is in the cache, must not change. */
  listToChange(segment: number, key: string): VersionList<S> | undefined {
    const composed = this.#composed(segment, key)
    const { lists } = this.#buffer.dirty
    const dirty = lists.get(composed)
    if (dirty !== undefined) return dirty
    const copy = this.#settled(segment, composed)?.copy()
    if (copy !== undefined) lists.set(composed, copy)
    return copy
  }

  #settled(segment: number, composed: string): VersionList<S> | undefined {
    for (const layer of this.#buffer.frozen) {
      const list = layer.lists.get(composed)
      if (list !== undefined) return list
    }
    const cached = this.#listCache.get(composed)
    if (cached !== undefined) return cached
    const bytes = this.#segments.tableOf(segment).get(composed)
    if (bytes === undefined) return undefined
    const list = this.#listBytes.read(bytes, 0, bytes.length)
    this.#listCache.set(composed, list)
    return list
  }

  putList(segment: number, key: string, list: VersionList<S>): void {
    this.#buffer.dirty.lists.set(this.#composed(segment, key), list)
    this.segments = withSegment(this.segments, segment)
  }

  advance(streamTime: number, oldest: number): void {
    this.streamTime = streamTime
    this.#buffer.dirty.streamTime = streamTime
    if (!areLive(this.segments, oldest)) this.segments = this.segments.filter((segment) => segment >= oldest)
  }

  commit(offsets: ReadonlyMap<string, number>): Promise<void> {
    return this.#buffer.commit(offsets)
  }

  committedOffset(partition: string): number | undefined {
    return this.#buffer.committedOffset(partition)
  }

  close(): Promise<void> {
    return this.#buffer.close()
  }

  #composed(segment: number, key: string): string {
    if (segment !== this.#prefixSegment) {
      this.#prefixSegment = segment
      this.#prefix = timePrefix(segment)
    }
    return this.#prefix + key
  }

  #written(layer: Layer<S>): void {
    for (const [key, row] of layer.latest) {
      if (row === DELETED) this.#latestCache.delete(key)
      else this.#latestCache.set(key, row)
    }
    for (const [composed, list] of layer.lists) {
      this.#listCache.set(composed, list)
      this.#segments.wrote(timeOfPrefix(composed))
    }
  }
}
