import type { Deserializer, Serde, Serializer } from '../lib/serdes/serde.ts'
import type {
  AutoOffsetReset,
  FixedKeyProcessor,
  FixedKeyProcessorSupplier,
  Processor,
  ProcessorSupplier,
  StoreBuilder,
  StreamPartitioner,
  TimestampExtractor,
  TopicNameExtractor,
} from './api.ts'
import type { StreamsConfigInput } from './config.ts'
import { StreamsConfig } from './config.ts'
import { InternalTopologyBuilder } from './internals/internal-topology-builder.ts'
import type { TopologyDescription } from './internals/describe.ts'
import type { AnyProcessorSupplier } from './internals/node-spec.ts'

/** How a source reads. Absent serdes fall back to `default.key.serde` and `default.value.serde`. */
export interface SourceOptions<K = unknown, V = unknown> {
  readonly key?: Serde<K> | Deserializer<K> | undefined
  readonly value?: Serde<V> | Deserializer<V> | undefined
  /** Default: `default.timestamp.extractor`, which is the record's own timestamp. */
  readonly timestampExtractor?: TimestampExtractor | undefined
  /** Where to start without a committed offset. Default: the consumer's `auto.offset.reset`. */
  readonly offsetReset?: AutoOffsetReset | undefined
}

/** How a sink writes. Absent serdes fall back to the configured defaults. */
export interface SinkOptions<K = unknown, V = unknown> {
  readonly key?: Serde<K> | Serializer<K> | undefined
  readonly value?: Serde<V> | Serializer<V> | undefined
  /** Default: murmur2 of the key's bytes, as Java. */
  readonly partitioner?: StreamPartitioner<K, V> | undefined
}

/** A global (or read-only) store's topic, and what fills the store from it. */
export interface GlobalStoreOptions<K = unknown, V = unknown> {
  /** Name of the source node. */
  readonly sourceName: string
  readonly topic: string
  readonly key?: Serde<K> | Deserializer<K> | undefined
  readonly value?: Serde<V> | Deserializer<V> | undefined
  /** Default: `default.timestamp.extractor`, which is the record's own timestamp. */
  readonly timestampExtractor?: TimestampExtractor | undefined
  /** Name of the processor node. */
  readonly processorName: string
  /** Puts the records into the store. */
  readonly supplier: TopologyProcessor<K, V>
}

/** A supplier, or a function that makes one processor per task. */
export type TopologyProcessor<KIn, VIn, KOut = unknown, VOut = unknown> =
  | ProcessorSupplier<KIn, VIn, KOut, VOut>
  | FixedKeyProcessorSupplier<KIn, VIn, VOut>
  | (() => Processor<KIn, VIn, KOut, VOut> | FixedKeyProcessor<KIn, VIn, VOut>)

/**
 * An acyclic graph of sources, processors and sinks: the Processor API. Every method checks what it is told and throws a
 * {@link TopologyError} at once, so that a topology that could be built can run.
 *
 * @example
 * const topology = new Topology()
 *   .addSource('lines', 'in', { key: Serdes.string, value: Serdes.string })
 *   .addProcessor('upper', () => new Upper(), 'lines')
 *   .addSink('result', 'out', { key: Serdes.string, value: Serdes.string }, 'upper')
 */
export class Topology {
  /** What the DSL and the runtime work on; not part of the public API. */
  readonly internals: InternalTopologyBuilder

  /**
   * @param config what of the configuration matters while the topology is built: `processor.wrapper.class`
   * @throws {ConfigError} for an unknown name or a value that does not fit
   */
  constructor(config: StreamsConfigInput = {}) {
    const checked = new StreamsConfig(config)
    const wrapper = checked.settings.processorWrapperClass
    wrapper?.configure?.(checked.originals())
    this.internals = new InternalTopologyBuilder().setProcessorWrapper(wrapper)
  }

  /**
   * Adds a source that reads one topic, several, or all whose whole name matches a pattern.
   * @throws {TopologyError} without topics, or when the name or a topic is already taken
   */
  addSource<K, V>(name: string, topics: string | readonly string[] | RegExp, options: SourceOptions<K, V> = {}): this {
    const target = topics instanceof RegExp ? { pattern: topics } : { topics: typeof topics === 'string' ? [topics] : topics }
    const { timestampExtractor, offsetReset } = options
    this.internals.addSource({ name, ...target, timestampExtractor, offsetReset, ...deserializers(options) })
    return this
  }

  /**
   * Adds a processor below its parents. Stores that the supplier names are added and connected.
   * @throws {TopologyError} when the name is taken, or there is no parent, or a parent is unknown or a sink
   */
  addProcessor<KIn, VIn, KOut, VOut>(
    name: string,
    supplier: TopologyProcessor<KIn, VIn, KOut, VOut>,
    ...parents: readonly string[]
  ): this {
    this.internals.addProcessor({ name, supplier: asSupplier(supplier), parents })
    return this
  }

  /**
   * Adds a sink that writes to one topic, or to the topic that a function names for each record.
   * @throws {TopologyError} when the name is taken, or there is no parent, or a parent is unknown or a sink
   */
  addSink<K, V>(name: string, topic: string | TopicNameExtractor<K, V>, ...parents: readonly string[]): this
  addSink<K, V>(
    name: string,
    topic: string | TopicNameExtractor<K, V>,
    options: SinkOptions<K, V>,
    ...parents: readonly string[]
  ): this
  addSink<K, V>(
    name: string,
    topic: string | TopicNameExtractor<K, V>,
    ...rest: readonly (string | SinkOptions<K, V>)[]
  ): this {
    const options = rest.find((each): each is SinkOptions<K, V> => typeof each === 'object') ?? {}
    const parents = rest.filter((each): each is string => typeof each === 'string')
    const { partitioner } = options
    const keySerializer = options.key && serializer(options.key)
    const valueSerializer = options.value && serializer(options.value)
    this.internals.addSink({ name, topic, keySerializer, valueSerializer, partitioner, parents })
    return this
  }

  /**
   * Adds a store and connects it to processors; sharing one puts them into the same sub-topology.
   * @throws {TopologyError} when another store has the name, or a processor is unknown or is a source or sink
   */
  addStateStore(builder: StoreBuilder, ...processorNames: readonly string[]): this {
    this.internals.addStateStore(builder, processorNames)
    return this
  }

  /** Connects stores that were added before. @throws {TopologyError} when a store or the processor is unknown */
  connectProcessorAndStateStores(processorName: string, ...storeNames: readonly string[]): this {
    this.internals.connectProcessorAndStateStores(processorName, storeNames)
    return this
  }

  /**
   * Adds a store that every instance fills from all partitions of a topic, before the first record is processed; any processor may read it.
   * @throws {TopologyError} when a name or the topic is taken
   */
  addGlobalStore<K, V>(builder: StoreBuilder, options: GlobalStoreOptions<K, V>): this {
    const { sourceName, topic, timestampExtractor, processorName } = options
    const supplier = asSupplier(options.supplier)
    this.internals.addGlobalStore({ builder, sourceName, topic, timestampExtractor, processorName, supplier, ...deserializers(options) })
    return this
  }

  /**
   * Adds a store that is filled from a topic as a table is: each task reads its partition of it, and the topic itself is the
   * store's changelog (KIP-813). The supplier's processor must store records as they are, since a restore puts them there directly.
   * @throws {TopologyError} when a name or the topic is taken
   */
  addReadOnlyStateStore<K, V>(builder: StoreBuilder, options: GlobalStoreOptions<K, V>): this {
    const { sourceName, topic, timestampExtractor, processorName } = options
    const { internals } = this
    internals.addSource({ name: sourceName, topics: [topic], timestampExtractor, offsetReset: 'earliest', ...deserializers(options) })
    internals.addProcessor({ name: processorName, supplier: asSupplier(options.supplier), parents: [sourceName] })
    internals.addStateStore(builder.withLoggingDisabled(), [processorName])
    internals.connectSourceStoreAndTopic(builder.name, topic)
    return this
  }

  /** The topology as data; its `toString()` is the text Java prints, character for character. */
  describe(): TopologyDescription {
    return this.internals.describe()
  }
}

const deserializer = <T>(serde: Serde<T> | Deserializer<T>): Deserializer<T> => ('deserializer' in serde ? serde.deserializer : serde)

const serializer = <T>(serde: Serde<T> | Serializer<T>): Serializer<T> => ('serializer' in serde ? serde.serializer : serde)

const deserializers = <K, V>({ key, value }: Pick<SourceOptions<K, V>, 'key' | 'value'>) => ({
  keyDeserializer: key && deserializer(key),
  valueDeserializer: value && deserializer(value),
})

const asSupplier = <KIn, VIn, KOut, VOut>(supplier: TopologyProcessor<KIn, VIn, KOut, VOut>): AnyProcessorSupplier =>
  (typeof supplier === 'function' ? { get: supplier } : supplier) as AnyProcessorSupplier
