import type { Aggregator, Initializer } from '../functions.ts'
import type { CogroupedKStream, KGroupedStream } from '../kgrouped.ts'
import type { KTable } from '../ktable.ts'
import type { Store } from '../options.ts'
import type { SessionWindowedCogroupedKStream, TimeWindowedCogroupedKStream } from '../windowed.ts'
import type { SlidingWindows, Windows } from '../windows.ts'
import { SessionWindows } from '../windows.ts'
import type { BuildContext } from './build-context.ts'
import { CogroupedStreams } from './cogrouped-table.ts'
import type { CogroupedStream, CogroupTarget } from './cogrouped-table.ts'
import { SessionWindowedCogroupedKStreamImpl, TimeWindowedCogroupedKStreamImpl } from './cogrouped-windowed-impl.ts'
import { KGroupedStreamImpl } from './kgrouped-stream-impl.ts'
import { KTableImpl } from './ktable-impl.ts'
import { materialize, nodeName } from './materialized.ts'
import { prefixes } from './names.ts'
import { AggregateSupplier } from './processors/aggregate-supplier.ts'
import { StreamAggregateProcessor } from './processors/stream-aggregate.ts'
import { foreignOperand, isOperand } from './stream-parts.ts'

export class CogroupedKStreamImpl<K, VA> implements CogroupedKStream<K, VA> {
  readonly #build: BuildContext
  readonly #streams = new CogroupedStreams<K, VA>()

  constructor(build: BuildContext) {
    this.#build = build
  }

  cogroup<V>(stream: KGroupedStream<K, V>, aggregator: Aggregator<K, V, VA>): this {
    if (!isOperand(stream, KGroupedStreamImpl<K, V>, this.#build)) throw foreignOperand('cogroup', 'KGroupedStream')
    this.#streams.add(stream as CogroupedStream<K>, aggregator as Aggregator<K, unknown, VA>)
    return this
  }

  aggregate(initializer: Initializer<VA>, described?: Store<K, VA>): KTable<K, VA> {
    const build = this.#build
    const store = materialize(described, build, prefixes.cogroupAggregate)
    const target: CogroupTarget<K, K, VA> = {
      storeName: store.storeName,
      keySerde: store.keySerde,
      valueSerde: store.valueSerde,
      storeBuilder: () => build.tableStore(store),
      windowGraceMs: undefined,
      supplier(aggregator) {
        const make = (storeName: string, sendOldValues: boolean) =>
          new StreamAggregateProcessor<K, unknown, VA>(storeName, sendOldValues, initializer, aggregator)
        return new AggregateSupplier(store.storeName, make)
      },
    }
    const { parts, supplier } = this.#streams.aggregateInto(target, nodeName(described))
    // The steps of the streams have the store; the one where they meet passes on what they know.
    for (const step of parts.node.parents) step.isVersioned = store.isVersioned
    return new KTableImpl(parts, supplier, store.queryableStoreName)
  }

  windowedBy(windows: Windows | SlidingWindows): TimeWindowedCogroupedKStream<K, VA>
  windowedBy(windows: SessionWindows): SessionWindowedCogroupedKStream<K, VA>
  windowedBy(windows: Windows | SlidingWindows | SessionWindows): TimeWindowedCogroupedKStream<K, VA> | SessionWindowedCogroupedKStream<K, VA> {
    return windows instanceof SessionWindows
      ? new SessionWindowedCogroupedKStreamImpl(this.#streams, this.#build, windows)
      : new TimeWindowedCogroupedKStreamImpl(this.#streams, this.#build, windows)
  }
}
