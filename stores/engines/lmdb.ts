import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { open } from 'lmdb'
import type { Database, RootDatabase } from 'lmdb'
import { CrashMarker } from './crash-marker.ts'
import type { Engine, EngineBatch, EngineCursor, EngineTable } from './engine.ts'
import { diskFullOr } from './disk-full-error.ts'
import { LmdbRoom } from './lmdb-room.ts'
import type { LmdbSizes } from './lmdb-room.ts'
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

const FILE = 'data.mdb'
const GROWTH_TABLE = 'growth'
/** Of the file at first. */
const MAP_BYTES = 4 << 20

/** Without a sync per commit: see CrashMarker. Never drop a table: under a write map that has killed the process. A full disk: see LmdbRoom. */
const OPTIONS = { ...TABLE_OPTIONS, noSync: true, overlappingSync: false, useWritemap: true, maxDbs: 1024, mapSize: MAP_BYTES, remapChunks: false } as const

interface Stats {
  readonly pageSize: number
  readonly lastPageNumber: number
  readonly mapSize: number
}

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
 * Changes go to LMDB once the disk has room for all of them, in one turn of the event loop: what is put in one turn is one transaction
 * (with the changes of other stores that get theirs in the same turn).
 */
class LmdbBatch implements EngineBatch {
  readonly #room: LmdbRoom
  readonly #cleared: LmdbTable[] = []
  /** By place: a row to be written, or deleted where there is no value. */
  readonly #tables: LmdbTable[] = []
  readonly #keys: string[] = []
  readonly #values: (Buffer | undefined)[] = []
  #bytes = 0
  /** By table and bucket. */
  readonly #longKeys = new Map<LmdbTable, Map<string, Map<string, Buffer | undefined>>>()
  /** The writes of the environment that are under way. */
  readonly #writing: Set<Promise<unknown>>

  constructor(writing: Set<Promise<unknown>>, room: LmdbRoom) {
    this.#writing = writing
    this.#room = room
  }

  put(table: LmdbTable, key: string, value: Buffer): void {
    this.#change(table, key, value)
  }

  delete(table: LmdbTable, key: string): void {
    this.#change(table, key, undefined)
  }

  clear(table: LmdbTable): void {
    this.#cleared.push(table)
  }

  #change(table: LmdbTable, key: string, value: Buffer | undefined): void {
    this.#bytes += key.length + (value?.length ?? 0)
    if (key.length > LONGEST_KEY) return this.#putLong(table, key, value)
    this.#tables.push(table)
    this.#keys.push(key)
    this.#values.push(value)
  }

  #putLong(table: LmdbTable, key: string, value: Buffer | undefined): void {
    const buckets = this.#longKeys.get(table) ?? new Map<string, Map<string, Buffer | undefined>>()
    this.#longKeys.set(table, buckets)
    const bucket = bucketKey(key)
    buckets.set(bucket, (buckets.get(bucket) ?? new Map<string, Buffer | undefined>()).set(key, value))
  }

  /** A store writes one batch at a time, so that nobody else changes its buckets meanwhile. */
  write(): Promise<void> {
    const writing = this.#write()
    this.#writing.add(writing)
    const done = (): void => void this.#writing.delete(writing)
    writing.then(done, done)
    return writing
  }

  async #write(): Promise<void> {
    const buckets = this.#changedBuckets()
    const room = await this.#room.take(this.#keys.length + buckets.length, this.#bytes)
    try {
      await this.#putAll(buckets)
    } finally {
      this.#room.giveBack(room)
    }
  }

  #changedBuckets(): { table: LmdbTable; key: string; value: Buffer | undefined }[] {
    return [...this.#longKeys].flatMap(([table, buckets]) =>
      [...buckets].map(([key, changes]) => {
        const before = table.bucket(key)
        for (const { value } of before) this.#bytes += value.length
        return { table, key, value: changedBucket(before, changes) }
      }))
  }

  /** All in this turn; the last change is there when all are. */
  #putAll(buckets: readonly { table: LmdbTable; key: string; value: Buffer | undefined }[]): Promise<unknown> {
    let written: Promise<unknown> = Promise.resolve()
    for (const { db } of this.#cleared) written = db.clearAsync()
    const [tables, keys, values] = [this.#tables, this.#keys, this.#values]
    for (let i = 0; i < keys.length; i++) {
      const value = values[i]
      written = value === undefined ? tables[i]!.db.remove(keys[i]!) : tables[i]!.db.put(keys[i]!, value)
    }
    for (const { table, key, value } of buckets) written = value === undefined ? table.db.remove(key) : table.db.put(key, value)
    return written
  }
}

/** LMDB: synchronous reads and ranges from mapped memory; see STORES' figures in docs for when to choose it. */
export class LmdbEngine implements Engine {
  readonly #env: RootDatabase<Buffer, string>
  readonly #marker: CrashMarker
  readonly #tables = new Map<string, LmdbTable>()
  readonly #writing = new Set<Promise<unknown>>()
  readonly #room: LmdbRoom

  /** Opens the environment in that directory, or makes it. Finishes before it returns. @throws {DiskFullError} */
  constructor(directory: string) {
    try {
      this.#marker = new CrashMarker(directory)
      this.#marker.open()
      mkdirSync(directory, { recursive: true })
      LmdbRoom.prepareLock(directory, FILE)
      this.#env = open<Buffer, string>({ ...OPTIONS, path: path.join(directory, FILE) })
    } catch (error) {
      throw diskFullOr(error, directory)
    }
    this.#room = new LmdbRoom(directory, FILE, () => this.#sizes(), (bytes) => this.#grow(bytes))
  }

  #sizes(): LmdbSizes {
    this.#env.resetReadTxn()
    const { pageSize, lastPageNumber, mapSize } = this.#env.getStats() as unknown as Stats
    return { pageSize, used: (lastPageNumber + 1) * pageSize, mapped: mapSize }
  }

  /** A row of that size, which goes at once. */
  async #grow(bytes: number): Promise<void> {
    const { db } = this.table(GROWTH_TABLE) as LmdbTable
    await db.put('', Buffer.alloc(bytes))
    await db.remove('')
  }

  table(name: string): EngineTable {
    let table = this.#tables.get(name)
    if (table === undefined) {
      this.#room.takeLittle()
      table = new LmdbTable(name, this.#env.openDB<Buffer, string>({ ...TABLE_OPTIONS, name }))
      this.#tables.set(name, table)
    }
    return table
  }

  batch(): EngineBatch {
    return new LmdbBatch(this.#writing, this.#room)
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#writing)
    await this.#env.close()
    this.#marker.close()
  }
}
