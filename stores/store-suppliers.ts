import type { PersistentEngineName } from './engines/engine.ts'

/** Where a key-value store keeps its rows. */
export type KeyValueEngine =
  /** In memory; restored from the changelog after every start. */
  | 'memory'
  /** In memory, the most recently used rows only. */
  | 'lru'
  | PersistentEngineName

/**
 * What rows in files can hold: values, with their timestamps, or with headers too. A store of more than that forgets the rest when
 * rows leave the cache, as in Java: timestamps are -1 then, and headers none.
 */
export type RowFormat = 'plain' | 'timestamped' | 'headers'

/** What `Stores.inMemoryKeyValueStore` and its sisters return: a choice of storage, for a builder or the DSL's `Materialized`. */
export interface KeyValueStoreSupplier {
  readonly name: string
  readonly engine: KeyValueEngine
  /** Rows at most; for `lru` only. */
  readonly maxEntries?: number | undefined
  /** For rows in files. Default: whatever the store needs. */
  readonly rowFormat?: RowFormat | undefined
  /** Never there: so that storage of windows, sessions or versions is not taken for this. */
  readonly retentionMs?: undefined
  readonly historyRetentionMs?: undefined
}

/** Where a versioned store keeps its rows: in memory, or in files. */
export type VersionedEngine = 'memory' | 'lmdb'

/** What `Stores.persistentVersionedKeyValueStore` returns. */
export interface VersionedStoreSupplier {
  readonly name: string
  readonly engine: VersionedEngine
  /** How long a version stays readable after a newer one has taken its place, ms, counted from the newest timestamp. */
  readonly historyRetentionMs: number
  /** Old versions are kept in segments of that length, ms, and leave with their segment. */
  readonly segmentIntervalMs: number
  /** Never there: so that it is not taken for storage of windows. */
  readonly retentionMs?: undefined
}

/** Storage for a table of the DSL. */
export type TableStoreSupplier = KeyValueStoreSupplier | VersionedStoreSupplier

/** Where a window or session store keeps its rows: in memory, or in files, in segments of time. */
export type WindowedEngine = 'memory' | 'lmdb'

/** What storage of windows and of sessions has in common. */
export interface WindowedStoreSupplier {
  readonly name: string
  readonly engine: WindowedEngine
  /** How long rows are kept, ms, counted from the newest row. */
  readonly retentionMs: number
  /**
   * In files: rows of several keys come by time and not by key, as they do in memory. For windows that are sent when they close.
   * Default false.
   */
  readonly timeOrdered?: boolean | undefined
  /** For rows in files. Default: whatever the store needs. */
  readonly rowFormat?: RowFormat | undefined
  /** Never there: so that storage of versions is not taken for this. */
  readonly historyRetentionMs?: undefined
}

/** What `Stores.inMemoryWindowStore` and its sisters return. */
export interface WindowStoreSupplier extends WindowedStoreSupplier {
  /** ms */
  readonly windowSizeMs: number
  /** Whether several rows of one key and window start are kept, as joins need; default false. */
  readonly retainDuplicates?: boolean | undefined
}

/** What `Stores.inMemorySessionStore` and its sisters return. */
export interface SessionStoreSupplier extends WindowedStoreSupplier {
  /** Never there: so that storage of windows is not taken for this. */
  readonly windowSizeMs?: undefined
}
