import { ConfigError } from '../lib/core/errors.ts'
import type { KeyValueStoreSupplier, SessionStoreSupplier, WindowStoreSupplier } from '../stores/store-suppliers.ts'
import { Stores } from '../stores/stores.ts'
import type { DslStoreType } from './store-type.ts'
import type { EmitStrategy } from './windows.ts'

/** Whether rows in files have room for headers beside value and timestamp (KIP-1271): the configured `dsl.store.format`. */
export type DslStoreFormat = 'DEFAULT' | 'HEADERS'

/** What a store of a table is to be. */
export interface DslKeyValueParams {
  /** Of the store; the supplier has to bear it. */
  readonly name: string
  readonly dslStoreFormat: DslStoreFormat
}

/** What a store of windows is to be: of an aggregation, or of one side of a join. */
export interface DslWindowParams {
  /** Of the store; the supplier has to bear it. */
  readonly name: string
  /** How long rows have to be kept, ms. */
  readonly retentionPeriod: number
  /** ms */
  readonly windowSize: number
  /** True for joins: several rows of one key and time. */
  readonly retainDuplicates: boolean
  /** On close: rows are read by time, of all keys. */
  readonly emitStrategy: EmitStrategy
  /** True for windows of `SlidingWindows`, which are read backward too. */
  readonly isSlidingWindow: boolean
  readonly dslStoreFormat: DslStoreFormat
}

/** What a store of sessions is to be. */
export interface DslSessionParams {
  /** Of the store; the supplier has to bear it. */
  readonly name: string
  /** How long sessions have to be kept after their end, ms. */
  readonly retentionPeriod: number
  /** On close: sessions are read by their ends, of all keys. */
  readonly emitStrategy: EmitStrategy
  readonly storeFormat: DslStoreFormat
}

/** Where the DSL keeps its state, for stores that are given by name or by nothing at all (KIP-591, KIP-954). */
export interface DslStoreSuppliers {
  /** For tables, and what joins keep that is not in windows. */
  keyValueStore(params: DslKeyValueParams): KeyValueStoreSupplier
  /** For aggregations in windows of time, and the two sides of joins of streams. */
  windowStore(params: DslWindowParams): WindowStoreSupplier
  /** For sessions. */
  sessionStore(params: DslSessionParams): SessionStoreSupplier
  /** Called with the whole configuration, by dotted names, when a class was configured in `dsl.store.suppliers.class`. */
  configure?(config: Readonly<Record<string, unknown>>): void
}

const inMemory: DslStoreSuppliers = {
  keyValueStore: ({ name }) => Stores.inMemoryKeyValueStore(name),
  windowStore: ({ name, retentionPeriod, windowSize, retainDuplicates }) =>
    Stores.inMemoryWindowStore(name, retentionPeriod, windowSize, retainDuplicates),
  sessionStore: ({ name, retentionPeriod }) => Stores.inMemorySessionStore(name, retentionPeriod),
}

const onDisk: DslStoreSuppliers = {
  keyValueStore: ({ name, dslStoreFormat }) =>
    dslStoreFormat === 'HEADERS' ? Stores.persistentTimestampedKeyValueStoreWithHeaders(name) : Stores.persistentTimestampedKeyValueStore(name),
  windowStore({ name, retentionPeriod, windowSize, retainDuplicates, emitStrategy, dslStoreFormat }) {
    const make = dslStoreFormat === 'HEADERS' ? Stores.persistentTimestampedWindowStoreWithHeaders : Stores.persistentTimestampedWindowStore
    return { ...make(name, retentionPeriod, windowSize, retainDuplicates), timeOrdered: emitStrategy.type === 'on-window-close' }
  },
  sessionStore({ name, retentionPeriod, emitStrategy, storeFormat }) {
    const make = storeFormat === 'HEADERS' ? Stores.persistentSessionStoreWithHeaders : Stores.persistentSessionStore
    return { ...make(name, retentionPeriod), timeOrdered: emitStrategy.type === 'on-window-close' }
  },
}

/** The two choices that come with the library, by the names of `default.dsl.store`. */
export const BuiltInDslStoreSuppliers: Readonly<Record<DslStoreType, DslStoreSuppliers>> = { in_memory: inMemory, rocksDB: onDisk }

const isSuppliers = (value: unknown): value is DslStoreSuppliers => {
  const { keyValueStore, windowStore, sessionStore } = (value ?? {}) as Partial<DslStoreSuppliers>
  return [keyValueStore, windowStore, sessionStore].every((member) => typeof member === 'function')
}

/** Java's classes, as files of Java's name them. */
const byJavaClass: Readonly<Record<string, DslStoreSuppliers>> = {
  'org.apache.kafka.streams.state.BuiltInDslStoreSuppliers$RocksDBDslStoreSuppliers': onDisk,
  'org.apache.kafka.streams.state.BuiltInDslStoreSuppliers$InMemoryDslStoreSuppliers': inMemory,
}

/**
 * What `dsl.store.suppliers.class` says: suppliers, a class of them, or the name of one of Java's two. Undefined where it says nothing.
 * @throws {ConfigError} for anything else
 */
export const configuredSuppliers = (value: unknown, config: Readonly<Record<string, unknown>>): DslStoreSuppliers | undefined => {
  if (value === undefined) return undefined
  if (typeof value === 'string' && Object.hasOwn(byJavaClass, value)) return byJavaClass[value]
  const suppliers: unknown = typeof value === 'function' ? new (value as new () => unknown)() : value
  if (!isSuppliers(suppliers)) {
    throw new ConfigError(
      `Invalid value ${String(value)} for configuration dsl.store.suppliers.class: it takes an object or a class with keyValueStore, windowStore and sessionStore`,
    )
  }
  if (typeof value === 'function') suppliers.configure?.(config)
  return suppliers
}
