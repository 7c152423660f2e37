/**
 * The port to persistent storage: ordered maps of bytes (tables) in one environment per task, with atomic batches over all
 * tables. Keys are latin1 strings, one character a byte, whose `<` is unsigned byte order. Reads are synchronous.
 */
export interface Engine {
  /** The table of that name, made when it is not there. */
  table(name: string): EngineTable
  batch(): EngineBatch
  /** True when batches may be made and written while others are; when one fails, so do those that were made before that was known. */
  readonly takesBatchesAhead?: boolean
  /** Waits for running writes. */
  close(): Promise<void>
}

export interface EngineTable {
  readonly name: string
  /** The bytes under that key. Valid only until the next call to the engine: the buffer may be reused. */
  get(key: string): Buffer | undefined
  /** Rows from `from` up to, not including, `end` (undefined: to the last one); from the end down when `reverse`. */
  range(from: string, end: string | undefined, reverse: boolean): EngineCursor
  /** Exact for small tables, an estimate otherwise. */
  approximateCount(): number
}

export interface EngineCursor {
  /** Moves to the next row; false behind the last one, and then the cursor is closed. */
  next(): boolean
  readonly key: string
  /** Valid until the next call to the engine. */
  readonly value: Buffer
  close(): void
}

/**
 * Changes that become durable together or not at all, also when the process is killed at any moment. A batch is made, filled and
 * written in one turn of the event loop.
 */
export interface EngineBatch {
  /** Keeps a reference to `value` until the write is done. */
  put(table: EngineTable, key: string, value: Buffer): void
  delete(table: EngineTable, key: string): void
  /** Removes what the table holds, before the other changes of the batch; for rows that are not needed any more. */
  clear(table: EngineTable): void
  /** Resolves when the process may die without losing the batch. Batches written one after another keep their order. */
  write(): Promise<void>
}

/** The engines that keep their rows in files. */
export type PersistentEngineName = 'leveldb' | 'lmdb'
