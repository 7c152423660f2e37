import type { ProcessingContext, Processor, ProcessorContext, Record, ValueAndTimestamp } from '../../../topology/api.ts'
import type { ValueTransformerWithKey, ValueTransformerWithKeySupplier } from '../../functions.ts'
import { Change } from './change.ts'
import type { TableProcessorSupplier, TableView, ValueGetter, ValueGetterSupplier } from './table.ts'
import { TableStore, storeView } from './table-store.ts'

type Supplier<K, V, VR> = ValueTransformerWithKeySupplier<K, V, VR>
type Transformer<K, V, VR> = ValueTransformerWithKey<K, V, VR>

/** A table whose rows come from a stateful transformer, which sees deletions too. */
export class TransformedTable<K, V, VR> implements TableProcessorSupplier<K, Change<V>, K, VR> {
  readonly #parent: TableView<K, V>
  readonly #supplier: Supplier<K, V, VR>
  readonly #storeName: string | undefined
  #sendOldValues = false

  constructor(parent: TableView<K, V>, supplier: Supplier<K, V, VR>, storeName: string | undefined) {
    this.#parent = parent
    this.#supplier = supplier
    this.#storeName = storeName
  }

  get stores(): Supplier<K, V, VR>['stores'] {
    return this.#supplier.stores
  }

  get(): Processor<K, Change<V>, K, Change<VR>> {
    return new TransformValuesProcessor(this.#supplier.get(), this.#storeName, this.#sendOldValues)
  }

  view(): ValueGetterSupplier<K, VR> {
    if (this.#storeName !== undefined) return storeView(this.#storeName)
    const parent = this.#parent.valueGetterSupplier()
    return { get: () => new TransformedValueGetter(parent.get(), this.#supplier.get()), storeNames: parent.storeNames }
  }

  enableSendingOldValues(forceMaterialization: boolean): boolean {
    if (this.#storeName !== undefined || this.#parent.enableSendingOldValues(forceMaterialization)) this.#sendOldValues = true
    return this.#sendOldValues
  }
}

class TransformValuesProcessor<K, V, VR> implements Processor<K, Change<V>> {
  readonly #transformer: Transformer<K, V, VR>
  readonly #storeName: string | undefined
  readonly #sendOldValues: boolean
  #context!: ProcessorContext
  #store: TableStore<K, VR> | undefined

  constructor(transformer: Transformer<K, V, VR>, storeName: string | undefined, sendOldValues: boolean) {
    this.#transformer = transformer
    this.#storeName = storeName
    this.#sendOldValues = sendOldValues
  }

  init(context: ProcessorContext): void {
    this.#context = context
    if (this.#storeName !== undefined) this.#store = new TableStore(context, this.#storeName, this.#sendOldValues)
    this.#transformer.init?.(context)
  }

  process(record: Record<K, Change<V>>): void {
    const { key, value: change } = record
    const newValue = this.#transformer.transform(key, change.newValue) ?? undefined
    if (this.#store === undefined) {
      const oldValue = this.#sendOldValues ? (this.#transformer.transform(key, change.oldValue) ?? undefined) : undefined
      this.#context.forward(record.withValue(new Change(newValue, oldValue, change.isLatest)))
    } else {
      const oldValue = this.#sendOldValues ? this.#store.get(key)?.value : undefined
      this.#store.update(record, newValue, oldValue, record.timestamp)
    }
  }

  close(): void {
    this.#transformer.close?.()
  }
}

/** A lookup has a transformer of its own, and asks it also where the parent has no row. */
class TransformedValueGetter<K, V, VR> implements ValueGetter<K, VR> {
  readonly #parent: ValueGetter<K, V>
  readonly #transformer: Transformer<K, V, VR>

  constructor(parent: ValueGetter<K, V>, transformer: Transformer<K, V, VR>) {
    this.#parent = parent
    this.#transformer = transformer
  }

  init(context: ProcessingContext): void {
    this.#parent.init(context)
    this.#transformer.init?.(context)
  }

  get isVersioned(): boolean {
    return this.#parent.isVersioned === true
  }

  get(key: K): ValueAndTimestamp<VR> | undefined {
    return this.#transformed(key, this.#parent.get(key))
  }

  getAsOf(key: K, timestamp: number): ValueAndTimestamp<VR> | undefined {
    return this.#transformed(key, this.#parent.getAsOf!(key, timestamp))
  }

  #transformed(key: K, row: ValueAndTimestamp<V> | undefined): ValueAndTimestamp<VR> | undefined {
    const value = this.#transformer.transform(key, row?.value)
    return value == null ? undefined : { value, timestamp: row?.timestamp ?? -1 }
  }
}
