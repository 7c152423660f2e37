import { randomBytes } from 'node:crypto'
import { silentLogger } from '../core/log.ts'
import { systemTime } from '../core/time.ts'
import type { BrokerState } from './broker-state.ts'
import { BrokerConfig } from './config/broker-config.ts'
import { Faults } from './faults.ts'
import type { FaultFunction } from './faults.ts'
import { GroupCoordinator } from './groups/group-coordinator.ts'
import { handlers } from './handlers/index.ts'
import { MemoryStorage } from './log/log-storage.ts'
import { MemoryBudget } from './log/memory-budget.ts'
import { Server } from './network/server.ts'
import { limitsOf } from './options.ts'
import type { BrokerOptions } from './options.ts'
import { ProducerIds } from './producer-ids.ts'
import { NoJournal } from './storage/journal.ts'
import { TopicRegistry } from './topics/topic-registry.ts'

const WILDCARDS = ['0.0.0.0', '::', '']

/**
 * A Kafka broker inside this process: clients of any language connect to {@link Broker.address} as they would to a cluster
 * of one broker.
 */
export class Broker implements AsyncDisposable {
  /** The host that clients are told to connect to. */
  readonly host: string
  readonly port: number
  readonly #state: BrokerState
  readonly #server: Server
  #closing: Promise<void> | undefined

  private constructor(host: string, port: number, state: BrokerState, server: Server) {
    this.host = host
    this.port = port
    this.#state = state
    this.#server = server
  }

  /**
   * Starts a broker; it takes requests when the promise resolves.
   * @throws {BrokerError} MILLRACE_BROKER_CONFIG_INVALID, MILLRACE_BROKER_LISTEN_FAILED
   */
  static async start(options: BrokerOptions = {}): Promise<Broker> {
    const { host = '127.0.0.1', port = 0, nodeId = 0, numPartitions, autoCreateTopics, advertisedHost, time = systemTime, logger = silentLogger } = options
    const config = new BrokerConfig({
      'node.id': nodeId,
      'broker.id': nodeId,
      ...(numPartitions === undefined ? {} : { 'num.partitions': numPartitions }),
      ...(autoCreateTopics === undefined ? {} : { 'auto.create.topics.enable': autoCreateTopics }),
      ...options.config,
    })
    const limits = limitsOf(options.limits, config.number('socket.request.max.bytes'))
    const journal = new NoJournal()
    const budget = new MemoryBudget(limits.maxLogBytes)
    const topics = new TopicRegistry(config, { storage: () => new MemoryStorage(budget), restore: () => {} }, journal, time)
    const shownHost = advertisedHost ?? (WILDCARDS.includes(host) ? undefined : host)
    let boundPort = port
    const state: BrokerState = {
      nodeId,
      clusterId: randomBytes(16).toString('base64url'),
      config,
      limits,
      topics,
      groups: new GroupCoordinator(config, journal, time),
      producerIds: new ProducerIds(journal),
      journal,
      faults: new Faults(),
      time,
      logger,
      addressFor: (localAddress) => ({ host: shownHost ?? localAddress?.replace(/^::ffff:/, '') ?? 'localhost', port: boundPort }),
    }
    const server = new Server(state, handlers)
    boundPort = await server.listen(host, port)
    return new Broker(shownHost ?? 'localhost', boundPort, state, server)
  }

  /** `host:port`, as clients want it for bootstrap servers. */
  get address(): string {
    return `${this.host}:${this.port}`
  }

  /**
   * Lets a function decide what becomes of every request of an api, by Kafka's number of it; for tests. Returns how to stop.
   */
  control(apiKey: number, fault: FaultFunction): () => void {
    return this.#state.faults.add(apiKey, fault)
  }

  /** Stops: connections are dropped, what is acknowledged is on disk when there is a directory. May be called twice. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    await this.#server.close()
    this.#state.groups.close()
    this.#state.topics.close()
    await this.#state.journal.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
