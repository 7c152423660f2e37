import type { Processor } from '../../../topology/api.ts'
import type { Change } from './change.ts'
import type { TableProcessorSupplier, ValueGetterSupplier } from './table.ts'
import { storeView } from './table-store.ts'

/** The supplier of an aggregation: it always has a store, so it can always look rows up and send old values. */
export class AggregateSupplier<KIn, VIn, K, VA> implements TableProcessorSupplier<KIn, VIn, K, VA> {
  readonly storeName: string
  readonly #make: (storeName: string, sendOldValues: boolean) => Processor<KIn, VIn, K, Change<VA>>
  readonly #view: (storeName: string) => ValueGetterSupplier<K, VA>
  #sendOldValues = false

  /** `view` is for stores that are not looked up by key alone: of windows and sessions. */
  constructor(
    storeName: string,
    make: (storeName: string, sendOldValues: boolean) => Processor<KIn, VIn, K, Change<VA>>,
    view: (storeName: string) => ValueGetterSupplier<K, VA> = storeView,
  ) {
    this.storeName = storeName
    this.#make = make
    this.#view = view
  }

  get(): Processor<KIn, VIn, K, Change<VA>> {
    return this.#make(this.storeName, this.#sendOldValues)
  }

  view(): ValueGetterSupplier<K, VA> {
    return this.#view(this.storeName)
  }

  enableSendingOldValues(): boolean {
    this.#sendOldValues = true
    return true
  }
}
