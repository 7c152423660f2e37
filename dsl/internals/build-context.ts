import type { StoreBuilder } from '../../topology/api.ts'
import type { NamedStore } from './materialized.ts'
import type { GeneratedNames } from './explicit-naming.ts'
import type { LogicalPlan } from './plan.ts'

/** What all operators of one builder share. */
export interface BuildContext {
  readonly plan: LogicalPlan
  readonly generated: GeneratedNames
  /** The builder of a table's store; the same object each time it is asked for the same store. */
  tableStore<K, V>(store: NamedStore<K, V>): StoreBuilder
}
