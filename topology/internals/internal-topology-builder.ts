import type { Deserializer, Serializer } from '../../lib/serdes/serde.ts'
import type { AutoOffsetReset, StoreBuilder, StreamPartitioner, TimestampExtractor, TopicNameExtractor } from '../api.ts'
import type { InternalTopicConfig, InternalTopicProperties } from './internal-topics.ts'
import { changelogTopic, repartitionTopic } from './internal-topics.ts'
import { invalid } from './invalid.ts'
import { javaHashOrder } from './java-hash.ts'
import { NodeGraph } from './node-graph.ts'
import type { AnyProcessorSupplier, NodeSpec, ProcessorSpec, SourceSpec } from './node-spec.ts'
import type { ProcessorTopology, TopicGroup } from './processor-topology.ts'
import type { ProcessorWrapper } from '../processor-wrapper.ts'
import { SourceTopics } from './source-topics.ts'
import type { TopologyDescription } from './describe.ts'
import { describeTopology } from './describe.ts'
import { wrappedSupplier } from './wrapped-supplier.ts'

export interface SourceDefinition {
  readonly name: string
  readonly topics?: readonly string[] | undefined
  readonly pattern?: RegExp | undefined
  readonly keyDeserializer?: Deserializer<unknown> | undefined
  readonly valueDeserializer?: Deserializer<unknown> | undefined
  readonly timestampExtractor?: TimestampExtractor | undefined
  readonly offsetReset?: AutoOffsetReset | undefined
}

export interface ProcessorDefinition {
  readonly name: string
  readonly supplier: AnyProcessorSupplier
  readonly parents: readonly string[]
  /** Default false. */
  readonly isFixedKey?: boolean | undefined
  /** Stores that the processor owns, beside those that the supplier names. */
  readonly stores?: readonly StoreBuilder[] | undefined
}

export interface SinkDefinition {
  readonly name: string
  readonly topic: string | TopicNameExtractor<never, never>
  readonly keySerializer?: Serializer<never> | undefined
  readonly valueSerializer?: Serializer<never> | undefined
  readonly partitioner?: StreamPartitioner<never, never> | undefined
  readonly parents: readonly string[]
}

export interface GlobalStoreDefinition {
  readonly builder: StoreBuilder
  readonly sourceName: string
  readonly topic: string
  readonly keyDeserializer?: Deserializer<unknown> | undefined
  readonly valueDeserializer?: Deserializer<unknown> | undefined
  readonly timestampExtractor?: TimestampExtractor | undefined
  readonly processorName: string
  readonly supplier: AnyProcessorSupplier
  /** True when the processor stores records as they are, so that a restore may put raw bytes instead of calling it. */
  readonly reprocessOnRestore?: boolean | undefined
}

/** A store of the topology and the processors that use it. */
interface StoreEntry {
  readonly builder: StoreBuilder
  readonly users: Set<string>
}

/** Default of `windowstore.changelog.additional.retention.ms`. */
const ADDITIONAL_RETENTION_MS = 86_400_000

/**
 * The physical topology while it is being put together, and everything the runtime asks of it afterwards. Same operations
 * as Java's class of this name. All checks happen here, when the topology is built.
 */
export class InternalTopologyBuilder {
  readonly #graph = new NodeGraph()
  readonly #sources = new SourceTopics()
  readonly #stores = new Map<string, StoreEntry>()
  readonly #globals = new Map<string, GlobalStoreDefinition>()
  readonly #internalTopics = new Map<string, InternalTopicProperties>()
  readonly #sourceOfStore = new Map<string, string>()
  readonly #storeSources = new Map<string, readonly string[]>()
  readonly #copartitioned: (readonly string[])[] = []
  #wrapper: ProcessorWrapper | undefined
  #applicationId: string | undefined
  #additionalRetentionMs = ADDITIONAL_RETENTION_MS

  /** @throws {TopologyError} without topics, or when the name or a topic is taken */
  addSource(definition: SourceDefinition): void {
    const { name, topics = [], pattern } = definition
    if (pattern === undefined && topics.length === 0) throw invalid(`topics cannot be empty: source ${name} needs a topic or a pattern`)
    this.#graph.checkNew(name)
    for (const topic of topics) this.#sources.addTopic(topic, name)
    if (pattern !== undefined) this.#sources.addPattern(pattern, name)
    this.#graph.add(sourceSpec(definition))
  }

  addProcessor({ name, supplier, parents, isFixedKey = false, stores = [] }: ProcessorDefinition): void {
    this.#graph.checkNew(name)
    for (const { sourceName, processorName, builder } of this.#globals.values()) {
      const above = parents.find((parent) => parent === sourceName || parent === processorName)
      if (above !== undefined) throw invalid(`Processor ${name} cannot be below ${above}, which only fills global store ${builder.name}.`)
    }
    const wrapped = wrappedSupplier(this.#wrapper, name, { supplier, isFixedKey, stores })
    this.#graph.add({ kind: 'processor', name, supplier: wrapped.supplier, isFixedKey, parents, stores: new Set() })
    for (const builder of wrapped.stores) this.addStateStore(builder, [name])
  }

  /** @throws {TopologyError} when the name is taken, or a parent is unknown or a sink */
  addSink({ name, topic, keySerializer, valueSerializer, partitioner, parents }: SinkDefinition): void {
    this.#graph.add({ kind: 'sink', name, topic, keySerializer, valueSerializer, partitioner, parents })
  }

  /**
   * Adds a store, and connects it. The same builder may be added again; another builder of the same name only with
   * `allowOverride`, and then it takes the place of the first.
   */
  addStateStore(builder: StoreBuilder, processorNames: readonly string[] = [], allowOverride = false): void {
    const known = this.#stores.get(builder.name)
    if (known !== undefined && known.builder !== builder && !allowOverride) {
      throw invalid(`A different StateStore has already been added with the name ${builder.name}`)
    }
    if (this.#globals.has(builder.name)) {
      throw invalid(`A different GlobalStateStore has already been added with the name ${builder.name}`)
    }
    this.#stores.set(builder.name, { builder, users: known?.users ?? new Set() })
    for (const processor of processorNames) this.#connect(processor, builder.name)
  }

  hasStateStore(name: string): boolean {
    return this.#stores.has(name)
  }

  /** The builder of a store or global store. */
  storeBuilder(name: string): StoreBuilder | undefined {
    return this.#stores.get(name)?.builder ?? this.#globals.get(name)?.builder
  }

  connectProcessorAndStateStores(processor: string, storeNames: readonly string[]): void {
    if (storeNames.length === 0) throw invalid(`stateStoreNames cannot be empty: name a store to connect to ${processor}.`)
    if (this.#graph.get(processor) !== undefined && this.#graph.get(processor)?.kind !== 'processor') {
      throw invalid(`State stores cannot be connect to sources or sinks. ${processor} is one; name a processor.`)
    }
    for (const store of storeNames) this.#connect(processor, store)
  }

  #connect(processorName: string, storeName: string): void {
    if (this.#globals.has(storeName)) {
      throw invalid(`Global StateStore ${storeName} can be used by a Processor without being specified; it should not be explicitly passed.`)
    }
    const store = this.#stores.get(storeName)
    if (store === undefined) throw invalid(`StateStore ${storeName} is not added yet.`)
    const processor = this.#graph.processor(processorName, storeName)
    for (const user of store.users) this.#graph.unite(user, processorName)
    store.users.add(processorName)
    processor.stores.add(storeName)
    if (!this.#storeSources.has(storeName)) this.#storeSources.set(storeName, this.#graph.sourcesAbove(processor))
  }

  /** Adds a store that every instance fills from all partitions of a topic. Any processor may read it. */
  addGlobalStore(definition: GlobalStoreDefinition): void {
    const { builder, sourceName, processorName, topic } = definition
    this.#graph.checkNew(sourceName)
    this.#sources.checkTopic(topic)
    this.#graph.checkNew(processorName)
    if (sourceName === processorName) throw invalid('sourceName and processorName must be different.')
    if (this.#stores.has(builder.name)) throw invalid(`A different StateStore has already been added with the name ${builder.name}`)
    if (this.#globals.has(builder.name)) throw invalid(`A different GlobalStateStore has already been added with the name ${builder.name}`)
    this.#sources.addGlobalTopic(topic, sourceName)
    this.#graph.add(sourceSpec({ ...definition, name: sourceName, topics: [topic] }))
    const wrapped = wrappedSupplier(this.#wrapper, processorName, { supplier: definition.supplier, isFixedKey: false, stores: [builder] })
    const { supplier } = wrapped
    this.#globals.set(builder.name, { ...definition, builder: wrapped.stores.find(({ name }) => name === builder.name) ?? builder, supplier })
    const stores = new Set([builder.name])
    this.#graph.add({ kind: 'processor', name: processorName, supplier, isFixedKey: false, parents: [sourceName], stores })
    this.#sourceOfStore.set(builder.name, topic)
  }

  /** Declares a topic that Millrace creates; its full name is `<applicationId>-<topicBaseName>`. */
  addInternalTopic(topicBaseName: string, properties: InternalTopicProperties = {}): void {
    this.#internalTopics.set(topicBaseName, properties)
  }

  /** Declares that these sources' topics must have the same number of partitions. */
  copartitionSources(sourceNames: readonly string[]): void {
    this.#copartitioned.push(sourceNames)
  }

  /** Declares that a store is a copy of a source topic and is restored from it; its own logging has to be off. */
  connectSourceStoreAndTopic(storeName: string, topic: string): void {
    if (this.#sourceOfStore.has(storeName)) throw invalid(`Source store ${storeName} is already added.`)
    this.#sourceOfStore.set(storeName, topic)
  }

  /** What every processor supplier that is added from now on goes through. */
  setProcessorWrapper(wrapper: ProcessorWrapper | undefined): this {
    this.#wrapper = wrapper
    return this
  }

  get hasProcessorWrapper(): boolean {
    return this.#wrapper !== undefined
  }

  setApplicationId(applicationId: string): this {
    this.#applicationId = applicationId
    return this
  }

  get applicationId(): string | undefined {
    return this.#applicationId
  }

  /** `windowstore.changelog.additional.retention.ms`; default a day. */
  setAdditionalRetentionMs(ms: number): this {
    this.#additionalRetentionMs = ms
    return this
  }

  #prefixed(name: string): string {
    if (this.#applicationId === undefined) {
      throw invalid('there are internal topics and applicationId has not been set. Call setApplicationId first')
    }
    return `${this.#applicationId}-${name}`
  }

  /** The name under which a topic exists in the cluster. */
  #fullName(topic: string): string {
    return this.#internalTopics.has(topic) ? this.#prefixed(topic) : topic
  }

  #sourceTopicsOf(source: SourceSpec): string[] {
    const named = source.topics.map((topic) => this.#fullName(topic))
    return source.pattern === undefined ? named : [...named, ...this.#sources.matchedBy(source.name)]
  }

  #changelogOf(storeName: string): string | undefined {
    const source = this.#sourceOfStore.get(storeName)
    if (source !== undefined) return this.#fullName(source)
    return this.#stores.get(storeName)?.builder.loggingEnabled ? this.#prefixed(`${storeName}-changelog`) : undefined
  }

  #isGlobal(names: readonly string[]): boolean {
    const globalSources = new Set([...this.#globals.values()].map((global) => global.sourceName))
    return names.some((name) => globalSources.has(name))
  }

  /** Names of the nodes of every sub-topology, global ones included, by the number `describe()` shows. */
  nodeGroups(): Map<number, readonly string[]> {
    return this.#graph.groups()
  }

  /** Numbers of the sub-topologies that have tasks. */
  subtopologyIds(): number[] {
    return [...this.#graph.groups()].filter(([, names]) => !this.#isGlobal(names)).map(([id]) => id)
  }

  /** What a task of that sub-topology runs; without a number, all of them in one task, as the test driver does. */
  buildTopology(subtopologyId?: number): ProcessorTopology {
    const wanted = new Set<string>()
    for (const [id, names] of this.#graph.groups()) {
      if (this.#isGlobal(names) || (subtopologyId !== undefined && id !== subtopologyId)) continue
      for (const name of names) wanted.add(name)
    }
    if (subtopologyId !== undefined && wanted.size === 0) throw invalid(`there is no sub-topology ${subtopologyId}`)
    return this.#build((name) => wanted.has(name))
  }

  /** What the global task runs, or undefined without global stores. */
  buildGlobalStateTopology(): ProcessorTopology | undefined {
    if (this.#globals.size === 0) return undefined
    const wanted = new Set([...this.#globals.values()].flatMap((global) => [global.sourceName, global.processorName]))
    return this.#build((name) => wanted.has(name))
  }

  #build(wanted: (name: string) => boolean): ProcessorTopology {
    const nodes = [...this.#graph.all()].filter((node) => wanted(node.name))
    const children = new Map<string, string[]>(nodes.map((node) => [node.name, []]))
    const sources = new Map<string, SourceSpec>()
    const stores = new Map<string, StoreBuilder>()
    const sinkTopics = new Map<string, string>()
    for (const node of nodes) {
      for (const parent of node.parents) children.get(parent)?.push(node.name)
      if (node.kind === 'source') for (const topic of this.#sourceTopicsOf(node)) sources.set(topic, node)
      if (node.kind === 'sink' && typeof node.topic === 'string') sinkTopics.set(node.name, this.#fullName(node.topic))
      if (node.kind === 'processor') for (const name of javaHashOrder(node.stores)) stores.set(name, this.#builderOf(name))
    }
    const changelogTopics = new Map<string, string>()
    for (const name of stores.keys()) {
      const topic = this.#changelogOf(name)
      if (topic !== undefined) changelogTopics.set(name, topic)
    }
    return {
      nodes,
      children,
      sources,
      sinkTopic: (name) => {
        const topic = sinkTopics.get(name)
        if (topic === undefined) throw invalid(`sink ${name} has no fixed topic`)
        return topic
      },
      stores: [...stores.values()],
      changelogTopics,
      sourceChangelogs: new Set([...stores.keys()].filter((name) => this.#sourceOfStore.has(name))),
      globalStores: new Set(this.#globals.keys()),
      repartitionTopics: new Set([...this.#internalTopics.keys()].map((topic) => this.#fullName(topic)).filter((topic) => sources.has(topic))),
    }
  }

  #builderOf(storeName: string): StoreBuilder {
    const builder = this.storeBuilder(storeName)
    if (builder === undefined) throw invalid(`StateStore ${storeName} is not added yet.`)
    return builder
  }

  /** The topics around every sub-topology that has tasks. */
  topicGroups(): Map<number, TopicGroup> {
    const groups = new Map<number, TopicGroup>()
    for (const [id, names] of this.#graph.groups()) if (!this.#isGlobal(names)) groups.set(id, this.#topicGroup(names))
    return groups
  }

  #topicGroup(names: readonly string[]): TopicGroup {
    const nodes = names.map((name) => this.#graph.get(name)).filter((node): node is NodeSpec => node !== undefined)
    const sourceTopics = new Set<string>()
    const sinkTopics = new Set<string>()
    const repartitionSourceTopics = new Map<string, InternalTopicConfig>()
    for (const node of nodes) {
      if (node.kind === 'source') for (const topic of this.#sourceTopicsOf(node)) sourceTopics.add(topic)
      if (node.kind === 'sink' && typeof node.topic === 'string') sinkTopics.add(this.#fullName(node.topic))
      if (node.kind !== 'source') continue
      for (const topic of node.topics) {
        const properties = this.#internalTopics.get(topic)
        if (properties !== undefined) repartitionSourceTopics.set(this.#fullName(topic), repartitionTopic(this.#fullName(topic), properties))
      }
    }
    return {
      sourceTopics,
      sinkTopics,
      repartitionSourceTopics,
      stateChangelogTopics: this.#changelogsOf(nodes),
      copartitionGroups: this.#copartitionGroups(new Set(names)),
    }
  }

  #changelogsOf(nodes: readonly NodeSpec[]): Map<string, InternalTopicConfig> {
    const topics = new Map<string, InternalTopicConfig>()
    for (const node of nodes) {
      if (node.kind !== 'processor') continue
      for (const name of node.stores) {
        const topic = this.#changelogOf(name)
        if (topic !== undefined) topics.set(topic, changelogTopic(topic, this.#builderOf(name), this.#additionalRetentionMs))
      }
    }
    return topics
  }

  #copartitionGroups(names: ReadonlySet<string>): Set<string>[] {
    return this.#copartitioned
      .filter((sources) => sources.some((source) => names.has(source)))
      .map((sources) => new Set(sources.flatMap((name) => this.#topicsOfSource(name))))
  }

  #topicsOfSource(name: string): string[] {
    const node = this.#graph.get(name)
    return node?.kind === 'source' ? this.#sourceTopicsOf(node) : []
  }

  /** Full names of all topics the tasks read by name: for the subscription. Global topics are not among them. */
  sourceTopicNames(): string[] {
    const globalSources = new Set([...this.#globals.values()].map((global) => global.sourceName))
    return [...this.#graph.all()]
      .filter((node): node is SourceSpec => node.kind === 'source' && !globalSources.has(node.name))
      .flatMap((source) => source.topics.map((topic) => this.#fullName(topic)))
  }

  /** The topics of the global stores. */
  globalTopics(): Set<string> {
    return new Set([...this.#globals.values()].map((global) => global.topic))
  }

  /** How a global store is filled, by its name. */
  globalStore(name: string): GlobalStoreDefinition | undefined {
    return this.#globals.get(name)
  }

  /** True when some source reads by pattern: then {@link updateSubscribedTopics} has to be told the topics that exist. */
  usesPatternSubscription(): boolean {
    return this.#sources.hasPatterns
  }

  /** The patterns of all sources that read by pattern. */
  sourcePatterns(): RegExp[] {
    return [...this.#sources.patterns()]
  }

  /** Tells which topics exist in the cluster; returns true when a pattern source gained or lost one. */
  updateSubscribedTopics(topics: Iterable<string>): boolean {
    return this.#sources.update(topics)
  }

  /** Where to start reading a topic without a committed offset; undefined: the configured `auto.offset.reset`. */
  offsetResetOf(topic: string): AutoOffsetReset | undefined {
    for (const node of this.#graph.all()) {
      if (node.kind !== 'source' || node.offsetReset === undefined) continue
      if (this.#sourceTopicsOf(node).includes(topic)) return node.offsetReset
    }
    return undefined
  }

  /** Full names of the source topics whose records end in a store: the partitions a key's owner is found by. */
  sourceTopicsForStore(storeName: string): string[] {
    const sources = this.#storeSources.get(storeName) ?? []
    return [...new Set(sources.flatMap((name) => this.#topicsOfSource(name)))]
  }

  /** Names of the stores of a sub-topology. */
  storeNames(subtopologyId?: number): string[] {
    return this.buildTopology(subtopologyId).stores.map((store) => store.name)
  }

  describe(): TopologyDescription {
    return describeTopology(this.#graph, [...this.#globals.values()])
  }
}

const sourceSpec = (definition: SourceDefinition): SourceSpec => ({
  kind: 'source',
  name: definition.name,
  parents: [],
  topics: [...(definition.topics ?? [])],
  pattern: definition.pattern,
  keyDeserializer: definition.keyDeserializer,
  valueDeserializer: definition.valueDeserializer,
  timestampExtractor: definition.timestampExtractor,
  offsetReset: definition.offsetReset,
})

export type { ProcessorSpec, SourceSpec }
