import { randomBytes } from 'node:crypto'
import { silentLogger } from '../core/log.ts'
import { systemTime } from '../core/time.ts'
import type { BrokerState } from './broker-state.ts'
import { Cluster } from './cluster/cluster.ts'
import { Features } from './cluster/features.ts'
import { BrokerError } from './errors.ts'
import { BrokerConfig } from './config/broker-config.ts'
import { listOf } from './config/setting.ts'
import { Faults } from './faults.ts'
import type { FaultFunction } from './faults.ts'
import { FetchSessions } from './fetch/fetch-sessions.ts'
import { GroupCoordinator } from './groups/group-coordinator.ts'
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
    const { nodeId = 0, brokers = 1, numPartitions, autoCreateTopics, time = systemTime, logger = silentLogger } = options
    const config = new BrokerConfig({
      'node.id': nodeId,
      'broker.id': nodeId,
      ...(numPartitions === undefined ? {} : { 'num.partitions': numPartitions }),
      ...(autoCreateTopics === undefined ? {} : { 'auto.create.topics.enable': autoCreateTopics }),
      ...options.config,
    })
    const limits = limitsOf(options.limits, config)
    const cluster = new Cluster(nodeId, brokers)
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
      fetchSessions: new FetchSessions(config, time),
      time,
      logger,
      listeners,
      authorizer: security?.authorizer,
      credentials: () => (credentials ??= import('./security/credentials.ts').then(({ Credentials }) => new Credentials(options.users ?? {}, journal))),
    }
    const maintenance = new LogMaintenance(topics, config, journal, time, logger)
    logs.whenFull(() => maintenance.runRetention())
    const newSaslSession = listeners.some(({ hasSasl }) => hasSasl) ? await saslSessions(state) : undefined
    const parts: ServerParts = { broker: state, handlers: security?.handlers ?? handlers, admission: new Admission(limits), memory: new RequestMemory(limits.maxQueuedRequestBytes), newSaslSession }
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
   * Lets a function decide what becomes of every request of an api, by Kafka's number of it; for tests. Returns how to stop.
   */
  control(apiKey: number, fault: FaultFunction): () => void {
    return this.#state.faults.add(apiKey, fault)
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
