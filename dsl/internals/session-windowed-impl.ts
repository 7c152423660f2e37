import { Serdes } from '../../lib/serdes/serdes.ts'
import type { Windowed } from '../../stores/windowed.ts'
import type { Aggregator, Initializer, Merger, Reducer } from '../functions.ts'
import type { KTable } from '../ktable.ts'
import type { SessionedStore } from '../options.ts'
import type { SessionWindowedKStream } from '../windowed.ts'
import type { SessionWindows } from '../windows.ts'
import { EmitStrategy } from '../windows.ts'
import { ProcessorGraphNode } from './graph/processor-node.ts'
import type { KGroupedStreamImpl } from './kgrouped-stream-impl.ts'
import { KTableImpl } from './ktable-impl.ts'
import { describesStore, MaterializedStore, nodeName } from './materialized.ts'
import { prefixes } from './names.ts'
import type { SessionAggregating } from './processors/session-aggregate.ts'
import { SessionWindowedTable } from './session-windowed-table.ts'
import type { StreamParts } from './stream-parts.ts'
import { reducing } from './time-windowed-impl.ts'

/** Two sessions of a reduction meet as if the aggregate of the later one were a value. */
const reducingSessions = <K, V>(reducer: Reducer<V>): SessionAggregating<K, V, V> => {
  const { initializer, aggregator } = reducing<K, V>(reducer)
  return { initializer, aggregator, merger: (key, a, b) => aggregator(key, b as V, a) }
}

export class SessionWindowedKStreamImpl<K, V> implements SessionWindowedKStream<K, V> {
  readonly #grouped: KGroupedStreamImpl<K, V>
  readonly #windows: SessionWindows
  readonly #emitStrategy: EmitStrategy

  constructor(grouped: KGroupedStreamImpl<K, V>, windows: SessionWindows, emitStrategy = EmitStrategy.onWindowUpdate()) {
    this.#grouped = grouped
    this.#windows = windows
    this.#emitStrategy = emitStrategy
  }

  count(store?: SessionedStore<K, number>): KTable<Windowed<K>, number> {
    const { names } = this.#grouped.parts.build.plan
    // With a store that has no name it uses up one number more, as it always has in Java.
    const isUnnamed = store !== undefined && describesStore(store) && !new MaterializedStore(store).isQueryable
    if (isUnnamed) names.newStoreName(prefixes.streamAggregate)
    return this.#aggregate<number>(prefixes.streamAggregate, store, Serdes.long, {
      initializer: () => 0,
      aggregator: (_key, _value, count) => (count ?? 0) + 1,
      merger: (_key, a, b) => (a ?? 0) + (b ?? 0),
    })
  }

  reduce(reducer: Reducer<V>, store?: SessionedStore<K, V>): KTable<Windowed<K>, V> {
    return this.#aggregate(prefixes.streamReduce, store, this.#grouped.parts.value, reducingSessions(reducer))
  }

  aggregate<VA>(
    initializer: Initializer<VA>,
    aggregator: Aggregator<K, V, VA>,
    merger: Merger<K, VA>,
    store?: SessionedStore<K, VA>,
  ): KTable<Windowed<K>, VA> {
    const how = { initializer, aggregator, merger } as SessionAggregating<K, V, VA>
    return this.#aggregate(prefixes.streamAggregate, store, undefined, how)
  }

  emitStrategy(strategy: EmitStrategy): SessionWindowedKStream<K, V> {
    return new SessionWindowedKStreamImpl(this.#grouped, this.#windows, strategy)
  }

  #aggregate<VA>(
    prefix: string,
    described: SessionedStore<K, VA> | undefined,
    value: StreamParts<K, VA>['value'],
    how: SessionAggregating<K, V, VA>,
  ): KTable<Windowed<K>, VA> {
    const { build, key } = this.#grouped.parts
    const table = new SessionWindowedTable<K, VA>({
      build, windows: this.#windows, emitStrategy: this.#emitStrategy, store: described, prefix, key, value,
    })
    const name = build.plan.names.nameOr(nodeName(described), prefix)
    const below = this.#grouped.repartitioned(table.store.storeName)
    const supplier = table.supplier(how)
    const node = build.plan.add(below.node, new ProcessorGraphNode(name, supplier, { own: table.storeBuilder }))
    node.windowGraceMs = table.graceMs
    const parts = { ...below, name, node, key: table.keySerde, value: table.store.valueSerde }
    return new KTableImpl(parts, supplier, table.store.queryableStoreName)
  }
}
