import { randomBytes } from 'node:crypto'
import { silentLogger } from '../core/log.ts'
import { systemTime } from '../core/time.ts'
import type { RequestOf, ResponseInput } from '../protocol/index.ts'
import type { BrokerState } from './broker-state.ts'
import { Cluster } from './cluster/cluster.ts'
import { Features } from './cluster/features.ts'
import { BrokerError } from './errors.ts'
import { BrokerConfig } from './config/broker-config.ts'
import { listOf } from './config/setting.ts'
import { apiKeys } from './faults/api-names.ts'
import type { ApiName, ApiNamed } from './faults/api-names.ts'
import { Faults } from './faults/faults.ts'
import type { FaultFunction } from './faults/faults.ts'
import { FrozenMetadata } from './faults/frozen-metadata.ts'
import { FetchSessions } from './fetch/fetch-sessions.ts'
import { ShareSessions } from './groups/share/share-sessions.ts'
import { GroupCoordinator } from './groups/group-coordinator.ts'
import { describeTopic } from './handlers/03-metadata.ts'
import { handlers } from './handlers/index.ts'
import { LogMaintenance } from './log/log-maintenance.ts'
import { Admission } from './network/admission.ts'
import { listenersOf } from './network/listener.ts'
import { RequestMemory } from './network/request-memory.ts'
import { Server } from './network/server.ts'
import type { ServerParts } from './network/server.ts'
import { checkUsers, limitsOf, listenerOptionsOf } from './options.ts'
import type { BrokerOptions } from './options.ts'
import { ProducerIds } from './producer-ids.ts'
import { ClientQuotas } from './quotas/client-quotas.ts'
import type { AclOptions, Authorizer } from './security/authorizer.ts'
import type { Credentials } from './security/credentials.ts'
import type { SaslMechanism } from './security/sasl-server.ts'
import type { SaslSession } from './security/sasl-session.ts'
import type { Journal } from './storage/journal.ts'
import { openStorage } from './storage/open-storage.ts'
import { TopicRegistry } from './topics/topic-registry.ts'
import { TransactionCoordinator } from './transactions/transaction-coordinator.ts'

/** Random when the broker is new; the same ever after when it has a directory. */
const clusterIdOf = (journal: Journal): string => {
  const [stored] = journal.restored('cluster-id')
  if (stored !== undefined) return String(stored[1])
  const id = randomBytes(16).toString('base64url')
  journal.put('cluster-id', id)
  return id
}

/** How sessions of clients that have to say who they are begin; loaded for those brokers alone. */
const saslSessions = async (broker: BrokerState): Promise<() => SaslSession> => {
  const [{ SaslSession }, credentials] = await Promise.all([import('./security/sasl-session.ts'), broker.credentials()])
  const { config, time } = broker
  const mechanisms = listOf(config.text('sasl.enabled.mechanisms')) as SaslMechanism[]
  const policy = { mechanisms, credentials, maxReauthMs: config.number('connections.max.reauth.ms'), time }
  return () => new SaslSession(policy)
}

/** What decides by ACLs, and handlers that ask it first; loaded for those brokers alone. */
const aclSecurity = async (options: AclOptions, journal: Journal): Promise<{ authorizer: Authorizer; handlers: ServerParts['handlers'] }> => {
  const [{ AclStore }, { Authorizer }, { GuardedHandlers }] = await Promise.all([import('./security/acl-store.ts'), import('./security/authorizer.ts'), import('./security/guards/index.ts')])
  const authorizer = new Authorizer(new AclStore(journal), options)
  return { authorizer, handlers: new GuardedHandlers(handlers, authorizer) }
}

/**
 * A Kafka broker inside this process: clients of any language connect to {@link Broker.address} as they would to a cluster
 * of one broker.
 */
export class Broker implements AsyncDisposable {
  readonly #state: BrokerState
  /** One for each broker id and listener. */
  readonly #servers: readonly Server[]
  readonly #maintenance: LogMaintenance
  readonly #unlock: () => void
  #closing: Promise<void> | undefined

  private constructor(state: BrokerState, servers: readonly Server[], maintenance: LogMaintenance, unlock: () => void) {
    this.#maintenance = maintenance
    this.#state = state
    this.#servers = servers
    this.#unlock = unlock
  }

  /**
   * Starts a broker; it takes requests when the promise resolves.
   * @throws {BrokerError} MILLRACE_BROKER_CONFIG_INVALID, MILLRACE_BROKER_LISTEN_FAILED
   */
  static async start(options: BrokerOptions = {}): Promise<Broker> {
    const { nodeId = Number(options.config?.['node.id'] ?? options.config?.['broker.id'] ?? 0), brokers = 1, numPartitions, autoCreateTopics, time = systemTime, logger = silentLogger } = options
    const config = new BrokerConfig({
      'node.id': nodeId,
      'broker.id': nodeId,
      ...(numPartitions === undefined ? {} : { 'num.partitions': numPartitions }),
      ...(autoCreateTopics === undefined ? {} : { 'auto.create.topics.enable': autoCreateTopics }),
      ...options.config,
    })
    const limits = limitsOf(options.limits, config)
    const cluster = new Cluster(nodeId, brokers, options.racks)
    checkUsers(options)
    const listeners = listenersOf(listenerOptionsOf(options), cluster.nodeIds, options.tls)
    const { journal, logs, unlock } = await openStorage(options.dir, limits.maxLogBytes, time)
    config.keepIn(journal)
    const topics = new TopicRegistry(config, logs, journal, time, cluster)
    logs.restored()
    const groups = new GroupCoordinator(config, journal, time, topics, cluster)
    const producerIds = new ProducerIds(journal)
    const security = options.acls === undefined ? undefined : await aclSecurity(options.acls, journal)
    let credentials: Promise<Credentials> | undefined
    const state: BrokerState = {
      cluster,
      clusterId: clusterIdOf(journal),
      directory: options.dir,
      config,
      limits,
      topics,
      groups,
      producerIds,
      transactions: new TransactionCoordinator({ config, journal, topics, groups, producerIds, time, logger }),
      journal,
      features: new Features(journal),
      quotas: new ClientQuotas(journal),
      faults: new Faults(),
      frozenMetadata: new Map(),
      fetchSessions: new FetchSessions(config, time),
      shares: groups.shares,
      shareSessions: new ShareSessions(),
      time,
      logger,
      listeners,
      authorizer: security?.authorizer,
      credentials: () => (credentials ??= import('./security/credentials.ts').then(({ Credentials }) => new Credentials(options.users ?? {}, journal))),
    }
    const maintenance = new LogMaintenance(topics, config, journal, time, logger)
    logs.whenFull(() => maintenance.runRetention())
    const newSaslSession = listeners.some(({ hasSasl }) => hasSasl) ? await saslSessions(state) : undefined
    const parts: ServerParts = { broker: state, handlers: security?.handlers ?? handlers, admission: new Admission(limits, config), memory: new RequestMemory(limits.maxQueuedRequestBytes), newSaslSession }
    const servers = listeners.map((listener) => new Server(parts, listener))
    const broker = new Broker(state, servers, maintenance, unlock)
    try {
      for (const server of servers) await server.listen()
    } catch (error) {
      await broker.close()
      throw error
    }
    maintenance.start()
    state.groups.start()
    state.transactions.start()
    return broker
  }

  /** The host that clients of the first listener are told to connect to. */
  get host(): string {
    return this.#state.listeners[0]!.addressFor(undefined).host
  }

  /** The port of the first listener of the first broker id. */
  get port(): number {
    return this.#state.listeners[0]!.port
  }

  /** `host:port` of the first listener of the first broker id, as clients want it for bootstrap servers. */
  get address(): string {
    return this.addresses[0]!
  }

  /** `host:port` of every broker id, in their order, by the first listener. */
  get addresses(): readonly string[] {
    return this.addressesOf(this.#state.listeners[0]!.name)
  }

  /**
   * `host:port` of every broker id, in their order, by the listener of that name (its protocol, if it was given no other).
   * @throws {BrokerError} MILLRACE_BROKER_CONFIG_INVALID
   */
  addressesOf(listenerName: string): readonly string[] {
    const found = this.#state.listeners.filter(({ name }) => name === listenerName)
    if (found.length > 0) return found.map((listener) => `${listener.addressFor(undefined).host}:${listener.port}`)
    throw new BrokerError('MILLRACE_BROKER_CONFIG_INVALID', `no listener is called ${listenerName}; there are ${[...new Set(this.#state.listeners.map(({ name }) => name))].join(', ')}`)
  }

  /**
   * Lets a function decide what becomes of every request of an api, which goes by Kafka's name or number of it; for tests.
   * Returns how to stop. Of several functions for one api the first that decides anything is heeded.
   */
  control<N extends ApiName>(api: N, fault: FaultFunction<RequestOf<ApiNamed<N>>, ResponseInput<ApiNamed<N>>>): () => void
  control(api: number, fault: FaultFunction): () => void
  control(api: ApiName | number, fault: unknown): () => void {
    return this.#state.faults.add(typeof api === 'number' ? api : apiKeys[api], fault as FaultFunction)
  }

  /** The broker ids, in the order of {@link Broker.addresses}. */
  get nodeIds(): readonly number[] {
    return this.#state.cluster.nodeIds
  }

  /**
   * Makes a broker id the leader of a partition, in a new leader epoch; it need not have been a replica. By default the next
   * one that runs. With one broker, or for the present leader, only the epoch changes.
   * @throws {BrokerError} MILLRACE_BROKER_UNKNOWN_TOPIC, MILLRACE_BROKER_UNKNOWN_NODE
   */
  moveLeader(topic: string, partition: number, nodeId?: number): void {
    const { topics, cluster } = this.#state
    const log = topics.log(topic, partition)
    if (log === undefined) throw new BrokerError('MILLRACE_BROKER_UNKNOWN_TOPIC', `there is no partition ${partition} of a topic ${topic} whose leader could move`)
    const { leader, replicas } = log.leadership
    const next = nodeId ?? cluster.after(leader)
    this.#mustRun(next)
    if (!replicas.includes(next)) log.leadership.replicas = [next, ...replicas.filter((id) => id !== leader)]
    topics.elect(log, next)
  }

  /**
   * Makes a broker id the coordinator of a group or a transactional id, and of all that Kafka would keep in the same partition
   * of its internal topic. By default the next one that runs.
   * @throws {BrokerError} MILLRACE_BROKER_UNKNOWN_NODE
   */
  moveCoordinator(groupOrTransactionalId: string, nodeId?: number): void {
    const { cluster } = this.#state
    const next = nodeId ?? cluster.after(cluster.coordinatorOf(groupOrTransactionalId))
    this.#mustRun(next)
    cluster.moveCoordinator(groupOrTransactionalId, next)
  }

  #mustRun(nodeId: number): void {
    const { running } = this.#state.cluster
    if (!running.includes(nodeId)) throw new BrokerError('MILLRACE_BROKER_UNKNOWN_NODE', `no broker ${nodeId} runs; there are ${running.join(', ')}`)
  }

  /**
   * Stops one broker id, as if it had died: its connections are dropped, what it led goes to other replicas that run, or has
   * no leader until it is back.
   * @throws {BrokerError} MILLRACE_BROKER_UNKNOWN_NODE
   */
  async stopNode(nodeId: number): Promise<void> {
    const { cluster, topics } = this.#state
    this.#mustRun(nodeId)
    cluster.setRunning(nodeId, false)
    topics.leave(nodeId)
    await Promise.all(this.#serversOf(nodeId).map((server) => server.close()))
  }

  /** Starts a broker id again that was stopped, on the port it had. @throws {BrokerError} MILLRACE_BROKER_UNKNOWN_NODE, MILLRACE_BROKER_LISTEN_FAILED */
  async startNode(nodeId: number): Promise<void> {
    const { cluster, topics } = this.#state
    if (!cluster.has(nodeId)) throw new BrokerError('MILLRACE_BROKER_UNKNOWN_NODE', `there is no broker ${nodeId}; there are ${cluster.nodeIds.join(', ')}`)
    if (cluster.isRunning(nodeId)) return
    for (const server of this.#serversOf(nodeId)) await server.listen()
    cluster.setRunning(nodeId, true)
    topics.comeBack(nodeId)
  }

  #serversOf(nodeId: number): readonly Server[] {
    return this.#servers.filter((server) => server.nodeId === nodeId)
  }

  /**
   * Has Metadata go on telling how things are now, whatever happens to topics, leaders and brokers; by default on all broker
   * ids. Returns how to stop.
   */
  freezeMetadata(nodeIds: readonly number[] = this.nodeIds): () => void {
    const { cluster, topics, frozenMetadata } = this.#state
    const frozen = new FrozenMetadata([...topics.all()].map((topic) => describeTopic(topic, cluster)), cluster.running, cluster.controllerId)
    for (const nodeId of nodeIds) frozenMetadata.set(nodeId, frozen)
    return () => {
      for (const nodeId of nodeIds) if (frozenMetadata.get(nodeId) === frozen) frozenMetadata.delete(nodeId)
    }
  }

  /**
   * Compacts all partitions of a topic now; with `includeActive` also the segments that are still written to, which a
   * compaction otherwise leaves alone. Does nothing to a topic without `cleanup.policy=compact`.
   * @throws {BrokerError} MILLRACE_BROKER_UNKNOWN_TOPIC
   */
  async compact(topicName: string, options: { readonly includeActive?: boolean } = {}): Promise<void> {
    const topic = this.#state.topics.get(topicName)
    if (topic === undefined) throw new BrokerError('MILLRACE_BROKER_UNKNOWN_TOPIC', `there is no topic ${topicName} to compact`)
    if (!topic.logConfig.compact) return
    for (const log of topic.partitions) {
      if (options.includeActive === true && log.active !== undefined) log.roll()
      await this.#maintenance.compact(log)
    }
  }

  /** Applies retention by time and size to all topics now, instead of at the next interval. */
  runRetention(): void {
    this.#maintenance.runRetention()
  }

  /** Stops: connections are dropped, what is acknowledged is on disk when there is a directory. May be called twice. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.close()))
    this.#state.groups.close()
    await this.#state.transactions.close()
    await this.#maintenance.close()
    await this.#state.topics.close()
    await this.#state.journal.close()
    this.#unlock()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
