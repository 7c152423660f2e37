import type { Processor, ProcessorContext, Record } from '../../../topology/api.ts'
import type { Aggregator, Initializer, Reducer } from '../../functions.ts'
import type { ChangeSerde } from '../changed-serde.ts'
import type { Change } from './change.ts'
import { TableStore } from './table-store.ts'
import { nullKey } from './table-regroup.ts'

/** How the rows of a group make its aggregate. */
export interface GroupStep<K, V, VA> {
  /** The aggregate without a row. */
  remove(key: K, value: V, aggregate: VA): VA | undefined
  /** The aggregate with one more row; `aggregate` is undefined for an empty group. */
  add(key: K, value: V, aggregate: VA | undefined): VA | undefined
}

export const aggregateStep = <K, V, VA>(
  initializer: Initializer<VA>,
  adder: Aggregator<K, V, VA>,
  subtractor: Aggregator<K, V, VA>,
): GroupStep<K, V, VA> => ({
  remove: (key, value, aggregate) => subtractor(key, value, aggregate) ?? undefined,
  add: (key, value, aggregate) => adder(key, value, aggregate === undefined ? initializer() : aggregate) ?? undefined,
})

export const reduceStep = <K, V>(adder: Reducer<V>, subtractor: Reducer<V>): GroupStep<K, V, V> => ({
  remove: (_key, value, aggregate) => subtractor(aggregate, value) ?? undefined,
  add: (_key, value, aggregate) => (aggregate === undefined ? value : (adder(aggregate, value) ?? undefined)),
})

export interface TableAggregation<K, V, VA> {
  readonly storeName: string
  readonly sendOldValues: boolean
  readonly step: GroupStep<K, V, VA>
  /** The serde of the records that come in. */
  readonly change: ChangeSerde<V>
}

/** Aggregates a grouped table: takes the old row out of its group, then puts the new one in. */
export class TableAggregateProcessor<K, V, VA> implements Processor<K, Change<V>, K, Change<VA>> {
  readonly #aggregation: TableAggregation<K, V, VA>
  readonly #step: GroupStep<K, V, VA>
  #store!: TableStore<K, VA>

  constructor(aggregation: TableAggregation<K, V, VA>) {
    this.#aggregation = aggregation
    this.#step = aggregation.step
  }

  init(context: ProcessorContext): void {
    const { storeName, sendOldValues, change } = this.#aggregation
    change.useDefault(context)
    this.#store = new TableStore(context, storeName, sendOldValues)
  }

  process(record: Record<K, Change<V>>): void {
    const { key, value: change } = record
    if (key === undefined) throw nullKey(`a table's aggregation with state ${this.#aggregation.storeName}`)
    const row = this.#store.get(key)
    const before = row?.value
    const without = change.oldValue !== undefined && before !== undefined ? this.#step.remove(key, change.oldValue, before) : before
    const after = change.newValue === undefined ? without : this.#step.add(key, change.newValue, without)
    this.#store.update(record, after, before, row === undefined ? record.timestamp : Math.max(record.timestamp, row.timestamp))
  }
}
