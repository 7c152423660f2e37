import { Record } from '../../../topology/api.ts'
import type { ValueAndTimestamp } from '../../../topology/api.ts'
import { Change } from './change.ts'
import type { DslContext } from './context.ts'

/** Sends what leaves the cache of a table's store downstream, as changes. */
export const flushListener = <K, V>(context: DslContext) =>
  (key: K, newRow: ValueAndTimestamp<V> | undefined, oldRow: ValueAndTimestamp<V> | undefined, timestamp: number): void => {
    const change = new Change(newRow?.value, oldRow?.value, true)
    context.forward(new Record(key, change, newRow?.timestamp ?? timestamp, context.currentHeaders))
  }
