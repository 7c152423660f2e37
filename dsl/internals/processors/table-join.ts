import type { ProcessingContext, Processor, ProcessorContext, ValueAndTimestamp } from '../../../topology/api.ts'
import { Record } from '../../../topology/api.ts'
import type { ValueJoiner } from '../../functions.ts'
import { Change } from './change.ts'
import type { DslContext } from './context.ts'
import { dslContext } from './context.ts'
import type { TableProcessorSupplier, TableView, ValueGetter, ValueGetterSupplier } from './table.ts'

/** Which rows of a side come without a partner on the other: inner joins neither, left joins the left's, outer joins both. */
export interface JoinSides {
  /** Rows of the side whose updates are processed also count without a partner. */
  readonly keepsThis: boolean
  /** Rows of the other side also count without a partner. */
  readonly keepsOther: boolean
}

/** The joiner with the processed side first, whichever side of the join that is. */
export type SideJoiner<K, V, VO, VR> = ValueJoiner<K, V | undefined, VO | undefined, VR>

/** One side of a join of two tables: for each update of this side, looks the key up in the other. */
export class TableJoinSide<K, V, VO, VR> implements TableProcessorSupplier<K, Change<V>, K, VR> {
  readonly #thisTable: TableView<K, V>
  readonly #thisView: ValueGetterSupplier<K, V>
  readonly #otherView: ValueGetterSupplier<K, VO>
  readonly #joiner: SideJoiner<K, V, VO, VR>
  readonly #sides: JoinSides
  #sendOldValues = false

  constructor(thisTable: TableView<K, V>, otherTable: TableView<K, VO>, joiner: SideJoiner<K, V, VO, VR>, sides: JoinSides) {
    this.#thisTable = thisTable
    this.#thisView = thisTable.valueGetterSupplier()
    this.#otherView = otherTable.valueGetterSupplier()
    this.#joiner = joiner
    this.#sides = sides
  }

  get(): Processor<K, Change<V>, K, Change<VR>> {
    return new TableJoinProcessor(this.#otherView.get(), this.#joiner, this.#sides, this.#sendOldValues)
  }

  view(): ValueGetterSupplier<K, VR> {
    return {
      get: () => new JoinedValueGetter(this.#thisView.get(), this.#otherView.get(), this.#joiner, this.#sides),
      storeNames: [...new Set([...this.#thisView.storeNames, ...this.#otherView.storeNames])],
    }
  }

  enableSendingOldValues(): boolean {
    this.#thisTable.enableSendingOldValues(true)
    this.#sendOldValues = true
    return true
  }
}

class TableJoinProcessor<K, V, VO, VR> implements Processor<K, Change<V>, K, Change<VR>> {
  readonly #other: ValueGetter<K, VO>
  readonly #joiner: SideJoiner<K, V, VO, VR>
  readonly #sides: JoinSides
  readonly #sendOldValues: boolean
  #context!: DslContext

  constructor(other: ValueGetter<K, VO>, joiner: SideJoiner<K, V, VO, VR>, sides: JoinSides, sendOldValues: boolean) {
    this.#other = other
    this.#joiner = joiner
    this.#sides = sides
    this.#sendOldValues = sendOldValues
  }

  init(context: ProcessorContext): void {
    this.#context = dslContext(context)
    this.#other.init(context)
  }

  process(record: Record<K, Change<V>>): void {
    const { key, value: change } = record
    if (key === undefined) {
      this.#context.recordDropped('null key')
      return
    }
    // The result is not versioned: a row that held some time ago is no news for it.
    if (!change.isLatest) {
      this.#context.recordDropped('an update that is older than the latest version of its row')
      return
    }
    const row = this.#other.get(key)
    if (row === undefined && !this.#matters(change)) return
    const newValue = this.#join(key, change.newValue, row)
    const oldValue = this.#sendOldValues ? this.#join(key, change.oldValue, row) : undefined
    const timestamp = row === undefined ? record.timestamp : Math.max(record.timestamp, row.timestamp)
    this.#context.forward(new Record(key, new Change(newValue, oldValue, change.isLatest), timestamp, record.headers))
  }

  /** Whether an update without a partner can change the result. */
  #matters(change: Change<V>): boolean {
    return this.#sides.keepsThis && (change.newValue !== undefined || change.oldValue !== undefined)
  }

  #join(key: K, value: V | undefined, row: ValueAndTimestamp<VO> | undefined): VR | undefined {
    if (value === undefined && (row === undefined || !this.#sides.keepsOther)) return undefined
    return this.#joiner(value, row?.value, key) ?? undefined
  }
}

/** Computes joined rows from the rows of both sides. */
class JoinedValueGetter<K, V, VO, VR> implements ValueGetter<K, VR> {
  readonly #this: ValueGetter<K, V>
  readonly #other: ValueGetter<K, VO>
  readonly #joiner: SideJoiner<K, V, VO, VR>
  readonly #sides: JoinSides

  constructor(thisSide: ValueGetter<K, V>, other: ValueGetter<K, VO>, joiner: SideJoiner<K, V, VO, VR>, sides: JoinSides) {
    this.#this = thisSide
    this.#other = other
    this.#joiner = joiner
    this.#sides = sides
  }

  init(context: ProcessingContext): void {
    this.#this.init(context)
    this.#other.init(context)
  }

  get(key: K): ValueAndTimestamp<VR> | undefined {
    const row = this.#this.get(key)
    if (row === undefined && !this.#sides.keepsOther) return undefined
    const other = this.#other.get(key)
    if (other === undefined && (row === undefined || !this.#sides.keepsThis)) return undefined
    const value = this.#joiner(row?.value, other?.value, key)
    if (value == null) return undefined
    return { value, timestamp: Math.max(row?.timestamp ?? -1, other?.timestamp ?? -1) }
  }
}
