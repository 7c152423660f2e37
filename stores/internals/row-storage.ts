import { KeyPlaces } from '../engines/key-places.ts'
import { MemoryRows } from '../engines/memory.ts'
import { openEngine } from '../engines/open-engine.ts'
import type { StateStoreContext } from '../../topology/api.ts'
import type { KeyValueStoreSupplier } from '../store-suppliers.ts'
import { BufferedRows } from './buffered-rows.ts'
import { LruRows } from './lru-rows.ts'
import type { RestoredBytes } from './restored-rows.ts'
import type { RowBytes } from './row-codec.ts'
import type { Rows } from './rows.ts'
import type { ChangelogAppender, InternalStoreContext } from './store-context.ts'

/** The lowest layer of a store with what belongs to its life: restore, commit, close. */
export interface RowStorage<R> {
  readonly rows: Rows<R>
  readonly wantsCommit: boolean
  /** One change from the changelog; undefined deletes. */
  restore(key: string, row: R | undefined): void
  /** The same of a row whose bytes in the engine are known; undefined where the store needs the row itself. */
  restoreBytes?(key: string, value: Buffer | undefined, timestamp: number, write: RestoredBytes): void
  commit(offsets: ReadonlyMap<string, number>): void | Promise<void>
  committedOffset(partition: string): number | undefined
  close(): void | Promise<void>
}

const replace = <R>(rows: Rows<R>, key: string, row: R | undefined): void => {
  if (row === undefined) rows.delete(key)
  else rows.put(key, row)
}

const memoryStorage = <R>(rows: Rows<R>): RowStorage<R> => ({
  rows,
  wantsCommit: false,
  restore: (key, row) => replace(rows, key, row),
  commit: () => {},
  committedOffset: () => undefined,
  close: () => {},
})

/** Rows that had to make room are deleted from the changelog too, unless it is the changelog that brought them. */
const lruStorage = <R>(maxEntries: number, context: InternalStoreContext, changelog: ChangelogAppender | undefined): RowStorage<R> => {
  let isRestoring = false
  const rows = new LruRows<R>(maxEntries, (key) => {
    if (!isRestoring) changelog?.append(key, undefined, context.currentTimestamp)
  })
  return {
    ...memoryStorage(rows),
    restore(key, row) {
      isRestoring = true
      replace(rows, key, row)
      isRestoring = false
    },
  }
}

const persistentStorage = async <R>(
  engine: 'leveldb' | 'lmdb', name: string, codec: RowBytes<R>, context: StateStoreContext,
): Promise<RowStorage<R>> => {
  const lease = await openEngine(engine, context.stateDir)
  const rows = new BufferedRows<R>(lease.engine, name, codec)
  return {
    rows,
    get wantsCommit() {
      return rows.wantsCommit
    },
    restore: (key, row) => replace(rows, key, row),
    restoreBytes: (key, value, timestamp, write) => rows.restore(key, value, timestamp, write),
    commit: (offsets) => rows.commit(offsets),
    committedOffset: (partition) => rows.committedOffset(partition),
    async close() {
      await rows.close()
      await lease.release()
    },
  }
}

const placesByTask = new WeakMap<StateStoreContext, KeyPlaces>()

/** What the stores of one task share. */
const placesOf = (context: StateStoreContext): KeyPlaces => {
  let places = placesByTask.get(context)
  if (places === undefined) {
    places = new KeyPlaces()
    placesByTask.set(context, places)
  }
  return places
}

/** Opens the storage of a key-value store; at once when it is in memory, as all of it is under the test driver. */
export const openStorage = <R>(
  supplier: KeyValueStoreSupplier, codec: RowBytes<R>, context: StateStoreContext, changelog: ChangelogAppender | undefined,
): RowStorage<R> | Promise<RowStorage<R>> => {
  const { engine, name } = supplier
  if (engine === 'lru') return lruStorage(supplier.maxEntries ?? Infinity, context as InternalStoreContext, changelog)
  if (engine === 'memory' || context.ephemeral) return memoryStorage(codec.memoryRows?.(placesOf(context)) ?? new MemoryRows<R>())
  return persistentStorage(engine, name, codec, context)
}
