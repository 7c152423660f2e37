import type { FixedKeyProcessor, Processor, StoreBuilder, TopicNameExtractor } from '../../topology/api.ts'
import { checkAsyncOptions } from '../../topology/async.ts'
import type { AsyncAction, AsyncKeyValueMapper, AsyncNamed, AsyncPredicate, AsyncValueMapper } from '../async-functions.ts'
import type { ForeachAction, KeyValueMapper, Predicate, Supplying, ValueJoiner, ValueMapper } from '../functions.ts'
import type { KGroupedStream } from '../kgrouped.ts'
import type { BranchedKStream, KeyValue, KStream } from '../kstream.ts'
import type { GlobalKTable, KTable } from '../ktable.ts'
import type { Grouped, Joined, Materialized, Named, Printed, ProcessOptions, Produced, Repartitioned, StreamJoined } from '../options.ts'
import type { JoinWindows } from '../windows.ts'
import { BranchedKStreamImpl } from './branched-impl.ts'
import { GlobalKTableImpl } from './global-ktable-impl.ts'
import type { GraphNode } from './graph/graph-node.ts'
import { ProcessorGraphNode } from './graph/processor-node.ts'
import { StreamSinkNode } from './graph/sink-node.ts'
import { KGroupedStreamImpl } from './kgrouped-stream-impl.ts'
import { KTableImpl } from './ktable-impl.ts'
import { materialize, nodeName } from './materialized.ts'
import { checkName, prefixes } from './names.ts'
import { asyncFilter, asyncFlatMap, asyncFlatMapValues, asyncForeach, asyncMap, asyncMapValues } from './processors/async-operators.ts'
import { AsyncProcessor } from './processors/async-processor.ts'
import type { AsyncOperator } from './processors/async-processor.ts'
import { PrintProcessor } from './processors/print.ts'
import {
  FilterProcessor,
  FlatMapProcessor,
  FlatMapValuesProcessor,
  ForeachProcessor,
  MapProcessor,
  MapValuesProcessor,
  PassThroughProcessor,
  SelectKeyProcessor,
} from './processors/stateless.ts'
import { TableSource } from './processors/table-source.ts'
import { addGlobalJoin, addTableJoin } from './stream-joins.ts'
import type { StreamJoinKind } from './stream-stream-joins.ts'
import { addStreamJoin } from './stream-stream-joins.ts'
import { supplierOf } from './supplier.ts'
import type { StreamParts } from './stream-parts.ts'
import { foreignOperand, isOperand } from './stream-parts.ts'
import { addExplicitRepartition, addRepartition } from './repartition.ts'

/** What the result of an operator keeps of the stream it was called on. */
interface Kept<K, V> {
  readonly key: StreamParts<K, V>['key']
  readonly value: StreamParts<K, V>['value']
  readonly repartitionRequired: boolean
}

export class KStreamImpl<K, V> implements KStream<K, V> {
  readonly parts: StreamParts<K, V>
  /** The key may have changed since the records were last partitioned by it. */
  readonly repartitionRequired: boolean
  /** The repartition that joins of this stream share. */
  #repartitioned: KStreamImpl<K, V> | undefined

  constructor(parts: StreamParts<K, V>, repartitionRequired: boolean) {
    this.parts = parts
    this.repartitionRequired = repartitionRequired
  }

  #name(options: Named | undefined, prefix: string): string {
    return this.parts.build.plan.names.nameOr(options?.name, prefix)
  }

  #below<KR, VR>(node: GraphNode, { key, value, repartitionRequired }: Kept<KR, VR>): KStreamImpl<KR, VR> {
    return new KStreamImpl({ ...this.parts, name: node.name, node, key, value }, repartitionRequired)
  }

  #add(node: GraphNode): GraphNode {
    return this.parts.build.plan.add(this.parts.node, node)
  }

  get #same(): Kept<K, V> {
    return { key: this.parts.key, value: this.parts.value, repartitionRequired: this.repartitionRequired }
  }

  filter(predicate: Predicate<K, V>, options?: Named): KStream<K, V> {
    return this.#filter(predicate, false, options)
  }

  filterNot(predicate: Predicate<K, V>, options?: Named): KStream<K, V> {
    return this.#filter(predicate, true, options)
  }

  #filter(predicate: Predicate<K, V>, negate: boolean, options: Named | undefined): KStream<K, V> {
    const name = this.#name(options, prefixes.streamFilter)
    const node = this.#add(new ProcessorGraphNode(name, supplierOf(() => new FilterProcessor(predicate, negate)), { isFixedKey: true }))
    return this.#below(node, this.#same)
  }

  selectKey<KR>(mapper: KeyValueMapper<K, V, KR>, options?: Named): KStream<KR, V> {
    return this.#below(this.#addSelectKey(mapper, options), { key: undefined, value: this.parts.value, repartitionRequired: true })
  }

  #addSelectKey<KR>(mapper: KeyValueMapper<K, V, KR>, options: Named | undefined): GraphNode {
    const name = this.#name(options, prefixes.streamKeySelect)
    return this.#addKeyChanging(new ProcessorGraphNode(name, supplierOf(() => new SelectKeyProcessor(mapper))))
  }

  #addKeyChanging(node: GraphNode): GraphNode {
    node.isKeyChanging = true
    return this.#add(node)
  }

  #addValueChanging(node: GraphNode): GraphNode {
    node.isValueChanging = true
    return this.#add(node)
  }

  map<KR, VR>(mapper: KeyValueMapper<K, V, KeyValue<KR, VR>>, options?: Named): KStream<KR, VR> {
    const name = this.#name(options, prefixes.streamMap)
    const node = this.#addKeyChanging(new ProcessorGraphNode(name, supplierOf(() => new MapProcessor(mapper))))
    return this.#below<KR, VR>(node, { key: undefined, value: undefined, repartitionRequired: true })
  }

  flatMap<KR, VR>(mapper: KeyValueMapper<K, V, Iterable<KeyValue<KR, VR>>>, options?: Named): KStream<KR, VR> {
    const name = this.#name(options, prefixes.streamFlatMap)
    const node = this.#addKeyChanging(new ProcessorGraphNode(name, supplierOf(() => new FlatMapProcessor(mapper))))
    return this.#below<KR, VR>(node, { key: undefined, value: undefined, repartitionRequired: true })
  }

  mapValues<VR>(mapper: ValueMapper<K, V, VR>, options?: Named): KStream<K, VR> {
    const name = this.#name(options, prefixes.streamMapValues)
    const node = this.#addValueChanging(new ProcessorGraphNode(name, supplierOf(() => new MapValuesProcessor(mapper)), { isFixedKey: true }))
    return this.#below<K, VR>(node, { ...this.#same, value: undefined })
  }

  flatMapValues<VR>(mapper: ValueMapper<K, V, Iterable<VR>>, options?: Named): KStream<K, VR> {
    const name = this.#name(options, prefixes.streamFlatMapValues)
    const node = this.#addValueChanging(new ProcessorGraphNode(name, supplierOf(() => new FlatMapValuesProcessor(mapper)), { isFixedKey: true }))
    return this.#below<K, VR>(node, { ...this.#same, value: undefined })
  }

  peek(action: ForeachAction<K, V>, options?: Named): KStream<K, V> {
    const name = this.#name(options, prefixes.streamPeek)
    const node = this.#add(new ProcessorGraphNode(name, supplierOf(() => new ForeachProcessor(action, true)), { isFixedKey: true }))
    return this.#below(node, this.#same)
  }

  foreach(action: ForeachAction<K, V>, options?: Named): void {
    const name = this.#name(options, prefixes.streamForeach)
    this.#add(new ProcessorGraphNode(name, supplierOf(() => new ForeachProcessor(action, false))))
  }

  #asyncNode<R>(operator: AsyncOperator<K, V, R>, prefix: string, options: AsyncNamed = {}, isFixedKey = true): ProcessorGraphNode {
    const { concurrency, order, timeoutMs } = options
    const checked = checkAsyncOptions({ concurrency, order, timeoutMs })
    return new ProcessorGraphNode(this.#name(options, prefix), supplierOf(() => new AsyncProcessor(operator, checked)), { isFixedKey })
  }

  filterAsync(predicate: AsyncPredicate<K, V>, options?: AsyncNamed): KStream<K, V> {
    return this.#below(this.#add(this.#asyncNode(asyncFilter(predicate), prefixes.streamFilterAsync, options)), this.#same)
  }

  mapAsync<KR, VR>(mapper: AsyncKeyValueMapper<K, V, KeyValue<KR, VR>>, options?: AsyncNamed): KStream<KR, VR> {
    const node = this.#addKeyChanging(this.#asyncNode(asyncMap(mapper), prefixes.streamMapAsync, options, false))
    return this.#below<KR, VR>(node, { key: undefined, value: undefined, repartitionRequired: true })
  }

  mapValuesAsync<VR>(mapper: AsyncValueMapper<K, V, VR>, options?: AsyncNamed): KStream<K, VR> {
    const node = this.#addValueChanging(this.#asyncNode(asyncMapValues(mapper), prefixes.streamMapValuesAsync, options))
    return this.#below<K, VR>(node, { ...this.#same, value: undefined })
  }

  flatMapAsync<KR, VR>(mapper: AsyncKeyValueMapper<K, V, Iterable<KeyValue<KR, VR>>>, options?: AsyncNamed): KStream<KR, VR> {
    const node = this.#addKeyChanging(this.#asyncNode(asyncFlatMap(mapper), prefixes.streamFlatMapAsync, options, false))
    return this.#below<KR, VR>(node, { key: undefined, value: undefined, repartitionRequired: true })
  }

  flatMapValuesAsync<VR>(mapper: AsyncValueMapper<K, V, Iterable<VR>>, options?: AsyncNamed): KStream<K, VR> {
    const node = this.#addValueChanging(this.#asyncNode(asyncFlatMapValues(mapper), prefixes.streamFlatMapValuesAsync, options))
    return this.#below<K, VR>(node, { ...this.#same, value: undefined })
  }

  peekAsync(action: AsyncAction<K, V>, options?: AsyncNamed): KStream<K, V> {
    return this.#below(this.#add(this.#asyncNode(asyncForeach(action, true), prefixes.streamPeekAsync, options)), this.#same)
  }

  foreachAsync(action: AsyncAction<K, V>, options?: AsyncNamed): void {
    this.#add(this.#asyncNode(asyncForeach(action, false), prefixes.streamForeachAsync, options, false))
  }

  print(printed: Printed<K, V> = {}): void {
    const label = printed.label ?? this.parts.name
    const name = this.#name(printed, prefixes.streamPrint)
    this.#add(new ProcessorGraphNode(name, supplierOf(() => new PrintProcessor(printed, label))))
  }

  merge(stream: KStream<K, V>, options?: Named): KStream<K, V> {
    if (!isOperand(stream, KStreamImpl<K, V>, this.parts.build)) throw foreignOperand('merge', 'KStream')
    const { plan } = this.parts.build
    const node = new ProcessorGraphNode(this.#name(options, prefixes.streamMerge), supplierOf(() => new PassThroughProcessor()))
    node.isMerge = true
    plan.add([this.parts.node, stream.parts.node], node)
    const sources = new Set([...this.parts.sources, ...stream.parts.sources])
    // The two may have come with different serdes, so neither is known to fit all records.
    const parts = { ...this.parts, name: node.name, node, key: undefined, value: undefined, sources }
    return new KStreamImpl<K, V>(parts, this.repartitionRequired || stream.repartitionRequired)
  }

  split(options?: Named): BranchedKStream<K, V> {
    return new BranchedKStreamImpl(this, this.#name(options, prefixes.streamBranch))
  }

  to(topic: string | TopicNameExtractor<K, V>, produced: Produced<K, V> = {}): void {
    const name = this.#name(produced, prefixes.streamSink)
    const options = { ...produced, key: produced.key ?? this.parts.key, value: produced.value ?? this.parts.value }
    this.#add(new StreamSinkNode(name, topic as string | TopicNameExtractor<never, never>, options as Produced<unknown, unknown>))
  }

  repartition(repartitioned: Repartitioned<K, V> = {}): KStream<K, V> {
    return new KStreamImpl(addExplicitRepartition(this.parts, repartitioned), false)
  }

  toTable(materialized?: Materialized<K, V>): KTable<K, V> {
    const { build } = this.parts
    const name = this.#name({ name: nodeName(materialized) }, prefixes.streamToTable)
    const store = materialize(materialized, build, prefixes.streamToTable).withDefaults(this.parts.key, this.parts.value)
    const below = this.repartitionRequired ? addRepartition(this.parts, name, store.keySerde, store.valueSerde) : this.parts
    const source = new TableSource<K, V>(store.storeName, store.isQueryable)
    const node = new ProcessorGraphNode(name, source, { own: () => (source.isMaterialized ? build.tableStore(store) : undefined) })
    build.plan.add(below.node, node)
    node.isVersioned = store.isVersioned
    const parts = { ...below, name, node, key: store.keySerde, value: store.valueSerde }
    return new KTableImpl(parts, source, store.queryableStoreName)
  }

  groupBy<KR>(selector: KeyValueMapper<K, V, KR>, grouped?: Grouped<KR, V>): KGroupedStream<KR, V> {
    const node = this.#addSelectKey(selector, grouped)
    const { key, value } = grouped ?? { key: undefined, value: this.parts.value }
    return new KGroupedStreamImpl({ ...this.parts, name: node.name, node, key, value }, { name: grouped?.name, repartitionRequired: true })
  }

  groupByKey(grouped?: Grouped<K, V>): KGroupedStream<K, V> {
    const { key, value } = grouped ?? this.parts
    return new KGroupedStreamImpl({ ...this.parts, key, value }, { name: grouped?.name, repartitionRequired: this.repartitionRequired })
  }

  join<VT, VR>(table: KTable<K, VT>, joiner: ValueJoiner<K, V, VT, VR>, joined?: Joined<K, V>): KStream<K, VR>
  join<GK, GV, VR>(
    table: GlobalKTable<GK, GV>,
    selector: KeyValueMapper<K, V, GK>,
    joiner: ValueJoiner<K, V, GV, VR>,
    options?: Named,
  ): KStream<K, VR>
  join<VO, VR>(other: KStream<K, VO>, joiner: ValueJoiner<K, V, VO, VR>, windows: JoinWindows, joined?: StreamJoined<K, V, VO>): KStream<K, VR>
  join(other: object, ...rest: never[]): KStream<K, unknown> {
    return this.#join(other, rest, 'inner')
  }

  leftJoin<VT, VR>(table: KTable<K, VT>, joiner: ValueJoiner<K, V, VT | undefined, VR>, joined?: Joined<K, V>): KStream<K, VR>
  leftJoin<GK, GV, VR>(
    table: GlobalKTable<GK, GV>,
    selector: KeyValueMapper<K, V, GK | undefined>,
    joiner: ValueJoiner<K, V, GV | undefined, VR>,
    options?: Named,
  ): KStream<K, VR>
  leftJoin<VO, VR>(
    other: KStream<K, VO>,
    joiner: ValueJoiner<K, V, VO | undefined, VR>,
    windows: JoinWindows,
    joined?: StreamJoined<K, V, VO>,
  ): KStream<K, VR>
  leftJoin(other: object, ...rest: never[]): KStream<K, unknown> {
    return this.#join(other, rest, 'left')
  }

  outerJoin<VO, VR>(
    other: KStream<K, VO>,
    joiner: ValueJoiner<K, V | undefined, VO | undefined, VR>,
    windows: JoinWindows,
    joined?: StreamJoined<K, V, VO>,
  ): KStream<K, VR> {
    if (!isOperand(other, KStreamImpl<K, VO>, this.parts.build)) throw foreignOperand('outerJoin', 'KStream')
    return this.#joinStream(other, joiner as ValueJoiner<K, V, VO, VR>, 'outer', windows, joined)
  }

  /** The overloads differ by the kind of the operand; what follows it is as they say. */
  #join(other: object, rest: readonly never[], kind: 'inner' | 'left'): KStream<K, unknown> {
    const isLeft = kind === 'left'
    if (other instanceof GlobalKTableImpl) {
      const [selector, joiner, options] = rest as unknown as [KeyValueMapper<K, V, unknown>, ValueJoiner<K, V, unknown, unknown>, Named?]
      const node = addGlobalJoin(this.parts, other as GlobalKTableImpl<unknown, unknown>, { selector, joiner, isLeft, name: options?.name })
      return this.#below(node, { ...this.#same, value: undefined })
    }
    if (isOperand(other, KStreamImpl<K, unknown>, this.parts.build)) {
      const [joiner, windows, joined] = rest as unknown as [ValueJoiner<K, V, unknown, unknown>, JoinWindows, StreamJoined<K, V, unknown>?]
      return this.#joinStream(other, joiner, kind, windows, joined)
    }
    if (!isOperand(other, KTableImpl<K, unknown>, this.parts.build)) {
      throw foreignOperand(isLeft ? 'leftJoin' : 'join', 'KStream, KTable or GlobalKTable')
    }
    const [joiner, joined = {}] = rest as unknown as [ValueJoiner<K, V, unknown, unknown>, Joined<K, V>?]
    const left = this.repartitionRequired ? this.repartitionedFor(joined.name, joined.key, joined.value) : this
    const parts = addTableJoin(left.parts, other, { joiner, isLeft, joined })
    return new KStreamImpl(parts, false)
  }

  #joinStream<VO, VR>(
    other: KStreamImpl<K, VO>,
    joiner: ValueJoiner<K, V, VO, VR>,
    kind: StreamJoinKind,
    windows: JoinWindows,
    joined: StreamJoined<K, V, VO> = {},
  ): KStream<K, VR> {
    return new KStreamImpl(addStreamJoin<K, V, VO, VR>(this, other, { kind, joiner, windows, joined }), false)
  }

  /** Joins of one stream share a repartition topic unless they are named. */
  repartitionedFor(name: string | undefined, key = this.parts.key, value = this.parts.value): KStreamImpl<K, V> {
    const prefix = name ?? this.parts.name
    const shared = this.#repartitioned !== undefined && prefix === this.parts.name ? this.#repartitioned.parts.node : undefined
    this.#repartitioned = new KStreamImpl(addRepartition(this.parts, prefix, key, value, shared), false)
    return this.#repartitioned
  }

  /** Processors alone use up no number when they are named. */
  #processorName(options: Named | undefined, prefix: string): string {
    return options?.name === undefined ? this.parts.build.plan.names.newProcessorName(prefix) : checkName(options.name)
  }

  process<KO, VO>(supplier: Supplying<Processor<K, V, KO, VO>>, options?: ProcessOptions): KStream<KO, VO> {
    const name = this.#processorName(options, prefixes.streamProcess)
    // The optimiser does not take it for a step that changes keys or values, as in Java: topics keep the names they have there.
    const node = this.#add(new ProcessorGraphNode(name, supplierOf(supplier), { connected: () => namesOf(options?.stores) }))
    return this.#below<KO, VO>(node, { key: undefined, value: undefined, repartitionRequired: true })
  }

  processValues<VO>(supplier: Supplying<FixedKeyProcessor<K, V, VO>>, options?: ProcessOptions): KStream<K, VO> {
    const name = this.#processorName(options, prefixes.streamProcessValues)
    const node = this.#add(new ProcessorGraphNode(name, supplierOf(supplier), { connected: () => namesOf(options?.stores), isFixedKey: true }))
    return this.#below<K, VO>(node, { ...this.#same, value: undefined })
  }
}

export const namesOf = (stores: readonly (string | StoreBuilder)[] = []): string[] =>
  stores.map((store) => (typeof store === 'string' ? store : store.name))
