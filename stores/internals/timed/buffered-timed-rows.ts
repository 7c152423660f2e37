import { MemoryTimedRows } from '../../engines/memory-timed.ts'
import type { Engine, EngineCursor } from '../../engines/engine.ts'
import type { RowBytes } from '../row-codec.ts'
import { DELETED } from '../rows.ts'
import type { Deleted } from '../rows.ts'
import { WriteBehind } from '../write-behind.ts'
import type { Retention } from './retention.ts'
import { Segments } from './segments.ts'
import { MergedTimedCursor, noRows } from './timed-cursors.ts'
import type { TimedEntry } from './timed-cursors.ts'
import type { TimedKeys } from './timed-key.ts'
import { timePrefix } from './timed-key.ts'
import { orderBySegment } from './timed-order.ts'
import type { TimedOrder } from './timed-order.ts'
import type { TimedCursor, TimedRows } from './timed-rows.ts'

/** Sorts behind every time and minor number that may follow a key. */
const AFTER_SUFFIX = '\xff'.repeat(17)

type Layer<R> = MemoryTimedRows<R | Deleted>

/** Rows of a window or session store in an engine, in segments of time, below a write buffer. */
export class BufferedTimedRows<R> implements TimedRows<R> {
  readonly #keys: TimedKeys
  readonly #codec: RowBytes<R>
  readonly #segments: Segments
  readonly #order: TimedOrder
  readonly #buffer: WriteBehind<Layer<R>, R>
  #newestStored: number

  constructor(engine: Engine, storeName: string, codec: RowBytes<R>, keys: TimedKeys, segmentMs: number, retention: Retention) {
    const segments = new Segments(engine, storeName, segmentMs, retention.retentionMs)
    const order = orderBySegment(segmentMs, keys)
    this.#keys = keys
    this.#codec = codec
    this.#segments = segments
    this.#order = order
    this.#newestStored = segments.end - 1
    this.#buffer = new WriteBehind(engine, storeName, codec, {
      make: () => new MemoryTimedRows(order, segmentMs),
      visit: (layer, visitor) => {
        const oldest = segments.segmentOf(retention.oldestKept)
        layer.forEach((key, time, minor, row) => {
          const segment = segments.segmentOf(time)
          // Expired before it was written: its segment is gone, or another one has its table.
          if (segment < oldest) return
          // From now on the engine has to be asked: until the row is there, it is found in the layer.
          if (time > this.#newestStored) this.#newestStored = time
          if (row !== DELETED) segments.wrote(segment)
          visitor(segments.tableOf(segment), segments.engineKey(segment, keys.compose(key, time, minor)), row)
        })
      },
      putBelow(older, newer) {
        older.forEach((key, time, minor, row) => {
          if (newer.get(key, time, minor) === undefined) newer.putEntry({ key, time, minor, row })
        })
      },
      prepare: (batch) => segments.clearBefore(retention.oldestKept, batch),
    })
  }

  /** No row in the engine is of a later time. */
  get newestStored(): number {
    return this.#newestStored
  }

  get wantsCommit(): boolean {
    return this.#buffer.wantsCommit
  }

  get(key: string, time: number, minor: number): R | undefined {
    const dirty = this.#buffer.dirty.get(key, time, minor)
    if (dirty !== undefined) return dirty === DELETED ? undefined : dirty
    const frozen = this.#buffer.frozen
    for (let i = 0; i < frozen.length; i++) {
      const row = frozen[i]!.get(key, time, minor)
      if (row !== undefined) return row === DELETED ? undefined : row
    }
    if (time > this.#newestStored) return undefined
    const segment = this.#segments.segmentOf(time)
    const bytes = this.#segments.tableOf(segment).get(this.#segments.engineKey(segment, this.#keys.compose(key, time, minor)))
    return bytes === undefined ? undefined : this.#codec.read(bytes, 0, bytes.length)
  }

  put(key: string, time: number, minor: number, row: R): void {
    this.#buffer.dirty.putEntry({ key, time, minor, row })
  }

  /** The same with an entry that the caller may keep, too. */
  putEntry(entry: TimedEntry<R>): void {
    this.#buffer.dirty.putEntry(entry)
  }

  delete(key: string, time: number, minor: number): void {
    this.#buffer.dirty.putEntry({ key, time, minor, row: DELETED })
  }

  /** The hot one: joins ask for every record, and mostly there is nothing. */
  fetch(key: string, from: number, to: number, reverse: boolean): TimedCursor<R> {
    const stored = from > this.#newestStored ? noRows : this.#stored(key, key, from, to, reverse)
    const { dirty, frozen } = this.#buffer
    let above: TimedCursor<R | Deleted>[] | undefined
    for (let i = -1; i < frozen.length; i++) {
      const cursor = (i < 0 ? dirty : frozen[i]!).fetch(key, from, to, reverse)
      if (cursor === noRows) continue
      if (above === undefined) above = [cursor]
      else above.push(cursor)
    }
    return above === undefined ? stored : this.#merged(above, stored, reverse)
  }

  fetchRange(keyFrom: string | undefined, keyTo: string | undefined, from: number, to: number, reverse: boolean): TimedCursor<R> {
    const above = this.#buffer.layers().map((layer) => layer.fetchRange(keyFrom, keyTo, from, to, reverse))
    return this.#merged(above, this.#stored(keyFrom, keyTo, from, to, reverse), reverse)
  }

  /** What is in the engine. */
  #stored(keyFrom: string | undefined, keyTo: string | undefined, from: number, to: number, reverse: boolean): TimedCursor<R> {
    const segments = this.#segments.between(from, to)
    if (reverse) segments.reverse()
    return new SegmentsCursor(this.#segments, segments, this.#keys, this.#codec, keyFrom, keyTo, from, to, reverse)
  }

  #merged(above: readonly TimedCursor<R | Deleted>[], stored: TimedCursor<R>, reverse: boolean): TimedCursor<R> {
    return above.length === 0 ? stored : new MergedTimedCursor<R>([...above, stored], this.#order, reverse)
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
}

/** Walks over segment after segment, and leaves out the rows whose bytes are in the range but whose key or time is not. */
class SegmentsCursor<R> implements TimedCursor<R> {
  key = ''
  time = 0
  minor = 0
  readonly #segments: Segments
  readonly #left: number[]
  readonly #keys: TimedKeys
  readonly #codec: RowBytes<R>
  readonly #keyFrom: string | undefined
  readonly #keyTo: string | undefined
  readonly #from: number
  readonly #to: number
  readonly #reverse: boolean
  #cursor: EngineCursor | undefined

  constructor(
    segments: Segments, left: number[], keys: TimedKeys, codec: RowBytes<R>,
    keyFrom: string | undefined, keyTo: string | undefined, from: number, to: number, reverse: boolean,
  ) {
    this.#segments = segments
    this.#left = left
    this.#keys = keys
    this.#codec = codec
    this.#keyFrom = keyFrom
    this.#keyTo = keyTo
    this.#from = from
    this.#to = to
    this.#reverse = reverse
  }

  next(): boolean {
    for (;;) {
      const cursor = (this.#cursor ??= this.#nextSegment())
      if (cursor === undefined) return false
      if (!cursor.next()) {
        this.#cursor = undefined
        continue
      }
      const composed = cursor.key
      const time = this.#keys.timeOf(composed)
      if (time < this.#from || time > this.#to) continue
      const key = this.#keys.keyOf(composed).slice(SEGMENT_CHARS)
      if ((this.#keyFrom !== undefined && key < this.#keyFrom) || (this.#keyTo !== undefined && key > this.#keyTo)) continue
      this.key = key
      this.time = time
      this.minor = this.#keys.minorOf(composed)
      return true
    }
  }

  #nextSegment(): EngineCursor | undefined {
    const segment = this.#left.shift()
    if (segment === undefined) return undefined
    const prefix = timePrefix(segment)
    const isOneKey = this.#keyFrom !== undefined && this.#keyFrom === this.#keyTo
    // Of one key the rows of the wanted times follow each other.
    const low = isOneKey ? this.#keyFrom + timePrefix(Math.max(0, this.#from)) : (this.#keyFrom ?? '')
    const high = this.#keyTo === undefined ? undefined : this.#keyTo + (isOneKey ? timePrefix(this.#to) : '') + AFTER_SUFFIX
    const end = high === undefined ? timePrefix(segment + 1) : prefix + high
    return this.#segments.tableOf(segment).range(prefix + low, end, this.#reverse)
  }

  row(): R {
    const { value } = this.#cursor!
    return this.#codec.read(value, 0, value.length)
  }

  close(): void {
    this.#cursor?.close()
    this.#cursor = undefined
    this.#left.length = 0
  }
}

const SEGMENT_CHARS = 8
