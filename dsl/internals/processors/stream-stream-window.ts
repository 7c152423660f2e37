import type { Processor, ProcessorContext, Record } from '../../../topology/api.ts'
import type { WindowStore } from '../../../stores/window-store.ts'

/** Keeps the records of one side of a join for those of the other side that are still to come. */
export class JoinWindowProcessor<K, V> implements Processor<K, V> {
  readonly #storeName: string
  #context!: ProcessorContext
  #store!: WindowStore<K, V>

  constructor(storeName: string) {
    this.#storeName = storeName
  }

  init(context: ProcessorContext): void {
    this.#context = context
    this.#store = context.getStateStore<WindowStore<K, V>>(this.#storeName)
  }

  /** Joined first, kept afterwards, so that a stream joined with itself finds each record once. */
  process(record: Record<K, V>): void {
    this.#context.forward(record)
    if (record.key !== undefined) this.#store.put(record.key, record.value, record.timestamp)
  }
}
