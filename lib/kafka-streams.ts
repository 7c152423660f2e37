import { setTimeout as pause } from 'node:timers/promises'
import { SessionStoreBuilder, TimestampedWindowStoreBuilder, WindowStoreBuilder } from '../stores/internals/timed/windowed-store-builders.ts'
import type { SessionStore } from '../stores/session-store.ts'
import type { WindowStore } from '../stores/window-store.ts'
import type { KeyValueStore, StoreBuilder, StreamPartitioner, ValueAndTimestamp } from '../topology/api.ts'
import { StreamsConfig } from '../topology/config.ts'
import type { StreamsConfigInput } from '../topology/config.ts'
import { requireSerdes } from '../topology/internals/missing-serdes.ts'
import type { Topology } from '../topology/topology.ts'
import { ConfigError, InvalidStateStoreError } from './core/errors.ts'
import { silentLogger } from './core/log.ts'
import type { Logger } from './core/log.ts'
import { systemTime } from './core/time.ts'
import type { Time } from './core/time.ts'
import type { Metric } from './metrics/metrics-registry.ts'
import type { QueryableKeyValueStore } from './query/composite-key-value-store.ts'
import type { QueryableSessionStore } from './query/composite-session-store.ts'
import type { QueryableWindowStore } from './query/composite-window-store.ts'
import { localPartitions, localStores } from './query/local-stores.ts'
import type { StateQueryRequest, StateQueryResult } from './query/query.ts'
import { runQuery } from './query/run-query.ts'
import { partitionLags } from './runtime/partition-lags.ts'
import type { LagInfo } from './runtime/partition-lags.ts'
import { QueryableStoreTypes } from './query/queryable-store-types.ts'
import type { QueryableStoreType } from './query/queryable-store-types.ts'
import { queryStore } from './query/store-query-parameters.ts'
import type { StoreQueryParameters } from './query/store-query-parameters.ts'
import { StreamsMetadataState } from './query/streams-metadata.ts'
import type { KeyQueryMetadata, StreamsMetadata } from './query/streams-metadata.ts'
import { threadMetadata } from './query/thread-metadata.ts'
import type { ThreadMetadata } from './query/thread-metadata.ts'
import { parseHost } from './runtime/assignor/host-info.ts'
import type { HostInfo } from './runtime/assignor/host-info.ts'
import { checkExactlyOnce } from './runtime/client-options.ts'
import type { ClientState, StateListener } from './runtime/client-state.ts'
import { StreamsNotRunningError } from './runtime/errors.ts'
import type { StateRestoreListener } from './runtime/restore-listener.ts'
import type { StandbyUpdateListener } from './runtime/standby-listener.ts'
import { IllegalStateError } from './runtime/state-machine.ts'
import { StreamsClient } from './runtime/streams-client.ts'
import type { StreamsUncaughtExceptionHandler } from './runtime/uncaught-exceptions.ts'
import type { Serializer } from './serdes/serde.ts'

export interface KafkaStreamsOptions {
  /** Where log lines go; a pino logger fits as it is. Default: nowhere. */
  readonly logger?: Logger | undefined
  /** Default: the system's clock. */
  readonly time?: Time | undefined
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
  readonly #topology: Topology
  readonly #config: StreamsConfig
  readonly #client: StreamsClient
  readonly #metadata: StreamsMetadataState
  readonly #host: HostInfo | undefined

  /**
   * @throws {ConfigError} for an unknown setting, a value that does not fit, or one that is missing
   * @throws {TopologyError} when the topology has no source
   * @throws {StreamsError} MILLRACE_TOPOLOGY_NO_SERDE when a source, sink or store has no serde, and none is the default
   */
  constructor(topology: Topology, config: StreamsConfigInput, options: KafkaStreamsOptions = {}) {
    this.#topology = topology
    this.#config = new StreamsConfig(config).requireForRunning()
    refuseWhatIsNotBuiltYet(this.#config)
    checkExactlyOnce(this.#config)
    const { applicationId, applicationServer, windowstoreChangelogAdditionalRetentionMs } = this.#config.settings
    const builder = topology.internals.setApplicationId(applicationId).setAdditionalRetentionMs(windowstoreChangelogAdditionalRetentionMs)
    requireSerdes(builder, this.#config.settings)
    if (this.#config.settings.processorWrapperClass !== undefined && !builder.hasProcessorWrapper) {
      options.logger?.warn({}, 'processor.wrapper.class has no effect: the topology was built without it; give it to new StreamsBuilder(config) or new Topology(config)')
    }
    this.#host = applicationServer === '' ? undefined : parseHost(applicationServer)
    this.#metadata = new StreamsMetadataState(builder, this.#host)
    this.#client = new StreamsClient({
      builder,
      config: this.#config,
      logger: options.logger ?? silentLogger,
      time: options.time ?? systemTime,
      onAssignment: ({ hosts, partitionCounts }) => this.#metadata.update(hosts, partitionCounts),
    })
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
   * Fills the global stores, then starts the stream thread. Resolves when it is started; the state becomes RUNNING later,
   * when tasks are assigned and restored.
   * @throws {IllegalStateError} when it was started before
   */
  async start(): Promise<void> {
    await this.#client.start()
  }

  /**
   * Commits and closes everything. Resolves true when all is closed, false when that took longer than `timeoutMs`.
   */
  async close({ timeoutMs = Infinity, leaveGroup = false }: CloseOptions = {}): Promise<boolean> {
    const closed = this.#client.close(leaveGroup).then(() => true)
    if (timeoutMs === Infinity) return closed
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
   * Starts one more stream thread; its name, or undefined when the client does not run. Stream threads share the event loop of
   * this process: more of them let more tasks wait at the same time, and do not use more cores.
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
    this.#requireStore(name)
    return queryStore(parameters, () => localStores(this.#client, name, parameters.staleStores ?? false))
  }

  /**
   * Puts a query to the partitions of a store that are on this instance. Each answers by itself, also while others are being
   * restored (KIP-796).
   * @throws {StreamsNotRunningError} before the start and after the end
   * @throws {InvalidStateStoreError} when the topology has no such store
   */
  async query<R>(request: StateQueryRequest<R>): Promise<StateQueryResult<R>> {
    const name = storeNameOf(request.store)
    this.#requireStore(name)
    const partitionCount = this.#metadata.partitionCount(name)
    return runQuery({ name, partitionCount, find: () => localPartitions(this.#client, name) }, request)
  }

  /** Who has a key of a store; undefined while nobody is known to. `by` is how the key's partition is found: its serializer or the partitioner used for it. */
  queryMetadataForKey<K>(store: string | StoreBuilder, key: K, by?: Serializer<K> | StreamPartitioner<K, unknown>): KeyQueryMetadata | undefined {
    const name = storeNameOf(store)
    this.#requireStore(name)
    return this.#metadata.forKey(name, key, by ?? this.#keySerializer(name))
  }

  /** The instances that have partitions or replicas of a store. */
  streamsMetadataForStore(store: string | StoreBuilder): readonly StreamsMetadata[] {
    const name = storeNameOf(store)
    this.#requireStore(name)
    return this.#metadata.forStore(name)
  }

  /** All instances that have an `application.server`. */
  metadataForAllStreamsClients(): readonly StreamsMetadata[] {
    return this.#metadata.all()
  }

  /** The stream threads of this instance and their tasks. */
  metadataForLocalThreads(): readonly ThreadMetadata[] {
    return this.#client.threads.map((thread) => threadMetadata(thread, this.#client.clientId))
  }

  /** How far this instance's stores are behind their changelogs, by store name and partition. */
  async allLocalStorePartitionLags(): Promise<ReadonlyMap<string, ReadonlyMap<number, LagInfo>>> {
    const { admin, threads } = this.#client
    return admin === undefined ? new Map() : partitionLags(threads, admin)
  }

  /** All metrics as they are now. */
  metrics(): readonly Metric[] {
    return this.#client.metrics.read()
  }

  #requireStore(name: string): void {
    const { internals } = this.#topology
    if (internals.storeBuilder(name) !== undefined) return
    const known = [...internals.storeNames(), ...internals.buildTopology().globalStores].sort().join(', ') || 'none'
    throw new InvalidStateStoreError(`the topology has no store named ${name}; it has: ${known}`)
  }

  #keySerializer<K>(storeName: string): Serializer<K> {
    const builder = this.#topology.internals.storeBuilder(storeName)
    const keySerde = builder !== undefined && 'keySerde' in builder ? (builder.keySerde as { serializer: Serializer<K> } | undefined) : undefined
    const serde = keySerde ?? this.#config.settings.defaultKeySerde
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
