import type { Record } from '../../../topology/api.ts'
import type { Processor, ProcessorContext } from '../../../topology/api.ts'
import { Change } from './change.ts'
import type { DslContext } from './context.ts'
import { dslContext } from './context.ts'
import { TableStore, storeView } from './table-store.ts'
import type { TableProcessorSupplier, ValueGetterSupplier } from './table.ts'

/** Turns records of a topic, or of a stream, into updates of a table. It has a store only if something needs one. */
export class TableSource<K, V> implements TableProcessorSupplier<K, V, K, V> {
  readonly storeName: string
  #isMaterialized: boolean
  #sendOldValues = false

  /** `isQueryable`: the user named the store, so there has to be one. */
  constructor(storeName: string, isQueryable: boolean) {
    this.storeName = storeName
    this.#isMaterialized = isQueryable
  }

  get isMaterialized(): boolean {
    return this.#isMaterialized
  }

  get(): Processor<K, V, K, Change<V>> {
    return this.#isMaterialized ? new StoringSource<K, V>(this.storeName, this.#sendOldValues) : new PlainSource<K, V>()
  }

  view(): ValueGetterSupplier<K, V> {
    this.#isMaterialized = true
    return storeView(this.storeName)
  }

  enableSendingOldValues(forceMaterialization: boolean): boolean {
    if (!forceMaterialization && !this.#isMaterialized) return false
    this.#isMaterialized = true
    this.#sendOldValues = true
    return true
  }
}

class PlainSource<K, V> implements Processor<K, V> {
  #context!: DslContext

  init(context: ProcessorContext): void {
    this.#context = dslContext(context)
  }

  process(record: Record<K, V>): void {
    if (record.key === undefined) this.#context.recordDropped('null key')
    else this.#context.forward(record.withValue(new Change(record.value, undefined, true)))
  }
}

class StoringSource<K, V> implements Processor<K, V> {
  readonly #storeName: string
  readonly #sendOldValues: boolean
  #context!: DslContext
  #store!: TableStore<K, V>

  constructor(storeName: string, sendOldValues: boolean) {
    this.#storeName = storeName
    this.#sendOldValues = sendOldValues
  }

  init(context: ProcessorContext): void {
    this.#context = dslContext(context)
    this.#store = new TableStore(context, this.#storeName, this.#sendOldValues)
  }

  /** Updates are applied in the order in which they come, whatever their timestamps. */
  process(record: Record<K, V>): void {
    if (record.key === undefined) {
      this.#context.recordDropped('null key')
      return
    }
    const oldValue = this.#sendOldValues ? this.#store.get(record.key)?.value : undefined
    this.#store.update(record, record.value, oldValue, record.timestamp)
  }
}
