import type { ProcessingContext, Processor, ProcessorSupplier, ValueAndTimestamp } from '../../../topology/api.ts'
import type { Change } from './change.ts'

/** Looks up rows of a table, in its store or by computing them from the table it is derived from. */
export interface ValueGetter<K, V> {
  init(context: ProcessingContext): void
  get(key: K): ValueAndTimestamp<V> | undefined
  /** True, once `init` was called, for a table that can say what a row was at an earlier time. */
  readonly isVersioned?: boolean
  /** The row as of that time. To be called only where `isVersioned` is true. */
  getAsOf?(key: K, timestamp: number): ValueAndTimestamp<V> | undefined
}

/** The row that a record of that time meets: in versioned tables the one that held then, in others the one of now. */
export const rowAsOf = <K, V>(getter: ValueGetter<K, V>, key: K, timestamp: number): ValueAndTimestamp<V> | undefined =>
  getter.isVersioned === true ? getter.getAsOf!(key, timestamp) : getter.get(key)

export interface ValueGetterSupplier<K, V> {
  get(): ValueGetter<K, V>
  /** The stores it looks into: who uses it has to be connected to them. */
  readonly storeNames: readonly string[]
}

/** A table as the operators on it see it. */
export interface TableView<K, V> {
  /** Asking makes a table that is not derived from another one keep its rows in a store. */
  valueGetterSupplier(): ValueGetterSupplier<K, V>
  /**
   * Asks that updates carry the value they replace. Without `forceMaterialization` only if that needs no further store;
   * false when it does.
   */
  enableSendingOldValues(forceMaterialization: boolean): boolean
}

/** Makes a table's processors, and says how its rows are looked up. */
export interface TableProcessorSupplier<KIn, VIn, K, V> extends ProcessorSupplier<KIn, VIn, K, Change<V>> {
  get(): Processor<KIn, VIn, K, Change<V>>
  view(): ValueGetterSupplier<K, V>
  enableSendingOldValues(forceMaterialization: boolean): boolean
}
