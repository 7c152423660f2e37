import type { ProcessingContext, Processor, ProcessorContext, Record, ValueAndTimestamp } from '../../../topology/api.ts'
import { Change } from './change.ts'
import type { TableProcessorSupplier, TableView, ValueGetter, ValueGetterSupplier } from './table.ts'
import { TableStore, storeView } from './table-store.ts'

/** The row that a row of the parent table becomes; undefined for none. Never called for a deleted row. */
export type RowMapper<K, V, VR> = (value: V, key: K) => VR | undefined

export interface DerivedTableOptions {
  /** The store the user asked for; without one rows are computed from the parent's when they are looked up. */
  readonly storeName: string | undefined
  readonly isFilter: boolean
  /** Updates that change nothing downstream (neither before nor after is there a row) are dropped: what filters do. */
  readonly skipsEmptyChanges: boolean
}

/** A table whose rows are each made from one row of another: `filter` and `mapValues`. */
export class DerivedTable<K, V, VR> implements TableProcessorSupplier<K, Change<V>, K, VR> {
  readonly #parent: TableView<K, V>
  readonly #mapper: RowMapper<K, V, VR>
  readonly #options: DerivedTableOptions
  #sendOldValues = false

  constructor(parent: TableView<K, V>, mapper: RowMapper<K, V, VR>, options: DerivedTableOptions) {
    this.#parent = parent
    this.#mapper = mapper
    this.#options = options
    // With old values at hand (where that costs no further store) a filter need not pass on deletions of rows it never let through.
    if (options.isFilter) this.#sendOldValues = parent.enableSendingOldValues(false)
  }

  get(): Processor<K, Change<V>, K, Change<VR>> {
    return new DerivedTableProcessor(this.#mapper, this.#options, this.#sendOldValues)
  }

  view(): ValueGetterSupplier<K, VR> {
    const { storeName } = this.#options
    if (storeName !== undefined) return storeView(storeName)
    const parent = this.#parent.valueGetterSupplier()
    return { get: () => new DerivedValueGetter(parent.get(), this.#mapper), storeNames: parent.storeNames }
  }

  enableSendingOldValues(forceMaterialization: boolean): boolean {
    if (this.#options.storeName !== undefined || this.#parent.enableSendingOldValues(forceMaterialization)) this.#sendOldValues = true
    return this.#sendOldValues
  }
}

class DerivedTableProcessor<K, V, VR> implements Processor<K, Change<V>> {
  readonly #mapper: RowMapper<K, V, VR>
  readonly #options: DerivedTableOptions
  readonly #sendOldValues: boolean
  #context!: ProcessorContext
  #store: TableStore<K, VR> | undefined

  constructor(mapper: RowMapper<K, V, VR>, options: DerivedTableOptions, sendOldValues: boolean) {
    this.#mapper = mapper
    this.#options = options
    this.#sendOldValues = sendOldValues
  }

  init(context: ProcessorContext): void {
    this.#context = context
    const { storeName } = this.#options
    if (storeName !== undefined) this.#store = new TableStore(context, storeName, this.#sendOldValues)
  }

  process(record: Record<K, Change<V>>): void {
    const { key, value: change } = record
    const newValue = this.#map(key, change.newValue)
    const oldValue = this.#sendOldValues ? this.#oldValue(key, change) : undefined
    if (this.#options.skipsEmptyChanges && this.#sendOldValues && oldValue === undefined && newValue === undefined) return
    if (this.#store === undefined) this.#context.forward(record.withValue(new Change(newValue, oldValue, change.isLatest)))
    else this.#store.update(record, newValue, oldValue, record.timestamp)
  }

  #oldValue(key: K, change: Change<V>): VR | undefined {
    return this.#store === undefined ? this.#map(key, change.oldValue) : this.#store.get(key)?.value
  }

  #map(key: K, value: V | undefined): VR | undefined {
    return value === undefined ? undefined : (this.#mapper(value, key) ?? undefined)
  }
}

class DerivedValueGetter<K, V, VR> implements ValueGetter<K, VR> {
  readonly #parent: ValueGetter<K, V>
  readonly #mapper: RowMapper<K, V, VR>

  constructor(parent: ValueGetter<K, V>, mapper: RowMapper<K, V, VR>) {
    this.#parent = parent
    this.#mapper = mapper
  }

  init(context: ProcessingContext): void {
    this.#parent.init(context)
  }

  get isVersioned(): boolean {
    return this.#parent.isVersioned === true
  }

  get(key: K): ValueAndTimestamp<VR> | undefined {
    return this.#derived(key, this.#parent.get(key))
  }

  getAsOf(key: K, timestamp: number): ValueAndTimestamp<VR> | undefined {
    return this.#derived(key, this.#parent.getAsOf!(key, timestamp))
  }

  #derived(key: K, row: ValueAndTimestamp<V> | undefined): ValueAndTimestamp<VR> | undefined {
    if (row === undefined) return undefined
    const value = this.#mapper(row.value, key)
    return value == null ? undefined : { value, timestamp: row.timestamp }
  }
}
