/** The kind of store that the DSL makes: in memory, or on disk with Java's name for it. */
export type DslStoreType = 'in_memory' | 'rocksDB'
