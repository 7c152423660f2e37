import type { Processor, ProcessorContext, Record } from '../../../topology/api.ts'
import type { Aggregator, Initializer, Reducer } from '../../functions.ts'
import type { Change } from './change.ts'
import type { DslContext } from './context.ts'
import { dslContext } from './context.ts'
import { TableStore } from './table-store.ts'

/** One store that is updated record by record; records without a key or a value are dropped. */
abstract class StreamAggregation<K, V, VA> implements Processor<K, V, K, Change<VA>> {
  readonly #storeName: string
  readonly #sendOldValues: boolean
  #context!: DslContext
  protected store!: TableStore<K, VA>

  constructor(storeName: string, sendOldValues: boolean) {
    this.#storeName = storeName
    this.#sendOldValues = sendOldValues
  }

  init(context: ProcessorContext): void {
    this.#context = dslContext(context)
    this.store = new TableStore(context, this.#storeName, this.#sendOldValues)
  }

  process(record: Record<K, V>): void {
    if (record.key === undefined || record.value === undefined) this.#context.recordDropped('null key or value')
    else this.aggregate(record)
  }

  protected abstract aggregate(record: Record<K, V>): void
}

export class StreamAggregateProcessor<K, V, VA> extends StreamAggregation<K, V, VA> {
  readonly #initializer: Initializer<VA>
  readonly #aggregator: Aggregator<K, V, VA>

  constructor(storeName: string, sendOldValues: boolean, initializer: Initializer<VA>, aggregator: Aggregator<K, V, VA>) {
    super(storeName, sendOldValues)
    this.#initializer = initializer
    this.#aggregator = aggregator
  }

  protected aggregate(record: Record<K, V>): void {
    const { key, value, timestamp } = record
    const row = this.store.get(key)
    // As in Java, what the initializer gives counts as the old value of a new key.
    const before = row === undefined ? this.#initializer() : row.value
    const after = this.#aggregator(key, value, before) ?? undefined
    this.store.update(record, after, before ?? undefined, row === undefined ? timestamp : Math.max(timestamp, row.timestamp))
  }
}

export class StreamReduceProcessor<K, V> extends StreamAggregation<K, V, V> {
  readonly #reducer: Reducer<V>

  constructor(storeName: string, sendOldValues: boolean, reducer: Reducer<V>) {
    super(storeName, sendOldValues)
    this.#reducer = reducer
  }

  protected aggregate(record: Record<K, V>): void {
    const { key, value, timestamp } = record
    const row = this.store.get(key)
    if (row === undefined) this.store.update(record, value, undefined, timestamp)
    else this.store.update(record, this.#reducer(row.value, value) ?? undefined, row.value, Math.max(timestamp, row.timestamp))
  }
}
