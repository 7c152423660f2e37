import type { Serde } from '../../lib/serdes/serde.ts'
import { Serdes } from '../../lib/serdes/serdes.ts'
import type { SessionStoreSupplier } from '../../stores/store-suppliers.ts'
import type { Windowed } from '../../stores/windowed.ts'
import type { StoreBuilder } from '../../topology/api.ts'
import type { SessionedStore } from '../options.ts'
import type { EmitStrategy, SessionWindows } from '../windows.ts'
import type { BuildContext } from './build-context.ts'
import { materialize } from './materialized.ts'
import { AggregateSupplier } from './processors/aggregate-supplier.ts'
import type { SessionAggregating } from './processors/session-aggregate.ts'
import { SessionAggregateProcessor } from './processors/session-aggregate.ts'
import { sessionStoreView } from './processors/session-table-store.ts'
import type { NamedSessionStore } from './session-stores.ts'
import { sessionStoreFor } from './session-stores.ts'
import type { StreamParts } from './stream-parts.ts'

export interface SessionWindowedTableOptions<K, VA> {
  readonly build: BuildContext
  readonly windows: SessionWindows
  readonly emitStrategy: EmitStrategy
  readonly store: SessionedStore<K, VA> | undefined
  /** Of nodes and stores without a name. */
  readonly prefix: string
  /** Serdes where the description of the store names none. */
  readonly key: StreamParts<K, VA>['key']
  readonly value: StreamParts<K, VA>['value']
}

/** What an aggregation in sessions consists of beside its nodes; see TimeWindowedTable. */
export class SessionWindowedTable<K, VA> {
  readonly store: NamedSessionStore<K, VA>
  /** Of the table's keys; undefined when the serde of the plain keys is not known. */
  readonly keySerde: Serde<Windowed<K>> | undefined
  /** The builder of the store; to be called once, when the first node is written. */
  readonly storeBuilder: () => StoreBuilder
  /** How long after its end a session may still change, ms. */
  readonly graceMs: number
  readonly #windows: SessionWindows
  readonly #emitStrategy: EmitStrategy

  constructor({ build, windows, emitStrategy, store, prefix, key, value }: SessionWindowedTableOptions<K, VA>) {
    this.store = materialize<K, VA, SessionStoreSupplier>(store, build, prefix).withDefaults(key, value)
    this.keySerde = this.store.keySerde && Serdes.sessionWindowed(this.store.keySerde)
    this.storeBuilder = sessionStoreFor(this.store, windows, emitStrategy, build)
    this.graceMs = windows.inactivityGap + windows.gracePeriodMs
    this.#windows = windows
    this.#emitStrategy = emitStrategy
  }

  /** The processors of one stream. */
  supplier<V>(how: SessionAggregating<K, V, VA>): AggregateSupplier<K, V, Windowed<K>, VA> {
    const emits = this.#emitStrategy.type
    const make = (storeName: string, sendOldValues: boolean) =>
      new SessionAggregateProcessor<K, V, VA>(this.#windows, { storeName, emits, sendOldValues }, how)
    return new AggregateSupplier<K, V, Windowed<K>, VA>(this.store.storeName, make, sessionStoreView)
  }
}
