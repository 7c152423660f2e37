import { setTimeout as pause } from 'node:timers/promises'
import type { ResourceLimits } from 'node:worker_threads'
import { SessionStoreBuilder, TimestampedWindowStoreBuilder, WindowStoreBuilder } from '../stores/internals/timed/windowed-store-builders.ts'
import type { SessionStore } from '../stores/session-store.ts'
import type { WindowStore } from '../stores/window-store.ts'
import type { KeyValueStore, StoreBuilder, StreamPartitioner, ValueAndTimestamp } from '../topology/api.ts'
import { StreamsConfig } from '../topology/config.ts'
import type { StreamsConfigInput } from '../topology/config.ts'
import type { Topology } from '../topology/topology.ts'
import { ConfigError, InvalidStateStoreError } from './core/errors.ts'
import { silentLogger } from './core/log.ts'
import type { Logger } from './core/log.ts'
import { systemTime } from './core/time.ts'
import type { Time } from './core/time.ts'
import type { Metric } from './metrics/metrics-registry.ts'
import { PrometheusExport } from './metrics/prometheus.ts'
import type { PrometheusOptions, PrometheusRegistry } from './metrics/prometheus.ts'
import type { QueryableKeyValueStore } from './query/composite-key-value-store.ts'
import type { QueryableSessionStore } from './query/composite-session-store.ts'
import type { QueryableWindowStore } from './query/composite-window-store.ts'
import { localPartitions, localStores } from './query/local-stores.ts'
import type { StateQueryRequest, StateQueryResult } from './query/query.ts'
import { runQuery } from './query/run-query.ts'
import { localChangelogs, partitionLags } from './runtime/partition-lags.ts'
import type { LagInfo, LocalChangelog } from './runtime/partition-lags.ts'
import { QueryableStoreTypes } from './query/queryable-store-types.ts'
import type { QueryableStoreType } from './query/queryable-store-types.ts'
import { queryStore } from './query/store-query-parameters.ts'
import type { StoreQueryParameters } from './query/store-query-parameters.ts'
import { StreamsMetadataState } from './query/streams-metadata.ts'
import type { KeyQueryMetadata, StreamsMetadata } from './query/streams-metadata.ts'
import { remoteQuery } from './query/workers/remote-query.ts'
import { canBeRemote, remoteStore } from './query/workers/remote-store.ts'
import { StoreRows } from './query/workers/store-rows.ts'
import { remoteStores } from './query/workers/stores-of-workers.ts'
import type { ThreadMetadata } from './runtime/thread-metadata.ts'
import { parseHost } from './runtime/assignor/host-info.ts'
import type { HostInfo } from './runtime/assignor/host-info.ts'
import type { ClientState, StateListener } from './runtime/client-state.ts'
import { StreamsNotRunningError } from './runtime/errors.ts'
import { prepareTopology } from './runtime/prepared-topology.ts'
import type { PreparedTopology } from './runtime/prepared-topology.ts'
import type { StateRestoreListener } from './runtime/restore-listener.ts'
import type { StandbyUpdateListener } from './runtime/standby-listener.ts'
import { IllegalStateError } from './runtime/state-machine.ts'
import { StreamsClient } from './runtime/streams-client.ts'
import type { ClientPlan } from './runtime/streams-client.ts'
import type { StreamsUncaughtExceptionHandler } from './runtime/uncaught-exceptions.ts'
import { TopologyModule } from './runtime/workers/topology-module.ts'
import type { TopologyExports } from './runtime/workers/topology-module.ts'
import { planWorkers } from './runtime/workers/worker-plan.ts'
import type { Serializer } from './serdes/serde.ts'

export interface KafkaStreamsOptions {
  /** Where log lines go; a pino logger fits as it is. Default: nowhere. */
  readonly logger?: Logger | undefined
  /** Default: the system's clock; worker threads always go by that. */
  readonly time?: Time | undefined
  /**
   * Of a topology that is given as a module: true, each stream thread runs in a worker thread, also a single one; false, all of them share
   * the event loop of the caller. Default: in workers when `num.stream.threads` is more than 1; a single one in the event loop of the
   * caller, and those that are added later in workers.
   */
  readonly workers?: boolean | undefined
  /** Of each worker thread, such as `maxOldGenerationSizeMb`: one that needs more ends, and counts as a stream thread that has failed. Default: as Node.js has it. */
  readonly resourceLimits?: ResourceLimits | undefined
}

export interface CloseOptions {
  /** How long to wait, ms. Default: until everything is closed. Closing goes on in any case. */
  readonly timeoutMs?: number | undefined
  /** Static members (`group.instance.id`) stay in the group unless this is true; others always leave. Default false. */
  readonly leaveGroup?: boolean | undefined
}

/** What a query shows of a store's values: of one that keeps timestamps the values alone. */
export type PlainValue<V> = V extends ValueAndTimestamp<infer T> ? T : V

/**
 * Runs a topology: one instance of an application, which shares its work with the other instances of the same
 * `application.id`.
 *
 * @example
 * await using streams = new KafkaStreams(topology, { applicationId: 'word-count', bootstrapServers: 'localhost:9092' })
 * await streams.run({ signal })
 */
export class KafkaStreams implements AsyncDisposable {
  readonly #config: StreamsConfig
  readonly #options: KafkaStreamsOptions
  readonly #client: StreamsClient
  readonly #host: HostInfo | undefined
  readonly #module: TopologyModule | undefined
  #exports: TopologyExports = {}
  #mayHaveWorkers = false
  /** Of a module: when it is loaded. */
  #prepared: PreparedTopology | undefined
  #metadata: StreamsMetadataState | undefined

  /**
   * @param topology itself, or the module that exports it, as a URL or a path: stream threads can then run in worker threads, each of which
   * imports the module. Its default export is the topology or a function of the configuration that makes it; a module is loaded by `start`
   * @throws {ConfigError} for an unknown setting, a value that does not fit, or one that is missing
   * @throws {TopologyError} when the topology has no source
   * @throws {StreamsError} MILLRACE_TOPOLOGY_NO_SERDE when a source, sink or store has no serde, and none is the default
   */
  constructor(topology: Topology | URL | string, config: StreamsConfigInput, options: KafkaStreamsOptions = {}) {
    this.#config = new StreamsConfig(config).requireForRunning()
    this.#options = options
    refuseWhatIsNotBuiltYet(this.#config)
    const isModule = topology instanceof URL || typeof topology === 'string'
    if (!isModule && (options.workers === true || options.resourceLimits !== undefined)) {
      throw new ConfigError('worker threads load the topology by themselves: give KafkaStreams the URL of the module that exports it, instead of the topology')
    }
    const { applicationServer } = this.#config.settings
    this.#host = applicationServer === '' ? undefined : parseHost(applicationServer)
    this.#client = new StreamsClient({
      config: this.#config,
      logger: options.logger ?? silentLogger,
      time: options.time ?? systemTime,
      topologyDescription: () => String(this.#prepared?.builder.describe() ?? ''),
      onAssignment: ({ hosts, partitionCounts }) => this.#metadata?.update(hosts, partitionCounts),
    })
    if (isModule) this.#module = new TopologyModule(topology)
    else this.#prepare(topology, this.#config)
  }

  #prepare(topology: Topology, config: StreamsConfig): PreparedTopology {
    this.#prepared = prepareTopology(topology, config, this.#options.logger ?? silentLogger)
    this.#metadata = new StreamsMetadataState(this.#prepared.builder, this.#host)
    return this.#prepared
  }

  async #load(module: TopologyModule): Promise<ClientPlan> {
    const { exports, topology, config, dataForWorkers } = await module.load(this.#config.originals())
    refuseWhatIsNotBuiltYet(config)
    this.#exports = exports
    const prepared = this.#prepare(topology, config)
    // with import.meta, which is not there where tests run this file as CommonJS
    const { workerProgram } = await import('./query/workers/worker-program.ts')
    const { workers, resourceLimits } = this.#options
    const plan = planWorkers({ config, workers, resourceLimits, program: workerProgram(), moduleUrl: module.url.href, data: dataForWorkers })
    this.#mayHaveWorkers = plan !== undefined
    return { prepared, workers: plan }
  }

  get state(): ClientState {
    return this.#client.states.state
  }

  /** The `application.server` of this instance, when set. */
  get host(): HostInfo | undefined {
    return this.#host
  }

  /** What made the client fail, when it did. */
  get error(): Error | undefined {
    return this.#client.fatal
  }

  /** Called after every change of {@link state}. @throws {IllegalStateError} after `start` */
  setStateListener(listener: StateListener): void {
    this.#onlyBeforeStart('setStateListener')
    this.#client.states.onChange(listener)
  }

  /** Decides what happens when an error stops the stream thread. Default: this client shuts down. */
  setUncaughtExceptionHandler(handler: StreamsUncaughtExceptionHandler): void {
    this.#onlyBeforeStart('setUncaughtExceptionHandler')
    this.#client.exceptionHandler = handler
  }

  /** Hears how restoration of stores goes on, of all stores. @throws {IllegalStateError} after `start` */
  setGlobalStateRestoreListener(listener: StateRestoreListener): void {
    this.#onlyBeforeStart('setGlobalStateRestoreListener')
    this.#client.restoreListener = listener
  }

  /** Hears how the standbys of this instance follow their changelogs. @throws {IllegalStateError} after `start` */
  setStandbyUpdateListener(listener: StandbyUpdateListener): void {
    this.#onlyBeforeStart('setStandbyUpdateListener')
    this.#client.standbyListener = listener
  }

  #onlyBeforeStart(method: string): void {
    if (this.state === 'CREATED') return
    throw new IllegalStateError(`${method} can only be called before start(): the client is ${this.state}`)
  }

  /**
   * Fills the global stores, then starts the stream threads. Resolves when they are started; the state becomes RUNNING later,
   * when tasks are assigned and restored. A module is loaded here: what the constructor throws for a topology, this throws for a module.
   * @throws {IllegalStateError} when it was started before
   */
  async start(): Promise<void> {
    const module = this.#module
    if (module !== undefined) await this.#client.start(() => this.#load(module))
    else if (this.#prepared !== undefined) await this.#client.start({ prepared: this.#prepared })
  }

  /**
   * Commits and closes everything. Resolves true when all is closed, false when that took longer than `timeoutMs`; with 0 it does not wait.
   * @throws {ConfigError} when `timeoutMs` is negative
   */
  async close({ timeoutMs = Infinity, leaveGroup = false }: CloseOptions = {}): Promise<boolean> {
    if (!(timeoutMs >= 0)) throw new ConfigError(`timeoutMs of close() is ${timeoutMs}: it must not be negative`)
    const wasClosed = this.#client.states.hasShutDown
    const closed = this.#client.close(leaveGroup).then(() => true)
    if (timeoutMs === Infinity) return closed
    // who does not want to wait is told how things are, however quick the end is
    if (timeoutMs === 0) {
      closed.catch(() => {})
      return wasClosed
    }
    const patience = new AbortController()
    const outOfTime = pause(timeoutMs, false, { signal: patience.signal }).catch(() => false)
    try {
      return await Promise.race([closed, outOfTime])
    } finally {
      patience.abort()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /**
   * Starts, runs until `signal` aborts, and closes cleanly.
   * @throws what made the client fail, when it ends in ERROR
   */
  async run({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      this.#client.states.onChange((state) => {
        if (state === 'NOT_RUNNING' || state === 'ERROR') resolve()
      })
    })
    const stop = (): void => void this.close()
    const isAborted = (): boolean => signal?.aborted === true
    signal?.addEventListener('abort', stop, { once: true })
    if (isAborted()) stop()
    else await this.start()
    await ended
    signal?.removeEventListener('abort', stop)
    if (this.state === 'ERROR') throw this.error ?? new StreamsNotRunningError('the client has failed')
  }

  /**
   * Starts one more stream thread; its name, or undefined when the client does not run. Those of a module run in worker threads; of a
   * topology they share the event loop of this process: more of them let more tasks wait at the same time, and do not use more cores.
   */
  addStreamThread(): string | undefined {
    return this.#client.addThread()
  }

  /** Stops one stream thread, whose tasks go to the others; its name when it is done, or undefined when there is none. */
  async removeStreamThread(): Promise<string | undefined> {
    return this.#client.removeThread()
  }

  /**
   * Stops processing and punctuation until {@link resume}. The instance stays in the group, restores stores, answers queries and
   * commits what it has done. May be called before `start` (KIP-834).
   */
  pause(): void {
    this.#client.isPaused = true
  }

  resume(): void {
    this.#client.isPaused = false
  }

  get isPaused(): boolean {
    return this.#client.isPaused
  }

  /**
   * Deletes this application's local state, so that all stores are restored from their changelogs.
   * @throws {IllegalStateError} while the client runs
   */
  cleanUp(): void {
    if (this.state !== 'CREATED' && this.state !== 'NOT_RUNNING' && this.state !== 'ERROR') {
      throw new IllegalStateError(`Cannot clean up while running: the client is ${this.state}. Call it before start() or after close()`)
    }
    this.#client.stateDirectory.cleanUp()
    this.#client.stateDirectory.cleanUpGlobal()
  }

  /**
   * A read-only handle on a store of this instance: by its builder, as a key-value store by its name, or as any kind by
   * `StoreQueryParameters`.
   */
  store<K, V>(store: StoreBuilder<KeyValueStore<K, V>>): QueryableKeyValueStore<K, PlainValue<V>>
  store<K, V>(store: StoreBuilder<WindowStore<K, V>>): QueryableWindowStore<K, PlainValue<V>>
  store<K, V>(store: StoreBuilder<SessionStore<K, V>>): QueryableSessionStore<K, PlainValue<V>>
  store<K = unknown, V = unknown>(store: string): QueryableKeyValueStore<K, V>
  store<T>(parameters: StoreQueryParameters<T>): T
  store(given: StoreBuilder | string | StoreQueryParameters<unknown>): unknown {
    const parameters: StoreQueryParameters<unknown> = isParameters(given) ? given : { storeName: storeNameOf(given), type: typeFor(given) }
    const name = parameters.storeName
    const prepared = this.#requireStore(name)
    const find = () => localStores(this.#client, name, parameters.staleStores ?? false)
    // a handle outlives the threads of the moment: where workers may come it asks for them with every call
    const hasWorkers = this.#client.workers.length > 0 || (this.#mayHaveWorkers && canBeRemote(parameters.type))
    if (prepared === undefined || !hasWorkers) return queryStore(parameters, find)
    return remoteStore(parameters, remoteStores(this.#client, prepared, parameters, find))
  }

  /**
   * Puts a query to the partitions of a store that are on this instance. Each answers by itself, also while others are being
   * restored (KIP-796).
   * @throws {StreamsNotRunningError} before the start and after the end
   * @throws {InvalidStateStoreError} when the topology has no such store
   */
  async query<R>(request: StateQueryRequest<R>): Promise<StateQueryResult<R>> {
    const name = storeNameOf(request.store)
    const prepared = this.#requireStore(name)
    const partitionCount = this.#metadata?.partitionCount(name)
    const { workers } = this.#client
    const queried = { name, partitionCount, find: () => localPartitions(this.#client, name) }
    if (prepared === undefined || workers.length === 0) return runQuery(queried, request)
    const here = new Set(queried.find().map(({ partition }) => partition))
    const local = runQuery(queried, { ...request, partitions: (request.partitions ?? [...here]).filter((partition) => here.has(partition)) })
    const rows = new StoreRows(prepared.builder, prepared.config, name)
    const ready = workers.filter(({ isReady }) => isReady)
    return remoteQuery({ name, partitionCount, rows, workers: ready.map((worker) => (question) => worker.ask(question)), exports: this.#exports, local }, request)
  }

  /** Who has a key of a store; undefined while nobody is known to. `by` is how the key's partition is found: its serializer or the partitioner used for it. */
  queryMetadataForKey<K>(store: string | StoreBuilder, key: K, by?: Serializer<K> | StreamPartitioner<K, unknown>): KeyQueryMetadata | undefined {
    const name = storeNameOf(store)
    this.#requireStore(name)
    return this.#metadata?.forKey(name, key, by ?? this.#keySerializer(name))
  }

  /** The instances that have partitions or replicas of a store. */
  streamsMetadataForStore(store: string | StoreBuilder): readonly StreamsMetadata[] {
    const name = storeNameOf(store)
    this.#requireStore(name)
    return this.#metadata?.forStore(name) ?? []
  }

  /** All instances that have an `application.server`. */
  metadataForAllStreamsClients(): readonly StreamsMetadata[] {
    return this.#metadata?.all() ?? []
  }

  /** The stream threads of this instance and their tasks; of worker threads as they were at most a second ago. */
  metadataForLocalThreads(): readonly ThreadMetadata[] {
    return this.#client.threads.map((thread) => thread.metadata(this.#client.clientId))
  }

  /** How far this instance's stores are behind their changelogs, by store name and partition. */
  async allLocalStorePartitionLags(): Promise<ReadonlyMap<string, ReadonlyMap<number, LagInfo>>> {
    const { admin, localThreads, workers } = this.#client
    if (admin === undefined) return new Map()
    const remote = await Promise.all(workers.filter(({ isReady }) => isReady).map((worker) => worker.ask({ kind: 'changelogs' }).then((answer) => answer as LocalChangelog[], () => [])))
    return partitionLags([...localThreads.flatMap(localChangelogs), ...remote.flat()], admin)
  }

  /** All metrics as they are now; of worker threads as they were at most a second ago. */
  metrics(): readonly Metric[] {
    return [...this.#client.metrics.read(), ...this.#client.workers.flatMap(({ metrics }) => metrics)]
  }

  /**
   * Shows all metrics in a registry of prom-client, by the names that exporters of Java's JMX give them, such as
   * `kafka_streams_stream_task_metrics_process_total`, with tags as labels; values are looked up when the registry is read. A registry
   * takes one instance: give another one its own, or another prefix. Returns the function that takes the metrics out again.
   */
  exportMetrics(registry: PrometheusRegistry, options?: PrometheusOptions): () => void {
    const exported = new PrometheusExport(() => this.metrics(), registry, options)
    let isOpen = true
    this.#client.states.onChange(() => {
      if (isOpen) exported.refresh()
    })
    return () => {
      isOpen = false
      exported.close()
    }
  }

  /** Undefined while it is not known which stores there are, before a module is loaded. */
  #requireStore(name: string): PreparedTopology | undefined {
    const prepared = this.#prepared
    if (prepared === undefined) return undefined
    const internals = prepared.builder
    if (internals.storeBuilder(name) !== undefined) return prepared
    const known = [...internals.storeNames(), ...internals.buildTopology().globalStores].sort().join(', ') || 'none'
    throw new InvalidStateStoreError(`the topology has no store named ${name}; it has: ${known}`)
  }

  #keySerializer<K>(storeName: string): Serializer<K> {
    const builder = this.#prepared?.builder.storeBuilder(storeName)
    const keySerde = builder !== undefined && 'keySerde' in builder ? (builder.keySerde as { serializer: Serializer<K> } | undefined) : undefined
    const serde = keySerde ?? (this.#prepared?.config ?? this.#config).settings.defaultKeySerde
    if (serde !== undefined) return serde.serializer as Serializer<K>
    throw new ConfigError(`the partition of a key of store ${storeName} cannot be found: pass its serializer, or set default.key.serde`)
  }
}

const storeNameOf = (store: string | StoreBuilder): string => (typeof store === 'string' ? store : store.name)

const typeFor = (given: string | StoreBuilder): QueryableStoreType<unknown> => {
  const { windowStore, sessionStore, keyValueStore } = QueryableStoreTypes
  if (given instanceof WindowStoreBuilder || given instanceof TimestampedWindowStoreBuilder) return windowStore() as QueryableStoreType<unknown>
  if (given instanceof SessionStoreBuilder) return sessionStore() as QueryableStoreType<unknown>
  return keyValueStore() as QueryableStoreType<unknown>
}

const isParameters = (given: StoreBuilder | string | StoreQueryParameters<unknown>): given is StoreQueryParameters<unknown> =>
  typeof given === 'object' && 'storeName' in given && 'type' in given

const refuseWhatIsNotBuiltYet = ({ settings }: StreamsConfig): void => {
  if (settings.groupProtocol !== 'classic') {
    throw new ConfigError(`group.protocol ${settings.groupProtocol} is not built yet: this release knows classic`)
  }
}
