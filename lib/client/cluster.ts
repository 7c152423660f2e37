import { setMaxListeners } from 'node:events'
import type { ApiDefinition, RequestInput, ResponseOf } from '../protocol/schema.ts'
import { metadata } from '../protocol/messages/03-metadata.ts'
import { backoffMs } from './backoff.ts'
import { NO_FEATURES } from './connection.ts'
import type { Connection, RequestOptions } from './connection.ts'
import { ConnectionPool } from './connection-pool.ts'
import { BrokerUnavailableError, ClientError, ClosedError, UnknownTopicError } from './errors.ts'
import { MetadataCache } from './metadata-cache.ts'
import { parseEndpoint, resolveClusterOptions } from './options.ts'
import type { Endpoint, ResolvedClusterOptions } from './options.ts'
import { pause, retry } from './retry.ts'
import type { RetryOptions } from './retry.ts'
import type { BrokerNode, ClusterOptions, ClusterView, ConnectionPurpose, PartitionMetadata, PartitionsChanged, TopicMetadata } from './types.ts'

/** Connections, metadata and leaders of one Kafka cluster. Producers, fetchers, members and admins share one. */
export class Cluster implements ClusterView {
  readonly options: ResolvedClusterOptions
  readonly #bootstrap: readonly Endpoint[]
  readonly #cache = new MetadataCache()
  readonly #pool: ConnectionPool
  readonly #countListeners = new Set<PartitionsChanged>()
  readonly #updateListeners = new Set<() => void>()
  readonly #watched = new Map<string, number>()
  readonly #closing = new AbortController()
  #features = NO_FEATURES
  #refreshing: Promise<void> | undefined
  #refreshFailures = 0
  #lanes = 0
  #ageTimer: NodeJS.Timeout | undefined

  constructor(options: ClusterOptions) {
    // as many requests may wait to be tried again as there are
    setMaxListeners(0, this.#closing.signal)
    this.options = resolveClusterOptions(options)
    this.#bootstrap = options.bootstrapServers.map(parseEndpoint)
    this.#pool = new ConnectionPool(
      this.options,
      (nodeId) => (nodeId < 0 ? this.#bootstrap[-1 - nodeId] : this.#cache.broker(nodeId)),
      ({ features }) => {
        if (features.epoch >= this.#features.epoch) this.#features = features
      },
    )
  }

  async connect(): Promise<void> {
    await this.retrying('connecting to the cluster', () => this.#ask([]))
  }

  get clusterId(): string | undefined {
    return this.#cache.clusterId
  }

  /** The broker that administrative requests go to, or -1. */
  get controllerId(): number {
    return this.#cache.controllerId
  }

  get closed(): boolean {
    return this.#closing.signal.aborted
  }

  /** Aborts when the cluster object is closed. */
  get closing(): AbortSignal {
    return this.#closing.signal
  }

  /** At which level something works across the cluster, such as `transaction.version`, as last heard of; 0 when it does not. */
  featureLevel(name: string): number {
    return this.#features.levels.get(name) ?? 0
  }

  brokers(): readonly BrokerNode[] {
    return this.#cache.brokers()
  }

  topic(name: string): TopicMetadata | undefined {
    return this.#cache.topic(name)
  }

  leader(topic: string, partition: number): number {
    return this.#cache.partition(topic, partition)?.leader ?? -1
  }

  partition(topic: string, partition: number): PartitionMetadata | undefined {
    return this.#cache.partition(topic, partition)
  }

  async metadata(topics?: readonly string[], options: { refresh?: boolean } = {}): Promise<ReadonlyMap<string, TopicMetadata>> {
    const wanted = options.refresh || topics === undefined ? topics : topics.filter((name) => this.topic(name) === undefined)
    if (options.refresh || wanted === undefined || wanted.length > 0) {
      await this.retrying('asking for metadata', async () => {
        for (const error of (await this.#ask(wanted)).values()) if (!(error instanceof UnknownTopicError)) throw error
      })
    }
    const found = new Map<string, TopicMetadata>()
    for (const name of topics ?? this.#cache.topicNames()) {
      const topic = this.topic(name)
      if (topic !== undefined) found.set(name, topic)
    }
    return found
  }

  watch(topics: readonly string[]): () => void {
    for (const topic of topics) this.#watched.set(topic, (this.#watched.get(topic) ?? 0) + 1)
    let released = false
    return () => {
      if (released) return
      released = true
      for (const topic of topics) {
        const users = this.#watched.get(topic)! - 1
        if (users > 0) this.#watched.set(topic, users)
        else this.#watched.delete(topic)
      }
    }
  }

  onPartitionsChanged(listener: PartitionsChanged): () => void {
    this.#countListeners.add(listener)
    return () => this.#countListeners.delete(listener)
  }

  /** Calls back after every metadata response: leaders may have moved. */
  onMetadata(listener: () => void): () => void {
    this.#updateListeners.add(listener)
    return () => this.#updateListeners.delete(listener)
  }

  /**
   * Asks for fresh metadata of everything watched or known, soon: a leader turned out to be stale. Calls are merged; after
   * failures they come with growing pauses. Never rejects.
   */
  requestUpdate(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = undefined))
    return this.#refreshing
  }

  /** A leader that a response named. */
  noteLeader(topic: string, partition: number, leader: number, leaderEpoch: number): void {
    if (this.#cache.noteLeader(topic, partition, leader, leaderEpoch)) this.#notifyUpdate()
  }

  /** A broker that a response named. */
  noteBroker(broker: BrokerNode): void {
    if (this.#cache.noteBroker(broker)) this.#pool.drop(broker.nodeId)
  }

  /** The open connection, if there is one. */
  ready(nodeId: number, purpose: ConnectionPurpose, lane = 0): Connection | undefined {
    return this.#pool.ready(nodeId, purpose, lane)
  }

  /**
   * A number for connections of one's own: whoever sends requests that wait at the broker (fetches, joins) must not share
   * a connection with another that does. Lane 0 is everybody's.
   */
  openLane(): number {
    return ++this.#lanes
  }

  /** Ends the connections of a lane; what waits on them is rejected with {@link ClosedError}. */
  closeLane(lane: number): void {
    this.#pool.closeLane(lane)
  }

  /** @throws {BrokerUnavailableError} {@link TimeoutError} {@link AuthenticationError} {@link ClosedError} */
  connection(nodeId: number, purpose: ConnectionPurpose, lane = 0): Promise<Connection> {
    return this.#pool.get(nodeId, purpose, lane)
  }

  /** One request to one broker, not retried. */
  async request<A extends ApiDefinition>(
    nodeId: number,
    purpose: ConnectionPurpose,
    api: A,
    body: RequestInput<A>,
    options?: RequestOptions,
  ): Promise<ResponseOf<A>> {
    const connection = await this.connection(nodeId, purpose)
    return connection.request(api, body, options)
  }

  /** One request to whichever broker answers, not retried beyond trying each broker once. */
  async requestAny<A extends ApiDefinition>(purpose: ConnectionPurpose, api: A, body: RequestInput<A>, options?: RequestOptions): Promise<ResponseOf<A>> {
    let failure: unknown
    for (const nodeId of this.#candidates(purpose)) {
      try {
        return await this.request(nodeId, purpose, api, body, options)
      } catch (error) {
        if (!(error instanceof ClientError && error.retriable) || this.closed) throw error
        failure = error
      }
    }
    throw new BrokerUnavailableError(`no broker of ${this.options.bootstrapServers.join(', ')} answers ${api.name}`, { cause: failure })
  }

  /** Tries again what passes by itself, for `requestTimeoutMs` in all unless told otherwise. */
  retrying<T>(doing: string, attempt: (attempt: number) => Promise<T>, options: Partial<RetryOptions> = {}): Promise<T> {
    const { requestTimeoutMs, retryBackoffMs, retryBackoffMaxMs, logger } = this.options
    return retry(
      {
        baseMs: retryBackoffMs,
        maxMs: retryBackoffMaxMs,
        timeoutMs: requestTimeoutMs,
        signal: this.#closing.signal,
        onRetry: (error, n) => logger.debug({ error: error.message, attempt: n }, `${doing}: trying again`),
        ...options,
      },
      (n) => {
        if (this.closed) throw this.#closing.signal.reason
        return attempt(n)
      },
    )
  }

  async close(): Promise<void> {
    if (this.closed) return
    clearTimeout(this.#ageTimer)
    this.#closing.abort(new ClosedError('the cluster object was closed'))
    this.#pool.close()
    this.#countListeners.clear()
    this.#updateListeners.clear()
  }

  /** Brokers with an open connection first, then known ones that are not failing, then the rest, then bootstrap servers. */
  #candidates(purpose: ConnectionPurpose): number[] {
    const known = shuffled(this.#cache.brokers().map((broker) => broker.nodeId))
    const rank = (nodeId: number): number => (this.#pool.ready(nodeId, purpose) ? 0 : this.#pool.isFailing(nodeId) ? 2 : 1)
    const bootstrap = shuffled(this.#bootstrap.map((_, i) => -1 - i))
    return [...known.sort((a, b) => rank(a) - rank(b)), ...bootstrap.sort((a, b) => rank(a) - rank(b))]
  }

  async #refresh(): Promise<void> {
    const { retryBackoffMs: baseMs, retryBackoffMaxMs: maxMs, logger } = this.options
    try {
      if (this.#refreshFailures > 0) await pause(backoffMs(this.#refreshFailures - 1, { baseMs, maxMs }), this.#closing.signal)
      await this.#ask([...new Set([...this.#cache.topicNames(), ...this.#watched.keys()])])
      this.#refreshFailures = 0
    } catch (error) {
      this.#refreshFailures += 1
      if (!this.closed) logger.warn({ error: (error as Error).message }, 'metadata could not be refreshed')
    }
  }

  /** One metadata request; `undefined` asks for all topics. Gives the errors of single topics. */
  async #ask(topics: readonly string[] | undefined): Promise<ReadonlyMap<string, ClientError>> {
    const body = { topics: topics?.map((name) => ({ name })), allowAutoTopicCreation: false }
    const response = await this.requestAny('metadata', metadata, body, { maxVersion: 12 })
    if (this.closed) throw this.#closing.signal.reason
    const { partitionCounts, movedBrokers, errors } = this.#cache.update(response)
    if (topics === undefined) this.#forgetOthers(new Set(response.topics.map((topic) => topic.name)), partitionCounts as Map<string, number>)
    movedBrokers.forEach((nodeId) => this.#pool.drop(nodeId))
    this.#scheduleAgeing()
    for (const [topic, partitions] of partitionCounts) this.#countListeners.forEach((listener) => listener(topic, partitions))
    this.#notifyUpdate()
    return errors
  }

  #forgetOthers(existing: ReadonlySet<string | undefined>, partitionCounts: Map<string, number>): void {
    for (const name of this.#cache.topicNames()) {
      if (existing.has(name)) continue
      this.#cache.forget(name)
      partitionCounts.set(name, 0)
    }
  }

  #notifyUpdate(): void {
    this.#updateListeners.forEach((listener) => listener())
  }

  #scheduleAgeing(): void {
    clearTimeout(this.#ageTimer)
    this.#ageTimer = setTimeout(() => void this.requestUpdate(), this.options.metadataMaxAgeMs)
    this.#ageTimer.unref()
  }
}

const shuffled = <T>(list: readonly T[]): T[] => {
  const copy = list.slice()
  for (let i = copy.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1))
    ;[copy[i], copy[j]] = [copy[j]!, copy[i]!]
  }
  return copy
}
