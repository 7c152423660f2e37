import type { StateStoreContext } from '../../../topology/api.ts'
import { openEngine } from '../../engines/open-engine.ts'
import type { VersionedStoreSupplier } from '../../store-suppliers.ts'
import type { StoreStorage } from '../metered-store.ts'
import type { Slots } from '../slots.ts'
import { BufferedVersionCells } from './buffered-version-cells.ts'
import { MemoryVersionCells } from './version-cells.ts'
import type { VersionCells } from './version-cells.ts'
import { VersionHistory } from './version-history.ts'

/** The lowest layer of a versioned store. */
export interface VersionedStorage<S> extends StoreStorage {
  readonly history: VersionHistory<S>
}

const historyOf = <S>(cells: VersionCells<S>, supplier: VersionedStoreSupplier): VersionHistory<S> =>
  new VersionHistory(cells, supplier.historyRetentionMs, supplier.segmentIntervalMs)

const persistentStorage = async <S>(
  supplier: VersionedStoreSupplier, slots: Slots<unknown, S>, context: StateStoreContext,
): Promise<VersionedStorage<S>> => {
  const lease = await openEngine('lmdb', context.stateDir)
  const { name, historyRetentionMs, segmentIntervalMs } = supplier
  const cells = new BufferedVersionCells<S>(lease.engine, name, slots, historyRetentionMs, segmentIntervalMs)
  return {
    history: historyOf(cells, supplier),
    get wantsCommit() {
      return cells.wantsCommit
    },
    commit: (offsets) => cells.commit(offsets),
    committedOffset: (partition) => cells.committedOffset(partition),
    async close() {
      await cells.close()
      await lease.release()
    },
  }
}

/** Opens the storage of a versioned store; at once when it is in memory, as it is under the test driver. */
export const openVersionedStorage = <S>(
  supplier: VersionedStoreSupplier, slots: Slots<unknown, S>, context: StateStoreContext,
): VersionedStorage<S> | Promise<VersionedStorage<S>> => {
  if (supplier.engine !== 'memory' && !context.ephemeral) return persistentStorage(supplier, slots, context)
  return {
    history: historyOf(new MemoryVersionCells<S>(), supplier),
    wantsCommit: false,
    commit: () => {},
    committedOffset: () => undefined,
    close: () => {},
  }
}
