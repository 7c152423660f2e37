import type { Serde } from '../../lib/serdes/serde.ts'
import type { StoreBuilder } from '../../topology/api.ts'
import type { ValueJoiner, ValueMapper } from '../functions.ts'
import type { Store, TableJoined } from '../options.ts'
import { answerSerde } from './foreign-key/answer.ts'
import { AnswerProcessor, NotifyProcessor, ReceiveProcessor } from './foreign-key/answering.ts'
import { JoinSerdes } from './foreign-key/join-serdes.ts'
import { byKeyOnly, byPrimaryPartition } from './foreign-key/partitioners.ts'
import { ResolveProcessor } from './foreign-key/resolve.ts'
import { SubscribeProcessor } from './foreign-key/subscribe.ts'
import { subscriptionStore } from './foreign-key/subscription-store.ts'
import { subscriptionSerde } from './foreign-key/subscription.ts'
import { InternalSinkNode } from './graph/internal-sink-node.ts'
import { ProcessorGraphNode } from './graph/processor-node.ts'
import { StreamSourceNode } from './graph/source-nodes.ts'
import { materialize } from './materialized.ts'
import type { NameProvider } from './names.ts'
import { prefixes } from './names.ts'
import { TableSource } from './processors/table-source.ts'
import type { TableProcessorSupplier, TableView } from './processors/table.ts'
import type { StreamParts } from './stream-parts.ts'

/** A table as an operand of a join. */
interface Operand<K, V> extends TableView<K, V> {
  readonly parts: StreamParts<K, V>
}

export interface ForeignKeyJoin<K, V, KO, VO, VR> {
  readonly kind: 'inner' | 'left'
  readonly extractor: ValueMapper<K, V, KO | undefined>
  readonly joiner: ValueJoiner<K, V, VO, VR>
  readonly joined: TableJoined<K, KO>
  readonly store: Store<K, VR> | undefined
}

interface JoinedTable<K, VR> {
  readonly parts: StreamParts<K, VR>
  readonly supplier: TableProcessorSupplier<never, never, K, VR>
  readonly queryableStoreName: string | undefined
}

/** All names of a join, in the order in which Kafka Streams numbers them. */
const namesOf = (names: NameProvider, given: string | undefined) => ({
  subscriptionTopic: `${names.suffixedOr(given, '-subscription-registration', prefixes.foreignKeySubscription)}-topic`,
  subscribe: names.suffixedOr(given, '-subscription-registration-processor', prefixes.foreignKeySubscription),
  subscriptionSink: names.suffixedOr(given, '-subscription-registration-sink', prefixes.tableSink),
  subscriptionSource: names.suffixedOr(given, '-subscription-registration-source', prefixes.tableSource),
  store: names.suffixedOr(given, '-subscription-store', `${prefixes.foreignKeyStore}STATE-STORE-`),
  receive: names.suffixedOr(given, '-subscription-receive', prefixes.foreignKeyProcessor),
  answer: names.suffixedOr(given, '-subscription-join-foreign', prefixes.foreignKeyProcessor),
  notify: names.suffixedOr(given, '-foreign-join-subscription', prefixes.foreignKeyProcessor),
  answerTopic: `${names.suffixedOr(given, '-subscription-response', prefixes.foreignKeyAnswer)}-topic`,
  answerSink: names.suffixedOr(given, '-subscription-response-sink', prefixes.tableSink),
  answerSource: names.suffixedOr(given, '-subscription-response-source', prefixes.tableSource),
  resolve: names.suffixedOr(given, '-subscription-response-resolver', prefixes.foreignKeyResolver),
  result: names.suffixedOr(given, '-result', prefixes.foreignKeyOutput),
})

const once = <T>(make: () => T): (() => T) => {
  let made: T | undefined
  return () => (made ??= make())
}

/**
 * A join of two tables by a key that is part of the left rows. Each left row subscribes, through a topic, to the right row
 * that it names; there its subscription is remembered, and answered now and at every update of that row. The answers come
 * back through another topic to the partition of the left row, where the result is made.
 */
export const addForeignKeyJoin = <K, V, KO, VO, VR>(
  left: Operand<K, V>,
  right: Operand<KO, VO>,
  { kind, extractor, joiner, joined, store: described }: ForeignKeyJoin<K, V, KO, VO, VR>,
): JoinedTable<K, VR> => {
  const { build } = left.parts
  const { plan } = build
  const isLeftJoin = kind === 'left'
  right.enableSendingOldValues(true)
  left.enableSendingOldValues(true)
  const names = namesOf(plan.names, joined.name)
  const { key, value } = left.parts
  const { key: foreignKey, value: foreignValue } = right.parts
  const serdes = new JoinSerdes<K, V, KO, VO>({ key, value, foreignKey, foreignValue }, names.subscriptionTopic, names.answerTopic)
  const subscriptions = subscriptionSerde(serdes)
  const answers = answerSerde(serdes) as Serde<unknown>

  const subscribe = plan.add(left.parts.node, new ProcessorGraphNode(names.subscribe, {
    get: () => new SubscribeProcessor<K, V, KO>(extractor, serdes, isLeftJoin || joined.answerAlways === true),
  }))
  const subscriptionSink = plan.add(subscribe, new InternalSinkNode(names.subscriptionSink, {
    topic: names.subscriptionTopic,
    key: foreignKey,
    value: subscriptions,
    partitioner: byKeyOnly(joined.otherPartitioner, names.subscriptionSink),
  }))
  const subscriptionSource = plan.add(subscriptionSink, new StreamSourceNode(names.subscriptionSource, [names.subscriptionTopic], {
    key: foreignKey, value: subscriptions,
  }))
  plan.copartition(new Set([...right.parts.sources, names.subscriptionSource]))

  const storeBuilder = once((): StoreBuilder => {
    const { storeName, storeType } = store
    const results = store.supplier ?? build.storeSuppliers(storeType).keyValueStore({ name: storeName, dslStoreFormat: build.storeFormat() })
    return subscriptionStore(names.store, results.engine === 'memory', serdes)
  })
  const receive = plan.add(subscriptionSource, new ProcessorGraphNode(names.receive, {
    get: () => new ReceiveProcessor<K, KO>(serdes, names.store),
  }, { own: storeBuilder }))
  const rightView = right.valueGetterSupplier()
  const answer = plan.add(receive, new ProcessorGraphNode(names.answer, {
    get: () => new AnswerProcessor<K, KO, VO>(rightView.get()),
  }, { connected: () => rightView.storeNames }))
  const notify = plan.add(right.parts.node, new ProcessorGraphNode(names.notify, {
    get: () => new NotifyProcessor<K, KO, VO>(serdes, names.store),
  }, { own: storeBuilder }))

  const answerSink = plan.add([answer, notify], new InternalSinkNode(names.answerSink, {
    topic: names.answerTopic,
    key,
    value: answers,
    partitioner: joined.partitioner === undefined ? byPrimaryPartition : byKeyOnly(joined.partitioner, names.answerSink),
  }))
  const answerSource = plan.add(answerSink, new StreamSourceNode(names.answerSource, [names.answerTopic], { key, value: answers }))
  const sources = new Set([...left.parts.sources, names.answerSource])
  plan.copartition(sources)

  const leftView = left.valueGetterSupplier()
  const resolve = plan.add(answerSource, new ProcessorGraphNode(names.resolve, {
    get: () => new ResolveProcessor<K, V, VO, VR>(leftView.get(), joiner as ValueJoiner<K, V, VO | undefined, VR>, serdes, isLeftJoin),
  }, { connected: () => leftView.storeNames }))
  const store = materialize(described, build, prefixes.foreignKeyOutput).withDefaults(key, undefined)
  const supplier = new TableSource<K, VR>(store.storeName, store.isQueryable)
  const own = () => (supplier.isMaterialized ? build.tableStore(store) : undefined)
  const node = plan.add(resolve, new ProcessorGraphNode(names.result, supplier, { own }))
  node.isVersioned = store.isVersioned
  const parts: StreamParts<K, VR> = { ...left.parts, name: names.result, node, value: store.valueSerde, sources }
  return { parts, supplier, queryableStoreName: store.queryableStoreName }
}
