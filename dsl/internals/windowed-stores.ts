import { TopologyError } from '../../lib/core/errors.ts'
import type { WindowStoreSupplier } from '../../stores/store-suppliers.ts'
import { Stores } from '../../stores/stores.ts'
import type { StoreBuilder } from '../../topology/api.ts'
import type { EmitStrategy, Windows } from '../windows.ts'
import { SlidingWindows } from '../windows.ts'
import type { BuildContext } from './build-context.ts'
import type { NamedStore } from './materialized.ts'

/** The store of an aggregation in windows of time. */
export type NamedWindowStore<K, V> = NamedStore<K, V, WindowStoreSupplier>

type WithLogAndCache = Pick<NamedStore<never, never>, 'logging' | 'logConfig'>

/** Sets a builder's changelog and cache as the description says. `caching` may be less than the user asked for. */
export const withLogAndCache = <B extends StoreBuilder>(builder: B, { logging, logConfig }: WithLogAndCache, caching: boolean): B => {
  if (logging) builder.withLoggingEnabled(logConfig)
  else builder.withLoggingDisabled()
  if (caching) builder.withCachingEnabled()
  else builder.withCachingDisabled()
  return builder
}

/** What is longer than any time stands for Java's largest long. */
export const asJavaLong = (ms: number): string => (ms >= Number.MAX_SAFE_INTEGER ? '9223372036854775807' : String(ms))

/** How long a store of sliding windows has to keep rows: the window before a record may be needed for the one behind it. */
const slidingRetention = ({ timeDifferenceMs, gracePeriodMs }: SlidingWindows): number => 2 * timeDifferenceMs + gracePeriodMs

const retentionOf = (windows: Windows | SlidingWindows, store: NamedWindowStore<never, never>): number => {
  const { storeName, retentionMs } = store
  if (retentionMs !== undefined && retentionMs < 0) throw new TopologyError(`Retention must not be negative. Got: ${retentionMs} ms for store ${storeName}`)
  const isSliding = windows instanceof SlidingWindows
  const least = isSliding ? slidingRetention(windows) : Math.min(windows.size + windows.gracePeriodMs, Number.MAX_SAFE_INTEGER)
  const retention = retentionMs ?? least
  if (retention >= least) return retention
  const needed = isSliding
    ? `2 * time difference plus the grace period. Got time difference=[${windows.timeDifferenceMs}]`
    : `its window size plus the grace period. Got size=[${asJavaLong(windows.size)}]`
  throw new TopologyError(
    `The retention period of the window store ${storeName} must be no smaller than ${needed}, grace=[${windows.gracePeriodMs}], retention=[${retention}]`,
  )
}

/** The length of a window as its store has it, ms. */
export const windowSizeOf = (windows: Windows | SlidingWindows): number =>
  windows instanceof SlidingWindows ? windows.timeDifferenceMs : windows.size

/**
 * Checks that the windows fit the store, and answers what makes its builder. That is to be called when the aggregation is
 * written to the topology: only then is it known where stores are kept.
 * @throws {TopologyError} when rows would leave before their window closes
 */
export const windowStoreFor = <K, V>(
  store: NamedWindowStore<K, V>,
  windows: Windows | SlidingWindows,
  emitStrategy: EmitStrategy,
  build: Pick<BuildContext, 'storeSuppliers' | 'storeFormat'>,
): (() => StoreBuilder) => {
  const retentionPeriod = retentionOf(windows, store as NamedWindowStore<never, never>)
  const isSlidingWindow = windows instanceof SlidingWindows
  return () => {
    const dslStoreFormat = build.storeFormat()
    const supplier = store.supplier ?? build.storeSuppliers(store.storeType).windowStore({
      name: store.storeName,
      retentionPeriod,
      windowSize: windowSizeOf(windows),
      retainDuplicates: false,
      emitStrategy,
      isSlidingWindow,
      dslStoreFormat,
    })
    // As for tables of keys: windows in memory have no form with headers.
    const hasHeaders = dslStoreFormat === 'HEADERS' && supplier.engine !== 'memory'
    const make = hasHeaders ? Stores.timestampedWindowStoreWithHeadersBuilder : Stores.timestampedWindowStoreBuilder
    // Sliding windows that are sent when they close are read from the store at every record: a cache would be in the way.
    const caching = store.caching && !(isSlidingWindow && emitStrategy.type === 'on-window-close')
    return withLogAndCache(make(supplier, store.keySerde, store.valueSerde), store, caching)
  }
}
