import { TopologyError } from '../../lib/core/errors.ts'
import type { Serde } from '../../lib/serdes/serde.ts'
import { Serdes } from '../../lib/serdes/serdes.ts'
import type { WindowStoreSupplier } from '../../stores/store-suppliers.ts'
import type { Windowed } from '../../stores/windowed.ts'
import type { StoreBuilder } from '../../topology/api.ts'
import type { WindowedStore } from '../options.ts'
import type { EmitStrategy, Windows } from '../windows.ts'
import { SlidingWindows, TimeWindows } from '../windows.ts'
import type { BuildContext } from './build-context.ts'
import { materialize } from './materialized.ts'
import { AggregateSupplier } from './processors/aggregate-supplier.ts'
import { SlidingAggregateProcessor } from './processors/sliding-aggregate.ts'
import type { Aggregating } from './processors/window-aggregate.ts'
import { WindowAggregateProcessor } from './processors/window-aggregate.ts'
import type { WindowUpdates } from './processors/window-table-store.ts'
import { windowStoreView } from './processors/window-table-store.ts'
import type { StreamParts } from './stream-parts.ts'
import type { NamedWindowStore } from './windowed-stores.ts'
import { windowSizeOf, windowStoreFor } from './windowed-stores.ts'

export interface TimeWindowedTableOptions<K, VA> {
  readonly build: BuildContext
  readonly windows: Windows | SlidingWindows
  readonly emitStrategy: EmitStrategy
  readonly store: WindowedStore<K, VA> | undefined
  /** Of nodes and stores without a name. */
  readonly prefix: string
  /** Serdes where the description of the store names none. */
  readonly key: StreamParts<K, VA>['key']
  readonly value: StreamParts<K, VA>['value']
}

/** @throws {TopologyError} for windows whose closing cannot be told */
const checkEmission = (windows: Windows | SlidingWindows, { type }: EmitStrategy): void => {
  if (type === 'on-window-update' || windows instanceof TimeWindows || windows instanceof SlidingWindows) return
  throw new TopologyError('ON_WINDOW_CLOSE strategy is only supported for TimeWindows and SlidingWindows for TimeWindowedKStream')
}

/**
 * What an aggregation in windows of time consists of beside its nodes, whether it has one stream or several: the store, and
 * for each stream the processors that fill it. Making one uses up the number of a store that has no name.
 */
export class TimeWindowedTable<K, VA> {
  readonly store: NamedWindowStore<K, VA>
  /** Of the table's keys; undefined when the serde of the plain keys is not known. */
  readonly keySerde: Serde<Windowed<K>> | undefined
  /** The builder of the store; to be called once, when the first node is written. */
  readonly storeBuilder: () => StoreBuilder
  readonly #windows: Windows | SlidingWindows
  readonly #emitStrategy: EmitStrategy

  constructor({ build, windows, emitStrategy, store, prefix, key, value }: TimeWindowedTableOptions<K, VA>) {
    checkEmission(windows, emitStrategy)
    this.store = materialize<K, VA, WindowStoreSupplier>(store, build, prefix).withDefaults(key, value)
    this.keySerde = this.store.keySerde && Serdes.timeWindowed(this.store.keySerde, windowSizeOf(windows))
    this.storeBuilder = windowStoreFor(this.store, windows, emitStrategy, build)
    this.#windows = windows
    this.#emitStrategy = emitStrategy
  }

  /** The processors of one stream. */
  supplier<V>(how: Aggregating<K, V, VA>): AggregateSupplier<K, V, Windowed<K>, VA> {
    const windows = this.#windows
    const emits = this.#emitStrategy.type
    const make = (storeName: string, sendOldValues: boolean) => {
      const updates: WindowUpdates = { storeName, emits, sendOldValues }
      return windows instanceof SlidingWindows
        ? new SlidingAggregateProcessor(windows, updates, how)
        : new WindowAggregateProcessor(windows, updates, how)
    }
    return new AggregateSupplier<K, V, Windowed<K>, VA>(this.store.storeName, make, windowStoreView)
  }
}
