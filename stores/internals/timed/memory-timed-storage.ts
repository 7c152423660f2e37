import { MemoryTimedRows } from '../../engines/memory-timed.ts'
import type { WindowedStoreSupplier } from '../../store-suppliers.ts'
import type { RowBytes } from '../row-codec.ts'
import type { TimedOrder } from './timed-order.ts'

/** Rows in memory leave in eighths of the retention, those of sessions, which are asked for together, in halves. */
const WINDOW_BUCKETS = 8
const SESSION_BUCKETS = 2

/** Joins and sliding windows ask for rows of about the size of a window: these are not to be in many buckets. */
const bucketMsFor = (supplier: WindowedStoreSupplier): number => {
  const { retentionMs } = supplier
  if ('windowSizeMs' in supplier) return Math.max(1, Math.ceil(retentionMs / WINDOW_BUCKETS), Number(supplier.windowSizeMs))
  return Math.max(1, Math.ceil(retentionMs / SESSION_BUCKETS))
}

/** Empty rows in memory for a windowed store. */
export const memoryRowsFor = <R>(supplier: WindowedStoreSupplier, order: TimedOrder, codec: RowBytes<R>): MemoryTimedRows<R> => {
  return new MemoryTimedRows(order, bucketMsFor(supplier), codec.columns)
}
