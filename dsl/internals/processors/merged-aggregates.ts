import type { Processor, ProcessorContext, Record } from '../../../topology/api.ts'
import type { AggregateSupplier } from './aggregate-supplier.ts'
import type { Change } from './change.ts'
import type { TableProcessorSupplier, ValueGetterSupplier } from './table.ts'

/** Where the updates of several streams that fill one table come together: the table as it is seen from below. */
export class MergedAggregates<K, V> implements TableProcessorSupplier<K, Change<V>, K, V> {
  readonly #aggregates: readonly AggregateSupplier<never, never, K, V>[]

  constructor(aggregates: readonly AggregateSupplier<never, never, K, V>[]) {
    this.#aggregates = aggregates
  }

  get(): Processor<K, Change<V>, K, Change<V>> {
    return new PassThrough<K, V>()
  }

  /** All of them fill the same store. */
  view(): ValueGetterSupplier<K, V> {
    return (this.#aggregates[0] as AggregateSupplier<never, never, K, V>).view()
  }

  enableSendingOldValues(): boolean {
    for (const aggregate of this.#aggregates) aggregate.enableSendingOldValues()
    return true
  }
}

class PassThrough<K, V> implements Processor<K, Change<V>, K, Change<V>> {
  #context!: ProcessorContext<K, Change<V>>

  init(context: ProcessorContext<K, Change<V>>): void {
    this.#context = context
  }

  process(record: Record<K, Change<V>>): void {
    this.#context.forward(record)
  }
}
