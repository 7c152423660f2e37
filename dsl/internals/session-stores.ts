import { TopologyError } from '../../lib/core/errors.ts'
import type { SessionStoreSupplier } from '../../stores/store-suppliers.ts'
import { Stores } from '../../stores/stores.ts'
import type { StoreBuilder } from '../../topology/api.ts'
import type { EmitStrategy, SessionWindows } from '../windows.ts'
import type { BuildContext } from './build-context.ts'
import type { NamedStore } from './materialized.ts'
import { withLogAndCache } from './windowed-stores.ts'

/** The store of an aggregation in sessions. */
export type NamedSessionStore<K, V> = NamedStore<K, V, SessionStoreSupplier>

const retentionOf = ({ inactivityGap, gracePeriodMs }: SessionWindows, { storeName, retentionMs }: NamedSessionStore<never, never>): number => {
  if (retentionMs !== undefined && retentionMs < 0) throw new TopologyError(`Retention must not be negative. Got: ${retentionMs} ms for store ${storeName}`)
  const least = inactivityGap + gracePeriodMs
  const retention = retentionMs ?? least
  if (retention >= least) return retention
  throw new TopologyError(
    `The retention period of the session store ${storeName} must be no smaller than the session inactivity gap plus the grace period. ` +
      `Got gap=[${inactivityGap}], grace=[${gracePeriodMs}], retention=[${retention}]`,
  )
}

/**
 * Checks that the sessions fit the store, and answers what makes its builder; see windowStoreFor.
 * @throws {TopologyError} when sessions would be forgotten while records may still join them
 */
export const sessionStoreFor = <K, V>(
  store: NamedSessionStore<K, V>,
  windows: SessionWindows,
  emitStrategy: EmitStrategy,
  build: Pick<BuildContext, 'storeSuppliers' | 'storeFormat'>,
): (() => StoreBuilder) => {
  const retentionPeriod = retentionOf(windows, store as NamedSessionStore<never, never>)
  return () => {
    const storeFormat = build.storeFormat()
    const supplier = store.supplier
      ?? build.storeSuppliers(store.storeType).sessionStore({ name: store.storeName, retentionPeriod, emitStrategy, storeFormat })
    // As for tables of keys: sessions in memory have no form with headers.
    const hasHeaders = storeFormat === 'HEADERS' && supplier.engine !== 'memory'
    const make = hasHeaders ? Stores.sessionStoreWithHeadersBuilder : Stores.sessionStoreBuilder
    // Sessions that are sent when they close are read from the store at every record: a cache would be in the way.
    const caching = store.caching && emitStrategy.type === 'on-window-update'
    return withLogAndCache<StoreBuilder>(make(supplier, store.keySerde, store.valueSerde), store, caching)
  }
}
