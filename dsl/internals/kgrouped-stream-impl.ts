import type { Processor } from '../../topology/api.ts'
import type { Aggregator, Initializer, Reducer } from '../functions.ts'
import { Serdes } from '../../lib/serdes/serdes.ts'
import type { CogroupedKStream, KGroupedStream } from '../kgrouped.ts'
import type { KTable } from '../ktable.ts'
import type { Store } from '../options.ts'
import type { SessionWindowedKStream, TimeWindowedKStream } from '../windowed.ts'
import type { SlidingWindows, Windows } from '../windows.ts'
import { SessionWindows } from '../windows.ts'
import { CogroupedKStreamImpl } from './cogrouped-impl.ts'
import type { GraphNode } from './graph/graph-node.ts'
import { ProcessorGraphNode } from './graph/processor-node.ts'
import { KTableImpl } from './ktable-impl.ts'
import { MaterializedStore, describesStore, materialize, nodeName } from './materialized.ts'
import type { NameProvider } from './names.ts'
import { prefixes } from './names.ts'
import { AggregateSupplier } from './processors/aggregate-supplier.ts'
import type { Change } from './processors/change.ts'
import { StreamAggregateProcessor, StreamReduceProcessor } from './processors/stream-aggregate.ts'
import { addRepartition } from './repartition.ts'
import { SessionWindowedKStreamImpl } from './session-windowed-impl.ts'
import type { StreamParts } from './stream-parts.ts'
import { TimeWindowedKStreamImpl } from './time-windowed-impl.ts'

export interface Grouping {
  /** The user's name for the grouping, which its repartition topic then bears. */
  readonly name: string | undefined
  readonly repartitionRequired: boolean
}

interface Aggregation<K, V, VA> {
  readonly prefix: string
  readonly store: Store<K, VA> | undefined
  readonly valueSerde: StreamParts<K, VA>['value']
  readonly make: (storeName: string, sendOldValues: boolean) => Processor<K, V, K, Change<VA>>
}

/** `count` with a store that has no name uses up one number more, as it always has in Java. */
export const burnCountName = <K>(names: NameProvider, store: Store<K, number> | undefined): void => {
  if (store !== undefined && describesStore(store) && !new MaterializedStore(store).isQueryable) names.newStoreName(prefixes.streamAggregate)
}

export class KGroupedStreamImpl<K, V> implements KGroupedStream<K, V> {
  readonly parts: StreamParts<K, V>
  readonly grouping: Grouping
  /** A named repartition topic serves all aggregations of this grouping. */
  #shared: GraphNode | undefined

  constructor(parts: StreamParts<K, V>, grouping: Grouping) {
    this.parts = parts
    this.grouping = grouping
  }

  count(store?: Store<K, number>): KTable<K, number> {
    burnCountName(this.parts.build.plan.names, store)
    const make = (storeName: string, sendOldValues: boolean) =>
      new StreamAggregateProcessor<K, V, number>(storeName, sendOldValues, () => 0, (_key, _value, count) => count + 1)
    return this.#aggregate({ prefix: prefixes.streamAggregate, store, valueSerde: Serdes.long, make })
  }

  reduce(reducer: Reducer<V>, store?: Store<K, V>): KTable<K, V> {
    const make = (storeName: string, sendOldValues: boolean) => new StreamReduceProcessor<K, V>(storeName, sendOldValues, reducer)
    return this.#aggregate({ prefix: prefixes.streamReduce, store, valueSerde: this.parts.value, make })
  }

  aggregate<VA>(initializer: Initializer<VA>, aggregator: Aggregator<K, V, VA>, store?: Store<K, VA>): KTable<K, VA> {
    const make = (storeName: string, sendOldValues: boolean) =>
      new StreamAggregateProcessor(storeName, sendOldValues, initializer, aggregator)
    return this.#aggregate({ prefix: prefixes.streamAggregate, store, valueSerde: undefined, make })
  }

  cogroup<VA>(aggregator: Aggregator<K, V, VA>): CogroupedKStream<K, VA> {
    return new CogroupedKStreamImpl<K, VA>(this.parts.build).cogroup(this, aggregator)
  }

  windowedBy(windows: Windows | SlidingWindows): TimeWindowedKStream<K, V>
  windowedBy(windows: SessionWindows): SessionWindowedKStream<K, V>
  windowedBy(windows: Windows | SlidingWindows | SessionWindows): TimeWindowedKStream<K, V> | SessionWindowedKStream<K, V> {
    return windows instanceof SessionWindows ? new SessionWindowedKStreamImpl(this, windows) : new TimeWindowedKStreamImpl(this, windows)
  }

  #aggregate<VA>({ prefix, store: described, valueSerde, make }: Aggregation<K, V, VA>): KTable<K, VA> {
    const { build } = this.parts
    const store = materialize(described, build, prefix).withDefaults(this.parts.key, valueSerde)
    const name = build.plan.names.nameOr(nodeName(described), prefix)
    const below = this.repartitioned(store.storeName)
    const supplier = new AggregateSupplier(store.storeName, make)
    const node = build.plan.add(below.node, new ProcessorGraphNode(name, supplier, { own: () => build.tableStore(store) }))
    node.isVersioned = store.isVersioned
    const parts = { ...below, name, node, key: store.keySerde, value: store.valueSerde }
    return new KTableImpl(parts, supplier, store.queryableStoreName)
  }

  /** The grouped records where equal keys meet: through a repartition topic if the key may have changed. */
  repartitioned(storeName: string): StreamParts<K, V> {
    if (!this.grouping.repartitionRequired) return this.parts
    const { name } = this.grouping
    const shared = name === undefined ? undefined : this.#shared
    const below = addRepartition(this.parts, name ?? storeName, this.parts.key, this.parts.value, shared)
    // A shared repartition moves down in the order of definition, to its last use.
    if (shared !== undefined) this.parts.build.plan.add(this.parts.node, shared)
    this.#shared = below.node
    return below
  }
}
