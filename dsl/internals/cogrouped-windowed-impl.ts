import type { Windowed } from '../../stores/windowed.ts'
import type { Initializer, Merger } from '../functions.ts'
import type { KTable } from '../ktable.ts'
import type { SessionedStore, WindowedStore } from '../options.ts'
import type { SessionWindowedCogroupedKStream, TimeWindowedCogroupedKStream } from '../windowed.ts'
import type { SessionWindows, SlidingWindows, Windows } from '../windows.ts'
import { EmitStrategy } from '../windows.ts'
import type { BuildContext } from './build-context.ts'
import type { CogroupedStreams, CogroupTarget } from './cogrouped-table.ts'
import { KTableImpl } from './ktable-impl.ts'
import { nodeName } from './materialized.ts'
import { prefixes } from './names.ts'
import type { SessionAggregating } from './processors/session-aggregate.ts'
import type { Aggregating } from './processors/window-aggregate.ts'
import { SessionWindowedTable } from './session-windowed-table.ts'
import { TimeWindowedTable } from './time-windowed-table.ts'

/** As in Java the serdes of the streams are not taken for the store: each stream may have others. */
const NO_SERDES = { key: undefined, value: undefined } as const

/** The table that several streams fill. */
const aggregated = <K, VA>(
  streams: CogroupedStreams<K, VA>, { store, keySerde, storeBuilder }: TimeWindowedTable<K, VA> | SessionWindowedTable<K, VA>,
  windowGraceMs: number, name: string | undefined, supplierOf: CogroupTarget<K, Windowed<K>, VA>['supplier'],
): KTable<Windowed<K>, VA> => {
  const { storeName, valueSerde, queryableStoreName } = store
  const target: CogroupTarget<K, Windowed<K>, VA> = { storeName, keySerde, valueSerde, storeBuilder, windowGraceMs, supplier: supplierOf }
  const { parts, supplier } = streams.aggregateInto(target, name)
  return new KTableImpl(parts, supplier, queryableStoreName)
}

export class TimeWindowedCogroupedKStreamImpl<K, VA> implements TimeWindowedCogroupedKStream<K, VA> {
  readonly #streams: CogroupedStreams<K, VA>
  readonly #build: BuildContext
  readonly #windows: Windows | SlidingWindows

  constructor(streams: CogroupedStreams<K, VA>, build: BuildContext, windows: Windows | SlidingWindows) {
    this.#streams = streams
    this.#build = build
    this.#windows = windows
  }

  aggregate(initializer: Initializer<VA>, store?: WindowedStore<K, VA>): KTable<Windowed<K>, VA> {
    const table = new TimeWindowedTable<K, VA>({
      build: this.#build, windows: this.#windows, emitStrategy: EmitStrategy.onWindowUpdate(), store, prefix: prefixes.cogroupAggregate, ...NO_SERDES,
    })
    return aggregated(this.#streams, table, this.#windows.gracePeriodMs, nodeName(store), (aggregator) =>
      table.supplier<unknown>({ initializer, aggregator } as Aggregating<K, unknown, VA>))
  }
}

export class SessionWindowedCogroupedKStreamImpl<K, VA> implements SessionWindowedCogroupedKStream<K, VA> {
  readonly #streams: CogroupedStreams<K, VA>
  readonly #build: BuildContext
  readonly #windows: SessionWindows

  constructor(streams: CogroupedStreams<K, VA>, build: BuildContext, windows: SessionWindows) {
    this.#streams = streams
    this.#build = build
    this.#windows = windows
  }

  aggregate(initializer: Initializer<VA>, merger: Merger<K, VA>, store?: SessionedStore<K, VA>): KTable<Windowed<K>, VA> {
    const table = new SessionWindowedTable<K, VA>({
      build: this.#build, windows: this.#windows, emitStrategy: EmitStrategy.onWindowUpdate(), store, prefix: prefixes.cogroupAggregate, ...NO_SERDES,
    })
    return aggregated(this.#streams, table, table.graceMs, nodeName(store), (aggregator) =>
      table.supplier<unknown>({ initializer, aggregator, merger } as SessionAggregating<K, unknown, VA>))
  }
}
