import { randomBytes } from 'node:crypto'
import { silentLogger } from '../core/log.ts'
import { systemTime } from '../core/time.ts'
import type { BrokerState } from './broker-state.ts'
import { Cluster } from './cluster/cluster.ts'
import { BrokerError } from './errors.ts'
import { BrokerConfig } from './config/broker-config.ts'
import { Faults } from './faults.ts'
import type { FaultFunction } from './faults.ts'
import { GroupCoordinator } from './groups/group-coordinator.ts'
import { handlers } from './handlers/index.ts'
import { LogMaintenance } from './log/log-maintenance.ts'
import { Server } from './network/server.ts'
import { limitsOf } from './options.ts'
import type { BrokerOptions } from './options.ts'
import { ProducerIds } from './producer-ids.ts'
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

const WILDCARDS = ['0.0.0.0', '::', '']

/**
 * A Kafka broker inside this process: clients of any language connect to {@link Broker.address} as they would to a cluster
 * of one broker.
 */
export class Broker implements AsyncDisposable {
  /** The host that clients are told to connect to. */
  readonly host: string
  #ports: readonly number[] = []
  readonly #state: BrokerState
  /** One for each broker id. */
  readonly #servers: readonly Server[]
  readonly #maintenance: LogMaintenance
  readonly #unlock: () => void
  #closing: Promise<void> | undefined

  private constructor(host: string, state: BrokerState, servers: readonly Server[], maintenance: LogMaintenance, unlock: () => void) {
    this.host = host
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
    const { host = '127.0.0.1', port = 0, nodeId = 0, brokers = 1, numPartitions, autoCreateTopics, advertisedHost, time = systemTime, logger = silentLogger } = options
    const config = new BrokerConfig({
      'node.id': nodeId,
      'broker.id': nodeId,
      ...(numPartitions === undefined ? {} : { 'num.partitions': numPartitions }),
      ...(autoCreateTopics === undefined ? {} : { 'auto.create.topics.enable': autoCreateTopics }),
      ...options.config,
    })
    const limits = limitsOf(options.limits, config)
    const { journal, logs, unlock } = await openStorage(options.dir, limits.maxLogBytes, time)
    for (const [, stored] of journal.restored('config/broker')) for (const [name, value] of Object.entries(stored as Record<string, string>)) config.dynamic.set(name, value)
    const cluster = new Cluster(nodeId, brokers)
    const topics = new TopicRegistry(config, logs, journal, time, cluster)
    logs.restored()
    const shownHost = advertisedHost ?? (WILDCARDS.includes(host) ? undefined : host)
    const ports: number[] = []
    const groups = new GroupCoordinator(config, journal, time, topics, cluster)
    const producerIds = new ProducerIds(journal)
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
      faults: new Faults(),
      time,
      logger,
      addressFor: (id, localAddress) => ({ host: shownHost ?? localAddress?.replace(/^::ffff:/, '') ?? 'localhost', port: ports[cluster.nodeIds.indexOf(id)] ?? -1 }),
    }
    const maintenance = new LogMaintenance(topics, config, journal, time, logger)
    const servers = cluster.nodeIds.map((id) => new Server(state, handlers, id))
    const broker = new Broker(shownHost ?? 'localhost', state, servers, maintenance, unlock)
    try {
      for (const [i, server] of servers.entries()) ports.push(await server.listen(host, port === 0 ? 0 : port + i))
    } catch (error) {
      await broker.close()
      throw error
    }
    broker.#ports = ports
    maintenance.start()
    state.groups.start()
    state.transactions.start()
    return broker
  }

  /** The port of the first broker id. */
  get port(): number {
    return this.#ports[0] ?? 0
  }

  /** `host:port` of the first broker id, as clients want it for bootstrap servers. */
  get address(): string {
    return `${this.host}:${this.port}`
  }

  /** `host:port` of every broker id, in their order. */
  get addresses(): readonly string[] {
    return this.#ports.map((port) => `${this.host}:${port}`)
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
