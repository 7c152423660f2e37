import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { open } from 'lmdb'
import type { Database, RootDatabase } from 'lmdb'
import { CrashMarker } from './crash-marker.ts'
import type { Engine, EngineBatch, EngineCursor, EngineTable } from './engine.ts'
import { afterBucket, bucketKey, changedBucket, isBucketKey, LONGEST_KEY, readBucket } from './lmdb-long-keys.ts'
import type { BucketRow } from './lmdb-long-keys.ts'

type Db = Database<Buffer, string>

/** LMDB refuses empty keys, so each gets one byte in front. */
const PREFIX = 1

/** Keys straight between latin1 strings and LMDB's own key buffer. */
const keyEncoder = {
  /** `clearAsync` comes with an empty buffer, which stands for no key. */
  writeKey(key: string | Uint8Array, target: Buffer, position: number): number {
    if (typeof key !== 'string') return position
    target[position] = PREFIX
    return position + 1 + target.latin1Write(key, position + 1)
  },
  readKey: (target: Buffer, start: number, end: number): string => target.latin1Slice(start + 1, end),
}

/** Every table has to name them again. LMDB's types do not know that keys may have an encoder of their own. */
const TABLE_OPTIONS = { encoding: 'binary', keyEncoder } as { encoding: 'binary' }

/** Without a sync per commit: see CrashMarker. Never drop a table: under a write map that has killed the process. */
const OPTIONS = { ...TABLE_OPTIONS, noSync: true, overlappingSync: false, useWritemap: true, maxDbs: 1024 } as const

class LmdbTable implements EngineTable {
  readonly name: string
  readonly db: Db

  constructor(name: string, db: Db) {
    this.name = name
    this.db = db
  }

  get(key: string): Buffer | undefined {
    if (key.length > LONGEST_KEY) return this.bucket(key).find((row) => row.key === key)?.value
    return this.db.getBinaryFast(key)
  }

  bucket(key: string): BucketRow[] {
    const engineKey = bucketKey(key)
    const bytes = this.db.getBinary(engineKey)
    return bytes === undefined ? [] : readBucket(engineKey, bytes)
  }

  range(from: string, end: string | undefined, reverse: boolean): EngineCursor {
    const low = from.length > LONGEST_KEY ? bucketKey(from) : from
    // The bucket of a long end holds keys on both sides of it: it is read, and the cursor leaves out what is beyond.
    const high = end === undefined || end.length <= LONGEST_KEY ? end : afterBucket(end)
    const range = reverse
      ? { start: high, end: low, reverse: true, exclusiveStart: true, inclusiveEnd: true }
      : { start: low, end: high }
    return new LmdbCursor(this.db.getRange(range)[Symbol.iterator](), from, end, reverse)
  }

  approximateCount(): number {
    return (this.db.getStats() as { entryCount: number }).entryCount
  }
}

class LmdbCursor implements EngineCursor {
  key = ''
  value: Buffer = Buffer.alloc(0)
  readonly #rows: Iterator<BucketRow>
  readonly #from: string
  readonly #end: string | undefined
  readonly #reverse: boolean
  /** What is left of the bucket that was reached, the next row last. */
  #bucket: BucketRow[] = []

  constructor(rows: Iterator<BucketRow>, from: string, end: string | undefined, reverse: boolean) {
    this.#rows = rows
    this.#from = from
    this.#end = end
    this.#reverse = reverse
  }

  next(): boolean {
    for (;;) {
      const held = this.#bucket.pop()
      if (held !== undefined) return this.#moveTo(held)
      const next = this.#rows.next()
      if (next.done === true) return false
      if (!isBucketKey(next.value.key)) return this.#moveTo(next.value)
      const rows = readBucket(next.value.key, next.value.value)
      this.#bucket = rows.filter((row) => row.key >= this.#from && (this.#end === undefined || row.key < this.#end))
      if (!this.#reverse) this.#bucket.reverse()
    }
  }

  #moveTo(row: BucketRow): true {
    this.key = row.key
    this.value = row.value
    return true
  }

  close(): void {
    this.#bucket = []
    this.#rows.return?.()
  }
}

/**
 * Changes go to LMDB as they come: all of one turn of the event loop, in which a batch is to be made and written, are one
 * transaction (with those of other stores that commit in the same turn).
 */
class LmdbBatch implements EngineBatch {
  /** By table and bucket. */
  readonly #longKeys = new Map<LmdbTable, Map<string, Map<string, Buffer | undefined>>>()
  /** The writes of the environment that are under way. */
  readonly #writing: Set<Promise<unknown>>
  /** The last change: it is there when all are. */
  #written: Promise<unknown> = Promise.resolve()

  constructor(writing: Set<Promise<unknown>>) {
    this.#writing = writing
  }

  put(table: LmdbTable, key: string, value: Buffer): void {
    if (key.length > LONGEST_KEY) this.#putLong(table, key, value)
    else this.#written = table.db.put(key, value)
  }

  delete(table: LmdbTable, key: string): void {
    if (key.length > LONGEST_KEY) this.#putLong(table, key, undefined)
    else this.#written = table.db.remove(key)
  }

  clear(table: LmdbTable): void {
    this.#written = table.db.clearAsync()
  }

  #putLong(table: LmdbTable, key: string, value: Buffer | undefined): void {
    const buckets = this.#longKeys.get(table) ?? new Map<string, Map<string, Buffer | undefined>>()
    this.#longKeys.set(table, buckets)
    const bucket = bucketKey(key)
    buckets.set(bucket, (buckets.get(bucket) ?? new Map<string, Buffer | undefined>()).set(key, value))
  }

  /** A store writes one batch at a time, so that nobody else changes its buckets meanwhile. */
  async write(): Promise<void> {
    for (const [table, buckets] of this.#longKeys) {
      for (const [key, changes] of buckets) {
        const bucket = changedBucket(table.bucket(key), changes)
        this.#written = bucket === undefined ? table.db.remove(key) : table.db.put(key, bucket)
      }
    }
    const written = this.#written
    this.#writing.add(written)
    try {
      await written
    } finally {
      this.#writing.delete(written)
    }
  }
}

/** LMDB: synchronous reads and ranges from mapped memory; see STORES' figures in docs for when to choose it. */
export class LmdbEngine implements Engine {
  readonly #env: RootDatabase<Buffer, string>
  readonly #marker: CrashMarker
  readonly #tables = new Map<string, LmdbTable>()
  readonly #writing = new Set<Promise<unknown>>()

  /** Opens the environment in that directory, or makes it. Finishes before it returns. */
  constructor(directory: string) {
    this.#marker = new CrashMarker(directory)
    this.#marker.open()
    mkdirSync(directory, { recursive: true })
    this.#env = open<Buffer, string>({ ...OPTIONS, path: path.join(directory, 'data.mdb') })
  }

  table(name: string): EngineTable {
    let table = this.#tables.get(name)
    if (table === undefined) {
      table = new LmdbTable(name, this.#env.openDB<Buffer, string>({ ...TABLE_OPTIONS, name }))
      this.#tables.set(name, table)
    }
    return table
  }

  batch(): EngineBatch {
    return new LmdbBatch(this.#writing)
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#writing)
    await this.#env.close()
    this.#marker.close()
  }
}
