import { TopologyError } from '../../lib/core/errors.ts'
import { Serdes } from '../../lib/serdes/serdes.ts'
import type { Windowed } from '../../stores/windowed.ts'
import type { Aggregator, Initializer, Reducer } from '../functions.ts'
import type { KTable } from '../ktable.ts'
import type { WindowedStore } from '../options.ts'
import type { TimeWindowedKStream } from '../windowed.ts'
import type { Windows } from '../windows.ts'
import { EmitStrategy, SlidingWindows, UnlimitedWindows } from '../windows.ts'
import { ProcessorGraphNode } from './graph/processor-node.ts'
import type { KGroupedStreamImpl } from './kgrouped-stream-impl.ts'
import { KTableImpl } from './ktable-impl.ts'
import { describesStore, MaterializedStore, nodeName } from './materialized.ts'
import { prefixes } from './names.ts'
import type { Aggregating } from './processors/window-aggregate.ts'
import type { StreamParts } from './stream-parts.ts'
import { TimeWindowedTable } from './time-windowed-table.ts'

/** How a reducer aggregates: the first value is the aggregate. */
export const reducing = <K, V>(reducer: Reducer<V>): Aggregating<K, V, V> => ({
  initializer: () => undefined,
  aggregator: (_key, value, aggregate) => (aggregate === undefined ? value : reducer(aggregate, value)),
})

export class TimeWindowedKStreamImpl<K, V> implements TimeWindowedKStream<K, V> {
  readonly #grouped: KGroupedStreamImpl<K, V>
  readonly #windows: Windows | SlidingWindows
  readonly #emitStrategy: EmitStrategy

  constructor(grouped: KGroupedStreamImpl<K, V>, windows: Windows | SlidingWindows, emitStrategy = EmitStrategy.onWindowUpdate()) {
    this.#grouped = grouped
    this.#windows = windows
    this.#emitStrategy = emitStrategy
  }

  count(store?: WindowedStore<K, number>): KTable<Windowed<K>, number> {
    const { names } = this.#grouped.parts.build.plan
    // With a store that has no name it uses up one number more, as it always has in Java; counting in sliding windows came later.
    const burns = !(this.#windows instanceof SlidingWindows) && store !== undefined && describesStore(store)
    if (burns && !new MaterializedStore(store).isQueryable) names.newStoreName(prefixes.streamAggregate)
    const counting: Aggregating<K, V, number> = { initializer: () => 0, aggregator: (_key, _value, count) => (count ?? 0) + 1 }
    return this.#aggregate(prefixes.streamAggregate, store, Serdes.long, counting)
  }

  reduce(reducer: Reducer<V>, store?: WindowedStore<K, V>): KTable<Windowed<K>, V> {
    return this.#aggregate(prefixes.streamReduce, store, this.#grouped.parts.value, reducing(reducer))
  }

  aggregate<VA>(initializer: Initializer<VA>, aggregator: Aggregator<K, V, VA>, store?: WindowedStore<K, VA>): KTable<Windowed<K>, VA> {
    const how: Aggregating<K, V, VA> = { initializer, aggregator: aggregator as Aggregator<K, V, VA | undefined> }
    return this.#aggregate(prefixes.streamAggregate, store, undefined, how)
  }

  emitStrategy(strategy: EmitStrategy): TimeWindowedKStream<K, V> {
    if (strategy.type === 'on-window-close' && this.#windows instanceof UnlimitedWindows) {
      throw new TopologyError('ON_WINDOW_CLOSE emit strategy cannot be used for UnlimitedWindows: they never close')
    }
    return new TimeWindowedKStreamImpl(this.#grouped, this.#windows, strategy)
  }

  #aggregate<VA>(
    prefix: string,
    described: WindowedStore<K, VA> | undefined,
    value: StreamParts<K, VA>['value'],
    how: Aggregating<K, V, VA>,
  ): KTable<Windowed<K>, VA> {
    const { build, key } = this.#grouped.parts
    const table = new TimeWindowedTable<K, VA>({
      build, windows: this.#windows, emitStrategy: this.#emitStrategy, store: described, prefix, key, value,
    })
    const name = build.plan.names.nameOr(nodeName(described), prefix)
    const below = this.#grouped.repartitioned(table.store.storeName)
    const supplier = table.supplier(how)
    const node = build.plan.add(below.node, new ProcessorGraphNode(name, supplier, { own: table.storeBuilder }))
    node.windowGraceMs = this.#windows.gracePeriodMs
    const parts = { ...below, name, node, key: table.keySerde, value: table.store.valueSerde }
    return new KTableImpl(parts, supplier, table.store.queryableStoreName)
  }
}
