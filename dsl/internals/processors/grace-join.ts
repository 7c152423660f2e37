import type { Headers } from '../../../lib/core/headers.ts'
import type { GraceBuffer } from '../../../stores/internals/buffer/grace-buffer.ts'
import type { ProcessorContext } from '../../../topology/api.ts'
import { Record } from '../../../topology/api.ts'
import { notVersioned } from '../graph/grace-join-node.ts'
import { requireSerdes } from './serdes.ts'
import { StreamTableJoinProcessor } from './stream-table-join.ts'
import type { StreamTableJoin } from './stream-table-join.ts'
import { nullKey } from './table-regroup.ts'

export interface StreamTableGraceJoin<K, V, VT, VR> extends StreamTableJoin<K, V, K, VT, VR> {
  readonly storeName: string
  /** Which serdes the stream lacks, so that there have to be default ones. */
  readonly lacks: { readonly key: boolean; readonly value: boolean }
}

/** Joins records of a stream once stream time has passed them by the grace period; those that come later than that at once. */
export class GraceJoinProcessor<K, V, VT, VR> extends StreamTableJoinProcessor<K, V, K, VT, VR> {
  readonly #graceJoin: StreamTableGraceJoin<K, V, VT, VR>
  #buffer!: GraceBuffer<K, V>

  constructor(graceJoin: StreamTableGraceJoin<K, V, VT, VR>) {
    super(graceJoin)
    this.#graceJoin = graceJoin
  }

  override init(context: ProcessorContext): void {
    super.init(context)
    const { table, storeName, lacks } = this.#graceJoin
    if (table.isVersioned !== true) throw notVersioned()
    requireSerdes(context, lacks)
    this.#buffer = context.getStateStore<GraceBuffer<K, V>>(storeName)
  }

  protected override joinable(record: Record<K, V>, tableKey: K | undefined): void {
    if (tableKey === undefined) throw nullKey('a stream-table join with grace: key cannot be null.')
    if (this.#buffer.put(record.key, record.value, record.timestamp)) this.#buffer.emitDue(this.#emit)
    else this.join(record, tableKey)
  }

  readonly #emit = (key: K, value: V, timestamp: number, headers: Headers): void => {
    this.join(new Record(key, value, timestamp, headers), key)
  }
}
