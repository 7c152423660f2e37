import type { Processor, ProcessorContext, Record } from '../../../topology/api.ts'
import type { Change } from './change.ts'

/** Of each update only the new value goes on. */
export class NewValueProcessor<K, V> implements Processor<K, Change<V>> {
  #context!: ProcessorContext

  init(context: ProcessorContext): void {
    this.#context = context
  }

  process(record: Record<K, Change<V>>): void {
    this.#context.forward(record.withValue(record.value.newValue))
  }
}
