import type { Processor } from '../../../topology/api.ts'
import { InternalTopologyBuilder } from '../../../topology/internals/internal-topology-builder.ts'
import { storeBuilder } from '../stub-store.ts'

const supplier = { get: (): Processor<unknown, unknown> => ({ process: () => {} }) }

/** in -> p -> repartition topic -> q (store counts) -> out, and a global store g. */
const twoStages = (): InternalTopologyBuilder => {
  const builder = new InternalTopologyBuilder()
  builder.addInternalTopic('by-word-repartition')
  builder.addSource({ name: 's', topics: ['in'] })
  builder.addProcessor({ name: 'p', supplier, parents: ['s'] })
  builder.addSink({ name: 'p-sink', topic: 'by-word-repartition', parents: ['p'] })
  builder.addSource({ name: 'q-source', topics: ['by-word-repartition'] })
  builder.addProcessor({ name: 'q', supplier, parents: ['q-source'] })
  builder.addStateStore(storeBuilder('counts'), ['q'])
  builder.addSink({ name: 'o', topic: 'out', parents: ['q'] })
  builder.addGlobalStore({ builder: storeBuilder('g'), sourceName: 'gs', topic: 'gt', processorName: 'gp', supplier })
  return builder
}

test('builder should cut the topology at internal topics when it is split into sub-topologies', () => {
  const builder = twoStages().setApplicationId('app')
  expect(builder.subtopologyIds()).toEqual([0, 1])
  expect(builder.buildTopology(0).nodes.map(({ name }) => name)).toEqual(['s', 'p', 'p-sink'])
  expect(builder.buildTopology(1).nodes.map(({ name }) => name)).toEqual(['q-source', 'q', 'o'])
})

test('builder should leave global stores out when all sub-topologies are built as one', () => {
  const topology = twoStages().setApplicationId('app').buildTopology()
  expect(topology.nodes).toHaveLength(6)
  expect([...topology.globalStores]).toEqual(['g'])
  expect(topology.stores.map(({ name }) => name)).toEqual(['counts'])
})

test('builder should prefix internal topics and changelogs when the application id is set', () => {
  const topology = twoStages().setApplicationId('app').buildTopology()
  expect([...topology.sources.keys()]).toEqual(['in', 'app-by-word-repartition'])
  expect(topology.sinkTopic('p-sink')).toBe('app-by-word-repartition')
  expect(topology.sinkTopic('o')).toBe('out')
  expect(topology.changelogTopics).toEqual(new Map([['counts', 'app-counts-changelog']]))
  expect([...topology.repartitionTopics]).toEqual(['app-by-word-repartition'])
})

test('builder should refuse to name internal topics when no application id is set', () => {
  expect(() => twoStages().buildTopology()).toThrow('applicationId has not been set')
})

test('builder should tell the topics around each sub-topology when the runtime plans them', () => {
  const groups = twoStages().setApplicationId('app').topicGroups()
  expect([...groups.keys()]).toEqual([0, 1])
  expect([...groups.get(0)!.sinkTopics]).toEqual(['app-by-word-repartition'])
  expect([...groups.get(1)!.sourceTopics]).toEqual(['app-by-word-repartition'])
  expect(groups.get(1)!.repartitionSourceTopics.get('app-by-word-repartition')).toEqual({
    name: 'app-by-word-repartition',
    kind: 'repartition',
    partitions: undefined,
    enforceNumberOfPartitions: false,
    configs: { 'cleanup.policy': 'delete', 'segment.bytes': '52428800', 'retention.ms': '-1', 'message.timestamp.type': 'CreateTime' },
  })
  expect(groups.get(1)!.stateChangelogTopics.get('app-counts-changelog')).toMatchObject({
    kind: 'unwindowed-changelog',
    configs: { 'cleanup.policy': 'compact' },
  })
})

test('builder should give changelogs the settings of their kind when stores are windowed or versioned', () => {
  const builder = new InternalTopologyBuilder().setApplicationId('app')
  builder.addSource({ name: 's', topics: ['in'] })
  builder.addProcessor({ name: 'p', supplier, parents: ['s'] })
  builder.addStateStore(storeBuilder('w', { retentionMs: 60_000 }), ['p'])
  builder.addStateStore(storeBuilder('v', { historyRetentionMs: 1000, logConfig: { 'segment.bytes': '5' } }), ['p'])
  const topics = builder.topicGroups().get(0)!.stateChangelogTopics
  expect(topics.get('app-w-changelog')?.configs).toMatchObject({ 'cleanup.policy': 'compact,delete', 'retention.ms': '86460000' })
  expect(topics.get('app-v-changelog')?.configs).toMatchObject({ 'cleanup.policy': 'compact', 'min.compaction.lag.ms': '86401000', 'segment.bytes': '5' })
})

test('builder should restore a store from its source topic when both are connected', () => {
  const builder = new InternalTopologyBuilder().setApplicationId('app')
  builder.addSource({ name: 's', topics: ['table'] })
  builder.addProcessor({ name: 'p', supplier, parents: ['s'] })
  builder.addStateStore(storeBuilder('rows', { loggingEnabled: false }), ['p'])
  builder.connectSourceStoreAndTopic('rows', 'table')
  const topology = builder.buildTopology(0)
  expect(topology.changelogTopics.get('rows')).toBe('table')
  expect([...topology.sourceChangelogs]).toEqual(['rows'])
})

test('builder should find the topics behind a store when queries ask who owns a key', () => {
  const builder = twoStages().setApplicationId('app')
  expect(builder.sourceTopicsForStore('counts')).toEqual(['app-by-word-repartition'])
})

test('builder should name co-partitioned topics in full when sources are declared so', () => {
  const builder = twoStages()
  builder.addSource({ name: 'other', topics: ['in2'] })
  builder.addProcessor({ name: 'join', supplier, parents: ['q-source', 'other'] })
  builder.copartitionSources(['q-source', 'other'])
  const groups = builder.setApplicationId('app').topicGroups()
  expect(groups.get(1)!.copartitionGroups).toEqual([new Set(['app-by-word-repartition', 'in2'])])
  expect(groups.get(0)!.copartitionGroups).toEqual([])
})

test('builder should give a pattern source its topics when it is told which exist', () => {
  const builder = new InternalTopologyBuilder().setApplicationId('app')
  builder.addSource({ name: 'fixed', topics: ['other'] })
  builder.addSource({ name: 's', pattern: /in-\d/, offsetReset: 'earliest' })
  expect(builder.updateSubscribedTopics(['in-1', 'in-22', 'other'])).toBe(true)
  expect([...builder.buildTopology(1).sources.keys()]).toEqual(['in-1'])
  expect(builder.updateSubscribedTopics(['in-1', 'other'])).toBe(false)
  expect(builder.offsetResetOf('in-1')).toBe('earliest')
  expect(builder.offsetResetOf('other')).toBeUndefined()
  expect(builder.sourceTopicNames()).toEqual(['other'])
})

test('builder should put processors into one sub-topology when they share a store', () => {
  const builder = new InternalTopologyBuilder()
  for (const name of ['a', 'b']) {
    builder.addSource({ name: `${name}-source`, topics: [name] })
    builder.addProcessor({ name, supplier, parents: [`${name}-source`] })
  }
  expect(builder.subtopologyIds()).toEqual([0, 1])
  builder.addStateStore(storeBuilder('shared'), ['a', 'b'])
  expect(builder.subtopologyIds()).toEqual([0])
})

test('builder should keep only the last builder when a store is overridden on purpose', () => {
  const builder = new InternalTopologyBuilder()
  const last = storeBuilder('kv')
  builder.addStateStore(storeBuilder('kv'))
  builder.addStateStore(last, [], true)
  expect(builder.storeBuilder('kv')).toBe(last)
})
