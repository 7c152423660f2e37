import type { Processor, ProcessorContext, Record } from '../../../topology/api.ts'
import type { KeyValueMapper, ValueJoiner } from '../../functions.ts'
import type { DslContext } from './context.ts'
import { dslContext } from './context.ts'
import type { ValueGetter } from './table.ts'
import { rowAsOf } from './table.ts'

export interface StreamTableJoin<K, V, KT, VT, VR> {
  readonly table: ValueGetter<KT, VT>
  readonly joiner: ValueJoiner<K, V, VT | undefined, VR>
  /** The key in the table; undefined: the record's own. */
  readonly selector: KeyValueMapper<K, V, KT | undefined> | undefined
  readonly isLeft: boolean
}

/** Joins each record of a stream with the table's row as it is at that moment; of versioned tables as it was at the record's time. */
export class StreamTableJoinProcessor<K, V, KT, VT, VR> implements Processor<K, V> {
  readonly #join: StreamTableJoin<K, V, KT, VT, VR>
  #context!: DslContext

  constructor(join: StreamTableJoin<K, V, KT, VT, VR>) {
    this.#join = join
  }

  init(context: ProcessorContext): void {
    this.#context = dslContext(context)
    this.#join.table.init(context)
  }

  process(record: Record<K, V>): void {
    const { selector, isLeft } = this.#join
    const { key, value } = record
    const tableKey = selector === undefined ? (key as unknown as KT) : selector(key, value)
    if (value === undefined || (tableKey == null && !isLeft)) this.#context.recordDropped('null join key or value')
    else this.joinable(record, tableKey)
  }

  /** Gets each record that has what a join needs. */
  protected joinable(record: Record<K, V>, tableKey: KT | undefined): void {
    this.join(record, tableKey)
  }

  protected join(record: Record<K, V>, tableKey: KT | undefined): void {
    const { table, joiner, isLeft } = this.#join
    const row = tableKey == null ? undefined : rowAsOf(table, tableKey, record.timestamp)
    if (row === undefined && !isLeft) return
    this.#context.forward(record.withValue(joiner(record.value, row?.value, record.key) ?? undefined))
  }
}
