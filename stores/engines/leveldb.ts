import { mkdir } from 'node:fs/promises'
import { Level } from 'level'
import type { Engine, EngineBatch, EngineCursor, EngineTable } from './engine.ts'
import { diskFullOr } from './disk-full-error.ts'
import { count, forget, scan } from './leveldb-scanner.ts'
import type { ScannedRow } from './leveldb-scanner.ts'

type Db = Level<Buffer, Buffer>

/** Measured: STORES rule 9. `multithreading` lets the scanner's worker read the same database. */
const OPTIONS = {
  keyEncoding: 'buffer',
  valueEncoding: 'buffer',
  compression: false,
  cacheSize: 64 * 1024 * 1024,
  writeBufferSize: 4 * 1024 * 1024,
  multithreading: true,
} as const

/** Rows of the first page of a scan, and of the largest: most ranges are short. */
const FIRST_PAGE = 32
const LARGEST_PAGE = 4096
const COUNTED_ROWS = 10_000

/** The rows of one table have its name and a zero byte in front of their keys. */
class LevelTable implements EngineTable {
  readonly name: string
  readonly #db: Db
  readonly #prefix: string
  readonly #prefixEnd: Buffer

  constructor(name: string, db: Db) {
    this.name = name
    this.#db = db
    this.#prefix = `${name}\0`
    this.#prefixEnd = Buffer.from(`${name}\x01`, 'latin1')
  }

  get bounds(): { gte: Buffer, lt: Buffer } {
    return { gte: this.engineKey(''), lt: this.#prefixEnd }
  }

  engineKey(key: string): Buffer {
    return Buffer.from(this.#prefix + key, 'latin1')
  }

  get(key: string): Buffer | undefined {
    return this.#db.getSync(this.engineKey(key))
  }

  range(from: string, end: string | undefined, reverse: boolean): EngineCursor {
    const low = this.engineKey(from)
    const high = end === undefined ? this.#prefixEnd : this.engineKey(end)
    return new LevelCursor(this.#db.location, this.#prefix.length, low, high, reverse)
  }

  approximateCount(): number {
    return count({ location: this.#db.location, ...this.bounds, reverse: false, limit: COUNTED_ROWS })
  }
}

/** LevelDB has no synchronous iterator, so pages of rows come from a worker. */
class LevelCursor implements EngineCursor {
  key = ''
  value: Buffer = Buffer.alloc(0)
  readonly #location: string
  readonly #prefixLength: number
  #low: Buffer
  #high: Buffer
  readonly #reverse: boolean
  #page: readonly ScannedRow[] = []
  #position = 0
  #limit = FIRST_PAGE
  #isLastPage = false

  constructor(location: string, prefixLength: number, low: Buffer, high: Buffer, reverse: boolean) {
    this.#location = location
    this.#prefixLength = prefixLength
    this.#low = low
    this.#high = high
    this.#reverse = reverse
  }

  next(): boolean {
    if (this.#position === this.#page.length && !this.#nextPage()) return false
    const row = this.#page[this.#position++]!
    this.key = row.key.latin1Slice(this.#prefixLength)
    this.value = row.value
    return true
  }

  #nextPage(): boolean {
    if (this.#isLastPage || Buffer.compare(this.#low, this.#high) >= 0) return false
    this.#page = scan({ location: this.#location, gte: this.#low, lt: this.#high, reverse: this.#reverse, limit: this.#limit })
    this.#position = 0
    this.#isLastPage = this.#page.length < this.#limit
    this.#limit = Math.min(LARGEST_PAGE, this.#limit * 4)
    const last = this.#page.at(-1)
    if (last === undefined) return false
    if (this.#reverse) this.#high = last.key
    else this.#low = Buffer.concat([last.key, Buffer.of(0)])
    return true
  }

  close(): void {
    this.#isLastPage = true
    this.#page = []
    this.#position = 0
  }
}

class LevelBatch implements EngineBatch {
  readonly #batch: ReturnType<Db['batch']>
  readonly #db: Db
  readonly #cleared: LevelTable[] = []
  readonly #enqueue: (write: () => Promise<void>) => Promise<void>

  constructor(db: Db, enqueue: (write: () => Promise<void>) => Promise<void>) {
    this.#db = db
    this.#batch = db.batch()
    this.#enqueue = enqueue
  }

  put(table: LevelTable, key: string, value: Buffer): void {
    this.#batch.put(table.engineKey(key), value)
  }

  delete(table: LevelTable, key: string): void {
    this.#batch.del(table.engineKey(key))
  }

  clear(table: LevelTable): void {
    this.#cleared.push(table)
  }

  write(): Promise<void> {
    return this.#enqueue(async () => {
      try {
        for (const table of this.#cleared) await this.#db.clear(table.bounds)
        await this.#batch.write()
      } catch (error) {
        throw diskFullOr(error, this.#db.location)
      }
    })
  }
}

/** LevelDB: fast under scattered writes to millions of keys; ranges are slow, through a worker. */
export class LevelEngine implements Engine {
  readonly #db: Db
  readonly takesBatchesAhead = true
  #writing: Promise<void> = Promise.resolve()
  #failures = 0
  #lastFailure: unknown

  private constructor(db: Db) {
    this.#db = db
  }

  /** Opens the database in that directory, or makes it. */
  static async open(directory: string): Promise<LevelEngine> {
    await mkdir(directory, { recursive: true })
    const db = new Level<Buffer, Buffer>(directory, OPTIONS)
    await db.open().catch((error: unknown) => Promise.reject(diskFullOr(error, directory) as Error))
    return new LevelEngine(db)
  }

  table(name: string): EngineTable {
    return new LevelTable(name, this.#db)
  }

  batch(): EngineBatch {
    const failures = this.#failures
    return new LevelBatch(this.#db, (write) => {
      // In order: LevelDB works on batches in several threads.
      const written = this.#writing.then(() => {
        // it rests on one that failed since
        if (failures !== this.#failures) throw this.#lastFailure
        return write()
      })
      this.#writing = written.catch((error: unknown) => {
        this.#failures++
        this.#lastFailure = error
      })
      return written
    })
  }

  async close(): Promise<void> {
    await this.#writing
    forget(this.#db.location)
    await this.#db.close()
  }
}
