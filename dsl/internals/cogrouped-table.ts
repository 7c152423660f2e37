import type { Serde } from '../../lib/serdes/serde.ts'
import type { StoreBuilder } from '../../topology/api.ts'
import type { Aggregator } from '../functions.ts'
import { ProcessorGraphNode } from './graph/processor-node.ts'
import type { Grouping } from './kgrouped-stream-impl.ts'
import { prefixes } from './names.ts'
import type { AggregateSupplier } from './processors/aggregate-supplier.ts'
import { MergedAggregates } from './processors/merged-aggregates.ts'
import { addRepartition } from './repartition.ts'
import type { StreamParts } from './stream-parts.ts'

/** A stream of a cogroup, as it was grouped. */
export interface CogroupedStream<K> {
  readonly parts: StreamParts<K, unknown>
  readonly grouping: Grouping
}

/** What kind of table the streams of a cogroup fill: of keys, windows or sessions. */
export interface CogroupTarget<K, KR, VA> {
  readonly storeName: string
  readonly keySerde: Serde<KR> | undefined
  readonly valueSerde: Serde<VA> | undefined
  /** Called once, when the first node is written. */
  readonly storeBuilder: () => StoreBuilder
  readonly windowGraceMs: number | undefined
  /** The processors of one stream. */
  supplier(aggregator: Aggregator<K, unknown, VA>): AggregateSupplier<K, unknown, KR, VA>
}

/** The streams of a cogroup, each with its aggregator, and where they are read once they are repartitioned. */
export class CogroupedStreams<K, VA> {
  readonly #aggregators = new Map<CogroupedStream<K>, Aggregator<K, unknown, VA>>()
  /** Tables of one cogroup share the repartition of a stream: that of the first table. */
  readonly #repartitioned = new Map<CogroupedStream<K>, StreamParts<K, unknown>>()

  /** A stream that is there already gets another aggregator, as in Java. */
  add(stream: CogroupedStream<K>, aggregator: Aggregator<K, unknown, VA>): void {
    this.#aggregators.set(stream, aggregator)
  }

  /** Adds the nodes that fill a table: one for each stream, and one where their updates come together. */
  aggregateInto<KR>(target: CogroupTarget<K, KR, VA>, name: string | undefined) {
    const streams = [...this.#aggregators.keys()]
    const inputs = streams.map((stream) => this.#input(stream, target.storeName))
    const first = inputs[0] as StreamParts<K, unknown>
    const { plan } = first.build
    const sources = new Set(inputs.flatMap((input) => [...input.sources]))
    plan.copartition(sources)
    const suppliers = [...this.#aggregators.values()].map((aggregator) => target.supplier(aggregator))
    const nodes = suppliers.map((supplier, i) => {
      const nodeName = plan.names.suffixedOr(name, `-cogroup-agg-${i}`, prefixes.cogroupAggregate)
      const stores = i === 0 ? { own: target.storeBuilder } : { connected: () => [target.storeName] }
      const node = plan.add((inputs[i] as StreamParts<K, unknown>).node, new ProcessorGraphNode(nodeName, supplier, stores))
      node.windowGraceMs = target.windowGraceMs
      return node
    })
    const mergeName = plan.names.suffixedOr(name, '-cogroup-merge', prefixes.cogroupMerge)
    const supplier = new MergedAggregates(suppliers)
    const node = plan.add(nodes, new ProcessorGraphNode(mergeName, supplier))
    const parts: StreamParts<KR, VA> = { name: mergeName, node, sources, key: target.keySerde, value: target.valueSerde, build: first.build }
    return { parts, supplier }
  }

  #input(stream: CogroupedStream<K>, storeName: string): StreamParts<K, unknown> {
    const { parts, grouping } = stream
    if (!grouping.repartitionRequired) return parts
    const shared = this.#repartitioned.get(stream)
    // Its numbers are used up also where it is there already.
    const made = addRepartition(parts, grouping.name ?? storeName, parts.key, parts.value, shared?.node)
    this.#repartitioned.set(stream, made)
    return made
  }
}
