import type { PersistentEngineName } from './engines/engine.ts'

/** Where a key-value store keeps its rows. */
export type KeyValueEngine =
  /** In memory; restored from the changelog after every start. */
  | 'memory'
  /** In memory, the most recently used rows only. */
  | 'lru'
  | PersistentEngineName

/** What `Stores.inMemoryKeyValueStore` and its sisters return: a choice of storage, for a builder or the DSL's `Materialized`. */
export interface KeyValueStoreSupplier {
  readonly name: string
  readonly engine: KeyValueEngine
  /** Rows at most; for `lru` only. */
  readonly maxEntries?: number | undefined
}
