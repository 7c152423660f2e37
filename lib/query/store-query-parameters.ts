import type { StateStore } from '../../topology/api.ts'
import { InvalidStateStoreError } from '../core/errors.ts'
import type { QueryableStoreType, StoreProvider } from './queryable-store-types.ts'

/** Which store to query, and how. */
export interface StoreQueryParameters<T> {
  readonly storeName: string
  readonly type: QueryableStoreType<T>
  /** Only this partition's store. Default: all partitions that this instance has. */
  readonly partition?: number | undefined
  /** Also standbys, and stores that are still being restored: they may be behind. Default false. */
  readonly staleStores?: boolean | undefined
}

/** {@link StoreQueryParameters} made step by step, as in Java; an object of that shape does as well. */
class NamedStoreQuery<T> implements StoreQueryParameters<T> {
  readonly storeName: string
  readonly type: QueryableStoreType<T>
  readonly partition: number | undefined
  readonly staleStores: boolean

  constructor({ storeName, type, partition, staleStores = false }: StoreQueryParameters<T>) {
    this.storeName = storeName
    this.type = type
    this.partition = partition
    this.staleStores = staleStores
  }

  /** Only this partition's store. */
  withPartition(partition: number): NamedStoreQuery<T> {
    return new NamedStoreQuery<T>({ ...this, partition })
  }

  /** Also standbys, and stores that are still being restored: they may be behind. */
  enableStaleStores(): NamedStoreQuery<T> {
    return new NamedStoreQuery<T>({ ...this, staleStores: true })
  }
}

export const StoreQueryParameters = {
  fromNameAndType: <T>(storeName: string, type: QueryableStoreType<T>): NamedStoreQuery<T> => new NamedStoreQuery<T>({ storeName, type }),
}

/** A store of one local task. */
export interface LocalStore {
  readonly store: StateStore
  /** -1 for global stores. */
  readonly partition: number
}

/** Makes the query handle; it asks `find` for the local stores again with every call. */
export const queryStore = <T>(
  { storeName, type, partition }: StoreQueryParameters<T>,
  find: (storeName: string) => readonly LocalStore[],
): T => {
  const provider: StoreProvider = {
    stores() {
      const found = find(storeName).filter((local) => partition === undefined || local.partition === partition || local.partition === -1)
      if (found.length === 0) {
        const which = partition === undefined ? `the store ${storeName}` : `partition ${partition} of the store ${storeName}`
        throw new InvalidStateStoreError(`${which} is not on this instance: it may have moved to another one, see queryMetadataForKey`)
      }
      return found.map((local) => local.store)
    },
  }
  for (const found of provider.stores()) {
    if (!type.accepts(found)) {
      throw new InvalidStateStoreError(`the store ${storeName} cannot be read as ${type.name}: it is another kind of store`)
    }
  }
  return type.create(provider, storeName)
}
