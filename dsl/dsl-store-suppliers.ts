import type { KeyValueStoreSupplier, SessionStoreSupplier, WindowStoreSupplier } from '../stores/store-suppliers.ts'
import { Stores } from '../stores/stores.ts'
import type { DslStoreType } from './store-type.ts'
import type { EmitStrategy } from './windows.ts'

/** Whether rows keep headers beside value and timestamp (KIP-1271): the configured `dsl.store.format`. */
export type DslStoreFormat = 'DEFAULT' | 'HEADERS'

export interface DslKeyValueParams {
  readonly name: string
  readonly dslStoreFormat: DslStoreFormat
}

export interface DslWindowParams {
  readonly name: string
  /** ms */
  readonly retentionPeriod: number
  /** ms */
  readonly windowSize: number
  readonly retainDuplicates: boolean
  readonly emitStrategy: EmitStrategy
  readonly isSlidingWindow: boolean
  readonly dslStoreFormat: DslStoreFormat
}

export interface DslSessionParams {
  readonly name: string
  /** ms */
  readonly retentionPeriod: number
  readonly emitStrategy: EmitStrategy
  readonly storeFormat: DslStoreFormat
}

/** Where the DSL keeps its state, for stores that are given by name or by nothing at all (KIP-591, KIP-954). */
export interface DslStoreSuppliers {
  keyValueStore(params: DslKeyValueParams): KeyValueStoreSupplier
  windowStore(params: DslWindowParams): WindowStoreSupplier
  sessionStore(params: DslSessionParams): SessionStoreSupplier
}

const inMemory: DslStoreSuppliers = {
  keyValueStore: ({ name }) => Stores.inMemoryKeyValueStore(name),
  windowStore: ({ name, retentionPeriod, windowSize, retainDuplicates }) =>
    Stores.inMemoryWindowStore(name, retentionPeriod, windowSize, retainDuplicates),
  sessionStore: ({ name, retentionPeriod }) => Stores.inMemorySessionStore(name, retentionPeriod),
}

const onDisk: DslStoreSuppliers = {
  keyValueStore: ({ name }) => Stores.persistentTimestampedKeyValueStore(name),
  windowStore({ name, retentionPeriod, windowSize, retainDuplicates, emitStrategy }) {
    const supplier = Stores.persistentTimestampedWindowStore(name, retentionPeriod, windowSize, retainDuplicates)
    return { ...supplier, timeOrdered: emitStrategy.type === 'on-window-close' }
  },
  sessionStore: ({ name, retentionPeriod, emitStrategy }) =>
    ({ ...Stores.persistentSessionStore(name, retentionPeriod), timeOrdered: emitStrategy.type === 'on-window-close' }),
}

/** The two choices that come with the library, by the names of `default.dsl.store`. */
export const BuiltInDslStoreSuppliers: Readonly<Record<DslStoreType, DslStoreSuppliers>> = { in_memory: inMemory, rocksDB: onDisk }
