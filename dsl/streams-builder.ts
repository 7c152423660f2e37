import { StreamsError } from '../lib/core/errors.ts'
import type { Processor, StoreBuilder } from '../topology/api.ts'
import type { StreamsConfigInput } from '../topology/config.ts'
import { StreamsConfig } from '../topology/config.ts'
import { requireSerdes } from '../topology/internals/missing-serdes.ts'
import { invalid } from '../topology/internals/invalid.ts'
import { Topology } from '../topology/topology.ts'
import type { BuildContext } from './internals/build-context.ts'
import { GeneratedNames } from './internals/explicit-naming.ts'
import { GlobalKTableImpl } from './internals/global-ktable-impl.ts'
import { GlobalStoreNode, StateStoreNode, StreamSourceNode, TableSourceNode, topicsOf } from './internals/graph/source-nodes.ts'
import { KStreamImpl } from './internals/kstream-impl.ts'
import { KTableImpl } from './internals/ktable-impl.ts'
import { materialize } from './internals/materialized.ts'
import { prefixes } from './internals/names.ts'
import { supplierOf } from './internals/supplier.ts'
import { optimize } from './internals/optimize/optimize.ts'
import { LogicalPlan } from './internals/plan.ts'
import { TableSource } from './internals/processors/table-source.ts'
import { TableStores } from './internals/table-stores.ts'
import type { KStream } from './kstream.ts'
import type { GlobalKTable, KTable } from './ktable.ts'
import type { Supplying } from './functions.ts'
import type { Consumed, LatestStore, Store } from './options.ts'

type Config = StreamsConfigInput

interface Built {
  readonly topology: Topology
  /** Of the plan at that time. */
  readonly size: number
}

/**
 * Where the DSL begins: streams and tables are made here, and everything done to them becomes one topology.
 *
 * @example
 * const builder = new StreamsBuilder()
 * builder.stream('lines', { key: Serdes.string, value: Serdes.string })
 *   .filter((_key, line) => line !== '')
 *   .to('full-lines')
 * const topology = builder.build()
 */
export class StreamsBuilder {
  readonly #given: Config
  #config: StreamsConfig
  readonly #plan = new LogicalPlan()
  readonly #generated = new GeneratedNames()
  readonly #stores: TableStores
  readonly #build: BuildContext
  #built: Built | undefined

  /**
   * @param config what of the configuration matters when the topology is built: `topology.optimization`,
   *   `default.dsl.store`, `ensure.explicit.internal.resource.naming`, `processor.wrapper.class`. May as well be given to {@link build}.
   * @throws {ConfigError} for an unknown name or a value that does not fit
   */
  constructor(config: Config = {}) {
    this.#given = config
    this.#config = new StreamsConfig(config)
    this.#stores = new TableStores(() => this.#config)
    this.#build = {
      plan: this.#plan,
      generated: this.#generated,
      tableStore: (store) => this.#stores.builderOf(store),
      storeSuppliers: (chosen) => this.#stores.suppliers(chosen),
      storeFormat: () => this.#config.settings.dslStoreFormat,
    }
  }

  /**
   * A stream of the records of one topic, of several, or of all topics whose whole name matches a pattern, also of later ones.
   * @throws {TopologyError} for a name that is not allowed; topics that are read twice are refused by {@link build}
   */
  stream<K = unknown, V = unknown>(topics: string | readonly string[] | RegExp, consumed: Consumed<K, V> = {}): KStream<K, V> {
    const name = this.#plan.names.nameOr(consumed.name, prefixes.streamSource)
    const node = this.#plan.add(this.#plan.root, new StreamSourceNode(name, topicsOf(topics), consumed as Consumed<unknown, unknown>))
    const { key, value } = consumed
    return new KStreamImpl({ name, key, value, sources: new Set([name]), node, build: this.#build }, false)
  }

  /**
   * A table of the last value of each key of a topic. The topic should be compacted; a record without value deletes, one without a key
   * is dropped. It is kept in a store if it has a name or something looks into it. With `reuse.ktable.source.topics` among the
   * `topology.optimization`s the topic is the store's changelog.
   * @throws {TopologyError} for a name that is not allowed
   */
  table<K = unknown, V = unknown>(topic: string, consumed: Consumed<K, V> = {}, store?: Store<K, V>): KTable<K, V> {
    const { names } = this.#plan
    const kept = materialize(store, this.#build, `${topic}-`).withOverrides(consumed.key, consumed.value)
    const serdes = { key: kept.keySerde, value: kept.valueSerde }
    const sourceName = names.suffixedOr(consumed.name, '-source', prefixes.streamSource)
    const name = names.nameOr(consumed.name, prefixes.tableSource)
    const source = new TableSource<K, V>(kept.storeName, kept.isQueryable)
    const node = new TableSourceNode(name, {
      sourceName,
      topic,
      consumed: { ...consumed, ...serdes },
      supplier: source,
      store: (logging) => (source.isMaterialized ? this.#stores.builderOf(logging ? kept : kept.withoutLogging()) : undefined),
    })
    this.#plan.add(this.#plan.root, node)
    node.isVersioned = kept.isVersioned
    const parts = { ...serdes, name, sources: new Set([sourceName]), node, build: this.#build }
    return new KTableImpl(parts, source, kept.queryableStoreName)
  }

  /**
   * A table that every instance holds whole, so that streams can be joined with it by any key. It is filled before the first record is
   * processed, from the topic itself.
   * @throws {TopologyError} for a versioned store, or a name that is not allowed
   */
  globalTable<K = unknown, V = unknown>(topic: string, consumed: Consumed<K, V> = {}, store?: LatestStore<K, V>): GlobalKTable<K, V> {
    const { names } = this.#plan
    const kept = materialize(store, this.#build, `${topic}-`, false).withOverrides(consumed.key, consumed.value)
    if (kept.isVersioned) throw invalid('GlobalTables cannot be versioned.')
    const serdes = { key: kept.keySerde, value: kept.valueSerde }
    const sourceName = names.suffixedOr(consumed.name, '-source', prefixes.streamSource)
    const name = names.nameOr(consumed.name, prefixes.tableSource)
    const source = new TableSource<K, V>(kept.storeName, true)
    const node = new GlobalStoreNode(name, {
      sourceName,
      topic,
      consumed: { ...consumed, ...serdes },
      supplier: source,
      store: () => this.#stores.builderOf(kept).withCachingDisabled(),
    })
    this.#plan.add(this.#plan.root, node)
    return new GlobalKTableImpl(source.view(), kept.queryableStoreName)
  }

  /** Adds a store for the processors that name it. {@link build} refuses two of one name. */
  addStateStore(builder: StoreBuilder): this {
    this.#plan.add(this.#plan.root, new StateStoreNode(builder))
    return this
  }

  /**
   * Adds a store that every instance fills from all partitions of a topic, through a processor that puts records into it. It is
   * filled before the first record is processed; the topic is its changelog. Every processor may read it.
   */
  addGlobalStore<K, V>(builder: StoreBuilder, topic: string, consumed: Consumed<K, V>, supplier: Supplying<Processor<K, V>>): this {
    const { names } = this.#plan
    const sourceName = names.suffixedOr(consumed.name, '-source', prefixes.streamSource)
    const name = names.nameOr(consumed.name, prefixes.tableSource)
    const parts = { sourceName, topic, consumed: consumed as Consumed<unknown, unknown>, supplier: supplierOf(supplier), store: () => builder }
    this.#plan.add(this.#plan.root, new GlobalStoreNode(name, parts))
    return this
  }

  /**
   * The topology of everything that was asked for. Asked again it returns the same one.
   * @param config as in the constructor, over what was given there
   * @throws {TopologyError} when it could not run: names or topics used twice, illegal names
   * @throws {ConfigError} for an unknown name or a value that does not fit
   * @throws {StreamsError} MILLRACE_TOPOLOGY_NO_SERDE when the configuration is the one to run with (it has `application.id` and
   *   `bootstrap.servers`) and a source, sink or store has no serde; with less of it `KafkaStreams` finds out
   * @throws {StreamsError} MILLRACE_DSL_BUILT when operators were added after it was built
   */
  build(config: Config = {}): Topology {
    if (this.#built !== undefined) return this.#builtBefore(this.#built)
    this.#config = new StreamsConfig({ ...this.#given, ...config })
    const { settings } = this.#config
    const topology = new Topology({ ...this.#given, ...config })
    optimize(this.#plan, settings.topologyOptimization)
    this.#plan.writeTo(topology.internals)
    if (settings.ensureExplicitInternalResourceNaming) this.#generated.refuse(this.#plan.repartitionTopics())
    if (isWhole(settings)) requireSerdes(topology.internals.setApplicationId(settings.applicationId), settings)
    this.#built = { topology, size: this.#plan.size }
    return topology
  }

  #builtBefore({ topology, size }: Built): Topology {
    if (size === this.#plan.size) return topology
    throw new StreamsError('MILLRACE_DSL_BUILT', 'Operators were added after build(), which are not in its topology; make a new StreamsBuilder')
  }
}

/** True for a configuration to run with: serdes that are not among its defaults will not come later. */
const isWhole = ({ applicationId, bootstrapServers }: StreamsConfig['settings']): boolean => applicationId !== '' && bootstrapServers.length > 0
