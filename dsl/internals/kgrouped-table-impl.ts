import { Serdes } from '../../lib/serdes/serdes.ts'
import type { Aggregator, Initializer, Reducer } from '../functions.ts'
import type { KGroupedTable } from '../kgrouped.ts'
import type { KTable } from '../ktable.ts'
import type { Store } from '../options.ts'
import type { ChangeSerde } from './changed-serde.ts'
import { GroupedTableRepartitionNode } from './graph/grouped-table-repartition-node.ts'
import { ProcessorGraphNode } from './graph/processor-node.ts'
import { KTableImpl } from './ktable-impl.ts'
import { materialize, nodeName } from './materialized.ts'
import { REPARTITION_SUFFIX, prefixes } from './names.ts'
import { AggregateSupplier } from './processors/aggregate-supplier.ts'
import type { Change } from './processors/change.ts'
import type { GroupStep } from './processors/table-aggregate.ts'
import { TableAggregateProcessor, aggregateStep, reduceStep } from './processors/table-aggregate.ts'
import type { StreamParts } from './stream-parts.ts'

interface GroupAggregation<K, V, VA> {
  /** Of the processor's generated name. The store's has the prefix of `aggregate` in any case, as in Java. */
  readonly prefix: string
  readonly store: Store<K, VA> | undefined
  readonly valueSerde: StreamParts<K, VA>['value']
  readonly step: GroupStep<K, V, VA>
}

export class KGroupedTableImpl<K, V> implements KGroupedTable<K, V> {
  readonly #parts: StreamParts<K, V>
  readonly #change: ChangeSerde<V>
  /** The user's name for the grouping, which its repartition topic then bears, and which all aggregations share. */
  readonly #name: string | undefined
  #shared: GroupedTableRepartitionNode | undefined

  constructor(parts: StreamParts<K, V>, change: ChangeSerde<V>, name: string | undefined) {
    this.#parts = parts
    this.#change = change
    this.#name = name
  }

  count(store?: Store<K, number>): KTable<K, number> {
    const step = aggregateStep<K, V, number>(
      () => 0,
      (_key, _value, count) => count + 1,
      (_key, _value, count) => count - 1,
    )
    return this.#aggregate({ prefix: prefixes.tableAggregate, store, valueSerde: Serdes.long, step })
  }

  reduce(adder: Reducer<V>, subtractor: Reducer<V>, store?: Store<K, V>): KTable<K, V> {
    return this.#aggregate({ prefix: prefixes.tableReduce, store, valueSerde: this.#parts.value, step: reduceStep(adder, subtractor) })
  }

  aggregate<VA>(
    initializer: Initializer<VA>,
    adder: Aggregator<K, V, VA>,
    subtractor: Aggregator<K, V, VA>,
    store?: Store<K, VA>,
  ): KTable<K, VA> {
    return this.#aggregate({ prefix: prefixes.tableAggregate, store, valueSerde: undefined, step: aggregateStep(initializer, adder, subtractor) })
  }

  #aggregate<VA>({ prefix, store: described, valueSerde, step }: GroupAggregation<K, V, VA>): KTable<K, VA> {
    const { build } = this.#parts
    const { names } = build.plan
    const store = materialize(described, build, prefixes.tableAggregate).withDefaults(this.#parts.key, valueSerde)
    const given = nodeName(described)
    const sinkName = names.suffixedOr(given, '-sink', prefixes.streamSink)
    const sourceName = names.suffixedOr(given, '-source', prefixes.streamSource)
    const name = names.nameOr(given, prefix)
    const repartition = this.#repartition(sinkName, sourceName, store.storeName)
    build.plan.add(this.#parts.node, repartition)

    const change = this.#change
    const make = (storeName: string, sendOldValues: boolean) => new TableAggregateProcessor({ storeName, sendOldValues, step, change })
    const supplier = new AggregateSupplier<K, Change<V>, K, VA>(store.storeName, make)
    const node = build.plan.add(repartition, new ProcessorGraphNode(name, supplier, { own: () => build.tableStore(store) }))
    node.isVersioned = store.isVersioned
    const parts = { ...this.#parts, name, node, key: store.keySerde, value: store.valueSerde, sources: new Set([sourceName]) }
    return new KTableImpl<K, VA>(parts, supplier, store.queryableStoreName)
  }

  #repartition(sinkName: string, sourceName: string, storeName: string): GroupedTableRepartitionNode {
    if (this.#shared !== undefined && this.#name !== undefined) return this.#shared
    const topic = (this.#name ?? storeName) + REPARTITION_SUFFIX
    this.#shared = new GroupedTableRepartitionNode(sourceName, { sinkName, topic, key: this.#parts.key, change: this.#change })
    return this.#shared
  }
}
