import type { StoreBuilder } from '../../topology/api.ts'
import type { NamedStore } from './materialized.ts'
import type { GeneratedNames } from './explicit-naming.ts'
import type { LogicalPlan } from './plan.ts'
import type { DslStoreFormat, DslStoreSuppliers } from '../dsl-store-suppliers.ts'
import type { DslStoreType } from '../store-type.ts'

/** What all operators of one builder share. */
export interface BuildContext {
  readonly plan: LogicalPlan
  readonly generated: GeneratedNames
  /** The builder of a table's store; the same object each time it is asked for the same store. */
  tableStore<K, V>(store: NamedStore<K, V>): StoreBuilder
  /**
   * Where stores without a supplier of their own are kept. Ask it when a node is written: only then is the whole
   * configuration known.
   */
  storeSuppliers(chosen?: DslStoreType | DslStoreSuppliers): DslStoreSuppliers
  /** Likewise to be asked when a node is written. */
  storeFormat(): DslStoreFormat
}
