import type { Processor, ProcessorContext, Record } from '../../../topology/api.ts'
import { Change } from './change.ts'
import type { TableProcessorSupplier, ValueGetterSupplier } from './table.ts'
import { TableStore, storeView } from './table-store.ts'

/** A side of the join, as far as the merge is concerned. */
export interface MergedSide<K, VR> {
  view(): ValueGetterSupplier<K, VR>
  enableSendingOldValues(): boolean
}

/** Where both sides of a join of two tables come together to be one table. */
export class TableJoinMerge<K, VR> implements TableProcessorSupplier<K, Change<VR>, K, VR> {
  readonly #thisSide: MergedSide<K, VR>
  readonly #otherSide: MergedSide<K, VR>
  readonly #storeName: string | undefined
  #sendOldValues = false

  constructor(thisSide: MergedSide<K, VR>, otherSide: MergedSide<K, VR>, storeName: string | undefined) {
    this.#thisSide = thisSide
    this.#otherSide = otherSide
    this.#storeName = storeName
  }

  get(): Processor<K, Change<VR>, K, Change<VR>> {
    return new MergeProcessor(this.#storeName, this.#sendOldValues)
  }

  view(): ValueGetterSupplier<K, VR> {
    if (this.#storeName !== undefined) return storeView(this.#storeName)
    const view = this.#thisSide.view()
    return { get: () => view.get(), storeNames: [...new Set([...view.storeNames, ...this.#otherSide.view().storeNames])] }
  }

  /** Both sides look into stores in any case, so old values cost no further one. */
  enableSendingOldValues(): boolean {
    this.#thisSide.enableSendingOldValues()
    this.#otherSide.enableSendingOldValues()
    this.#sendOldValues = true
    return true
  }
}

class MergeProcessor<K, VR> implements Processor<K, Change<VR>, K, Change<VR>> {
  readonly #storeName: string | undefined
  readonly #sendOldValues: boolean
  #context!: ProcessorContext
  #store: TableStore<K, VR> | undefined

  constructor(storeName: string | undefined, sendOldValues: boolean) {
    this.#storeName = storeName
    this.#sendOldValues = sendOldValues
  }

  init(context: ProcessorContext): void {
    this.#context = context
    if (this.#storeName !== undefined) this.#store = new TableStore(context, this.#storeName, this.#sendOldValues)
  }

  process(record: Record<K, Change<VR>>): void {
    const { newValue, oldValue, isLatest } = record.value
    if (this.#store !== undefined) this.#store.update(record, newValue, oldValue, record.timestamp)
    else if (this.#sendOldValues || oldValue === undefined) this.#context.forward(record)
    else this.#context.forward(record.withValue(new Change(newValue, undefined, isLatest)))
  }
}
