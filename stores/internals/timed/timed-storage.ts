import { openEngine } from '../../engines/open-engine.ts'
import type { WindowedStoreSupplier, WindowStoreSupplier } from '../../store-suppliers.ts'
import type { RowBytes } from '../row-codec.ts'
import type { InternalStoreContext } from '../store-context.ts'
import { FileTimedRows } from './file-timed-rows.ts'
import { memoryRowsFor } from './memory-timed-storage.ts'
import { RetainedTimedRows } from './retained-timed-rows.ts'
import { Retention } from './retention.ts'
import { RowsByTime } from './rows-by-time.ts'
import type { TimedKeys } from './timed-key.ts'
import { orderByEndAndStart, orderBySegment, orderByTime, segmentMsFor } from './timed-order.ts'
import type { TimedOrder } from './timed-order.ts'
import type { TimedRows } from './timed-rows.ts'

/** The lowest layer of a windowed store with what belongs to its life; see RowStorage. */
export interface TimedStorage<R> {
  readonly rows: TimedRows<R>
  readonly order: TimedOrder
  /** When it is opened no row in it is of a later time. */
  readonly newestTime: number
  readonly wantsCommit: boolean
  restore(key: string, time: number, minor: number, row: R | undefined): void
  commit(offsets: ReadonlyMap<string, number>): void | Promise<void>
  committedOffset(partition: string): number | undefined
  close(): void | Promise<void>
}

const restoreInto = <R>(rows: RetainedTimedRows<R>, context: InternalStoreContext): TimedStorage<R>['restore'] =>
  (key, time, minor, row) => rows.restore(key, time, minor, row, context.streamTime)

type OnDropped = () => void

/** Rows of a store in files that are remembered; see RecentRows. */
const GENERATION_ROWS = 100_000

const retainsDuplicates = (supplier: WindowedStoreSupplier): boolean => (supplier as WindowStoreSupplier).retainDuplicates === true

const isWindowStore = (supplier: WindowedStoreSupplier): boolean => 'windowSizeMs' in supplier

const retentionFor = (supplier: WindowedStoreSupplier): Retention => {
  const { engine, retentionMs } = supplier
  if (engine === 'memory') return new Retention(retentionMs, 1)
  return new Retention(retentionMs, segmentMsFor(retentionMs), supplier.timeOrdered === true && isWindowStore(supplier) ? 1 : 0)
}

/** Sessions are also asked for by their ends, all keys together. */
const withTimes = <R>(rows: TimedRows<R>, supplier: WindowedStoreSupplier, keys: TimedKeys): TimedRows<R> => {
  if (isWindowStore(supplier)) return rows
  const order = supplier.engine === 'memory' ? orderByTime(true) : orderByEndAndStart
  return new RowsByTime(rows, keys, order, supplier.retentionMs + segmentMsFor(supplier.retentionMs))
}

const memoryStorage = <R>(
  supplier: WindowedStoreSupplier, keys: TimedKeys, order: TimedOrder, codec: RowBytes<R>, context: InternalStoreContext, onDropped: OnDropped,
): TimedStorage<R> => {
  const ignoresDeletes = supplier.engine !== 'memory' && retainsDuplicates(supplier)
  const memory = memoryRowsFor(supplier, order, codec)
  const onMoved = (oldest: number): void => memory.expireBefore(oldest)
  const rows = new RetainedTimedRows(withTimes(memory, supplier, keys), retentionFor(supplier), onMoved, onDropped, ignoresDeletes)
  return {
    rows,
    order,
    newestTime: -1,
    wantsCommit: false,
    restore: restoreInto(rows, context),
    commit: () => {},
    committedOffset: () => undefined,
    close: () => {},
  }
}

const persistentStorage = async <R>(
  supplier: WindowedStoreSupplier, keys: TimedKeys, codec: RowBytes<R>, context: InternalStoreContext, onDropped: OnDropped,
): Promise<TimedStorage<R>> => {
  const { name: storeName, retentionMs } = supplier
  const segmentMs = segmentMsFor(retentionMs)
  const lease = await openEngine('lmdb', context.stateDir)
  const retention = retentionFor(supplier)
  const isJoin = retainsDuplicates(supplier)
  const files = new FileTimedRows<R>(lease.engine, {
    storeName,
    segmentMs,
    retentionMs,
    generationRows: GENERATION_ROWS,
    oldestKept: () => retention.oldestKept,
    // The rows of other stores may also be asked for by their time, as long as they are there.
    oldestRead: () => (isJoin ? Math.max(retention.oldestRead, retention.oldestKept) : retention.oldestKept),
  }, codec, keys)
  const rows = new RetainedTimedRows(withTimes(files, supplier, keys), retention, () => {}, onDropped, isJoin)
  return {
    rows,
    order: orderBySegment(segmentMs, keys),
    newestTime: files.newestStored,
    get wantsCommit() {
      return files.wantsCommit
    },
    restore: restoreInto(rows, context),
    commit: (offsets) => files.commit(offsets),
    committedOffset: (partition) => files.committedOffset(partition),
    async close() {
      await files.close()
      await lease.release()
    },
  }
}

/** The order of a store in files. */
const fileOrder = (supplier: WindowedStoreSupplier, keys: TimedKeys): TimedOrder => {
  if (supplier.timeOrdered !== true) return orderBySegment(segmentMsFor(supplier.retentionMs), keys)
  return isWindowStore(supplier) ? orderByTime(false) : orderByEndAndStart
}

/**
 * Opens the storage of a window or session store; at once when it is in memory, as all of it is under the test driver (then in
 * the order of a store in files). `laterMinorFirst`: see orderByTime.
 */
export const openTimedStorage = <R>(
  supplier: WindowedStoreSupplier, keys: TimedKeys, laterMinorFirst: boolean, codec: RowBytes<R>, context: InternalStoreContext,
): TimedStorage<R> | Promise<TimedStorage<R>> => {
  const onDropped = (): void => context.recordDropped?.(`expired row of store ${supplier.name}`)
  if (supplier.engine === 'memory') return memoryStorage(supplier, keys, orderByTime(laterMinorFirst), codec, context, onDropped)
  if (context.ephemeral) return memoryStorage(supplier, keys, fileOrder(supplier, keys), codec, context, onDropped)
  return persistentStorage(supplier, keys, codec, context, onDropped)
}
