import type { Logger } from '../core/log.ts'
import type { Time } from '../core/time.ts'
import { BrokerError } from './errors.ts'
import type { BrokerConfig } from './config/broker-config.ts'
import type { BrokerTlsOptions, ListenerOptions } from './network/listener.ts'
import type { AclOptions } from './security/authorizer.ts'

/** What one broker will bear. */
export interface BrokerLimits {
  /** Bytes of records that a broker without a directory holds; more are refused with POLICY_VIOLATION. @default 1 GiB */
  readonly maxLogBytes: number
  /** Bytes of one request; a client that announces more is disconnected. @default 100 MiB */
  readonly maxRequestBytes: number
  /** Connections at a time; further ones are closed. @default 10000 */
  readonly maxConnections: number
  /** Connections at a time from one address; further ones are closed. @default as many as there may be at all */
  readonly maxConnectionsPerIp: number
  /** Bytes of requests that are being read or wait; beyond it no further ones are read until some are answered. @default 512 MiB */
  readonly maxQueuedRequestBytes: number
  /** Bytes of answers that wait for one client to read them; beyond it none of its requests are handled. @default 64 MiB */
  readonly maxUnsentBytes: number
}

export interface BrokerOptions {
  /** The address to listen on. @default '127.0.0.1' */
  readonly host?: string
  /** The port to listen on; 0 takes any that is free. @default 0 */
  readonly port?: number
  /** Where to keep everything. Without it the broker lives in memory and forgets. */
  readonly dir?: string
  /** The id of the broker, or of the first of several. @default 0 */
  readonly nodeId?: number
  /**
   * How many broker ids there are, each with a port of its own (`port` and those after it), all in this process and with one
   * set of logs: for tests of clients. Leaders and coordinators are spread over them. @default 1
   */
  readonly brokers?: number
  /** The racks that brokers are in, in the order of their ids: Kafka's `broker.rack`. @default none */
  readonly racks?: readonly string[]
  /** Partitions of topics that are created on first use, or with -1 for their number. @default 1 */
  readonly numPartitions?: number
  /** Whether topics come to be when a client first asks for them. @default true */
  readonly autoCreateTopics?: boolean
  /** The host that clients are told to connect to. @default the one listened on, or the one they reached when that is a wildcard */
  readonly advertisedHost?: string
  /** Several ways into the broker, instead of `host`, `port` and `advertisedHost`. `Broker.address` is that of the first. */
  readonly listeners?: readonly ListenerOptions[]
  /** For the listeners that speak TLS and do not say otherwise. */
  readonly tls?: BrokerTlsOptions
  /** Names and passwords of those who may come in by listeners with SASL, by PLAIN or SCRAM. */
  readonly users?: Readonly<Record<string, string>>
  /** Set, possibly to `{}`, to ask ACLs who may do what. Without it everybody may do everything. */
  readonly acls?: AclOptions
  readonly limits?: Partial<BrokerLimits>
  /** Broker settings by Kafka's names, such as `{ 'log.retention.ms': 60_000 }`. */
  readonly config?: Readonly<Record<string, string | number | boolean>>
  readonly time?: Time
  readonly logger?: Logger
}

const MIB = 1024 ** 2

/** The limits as given, else by Kafka's settings for them. @throws {BrokerError} MILLRACE_BROKER_CONFIG_INVALID */
export const limitsOf = (given: Partial<BrokerLimits> | undefined, config: BrokerConfig): BrokerLimits => {
  const queued = config.number('queued.max.request.bytes')
  const limits: BrokerLimits = {
    maxLogBytes: given?.maxLogBytes ?? 1024 * MIB,
    maxRequestBytes: given?.maxRequestBytes ?? config.number('socket.request.max.bytes'),
    maxConnections: given?.maxConnections ?? config.number('max.connections'),
    maxConnectionsPerIp: given?.maxConnectionsPerIp ?? config.number('max.connections.per.ip'),
    maxQueuedRequestBytes: given?.maxQueuedRequestBytes ?? (queued < 0 ? Infinity : queued),
    maxUnsentBytes: given?.maxUnsentBytes ?? 64 * MIB,
  }
  for (const [name, value] of Object.entries(limits)) {
    if (!(value > 0)) throw new BrokerError('MILLRACE_BROKER_CONFIG_INVALID', `limits.${name} is a number above 0, not ${String(value)}`)
  }
  return limits
}

/** The listeners as given, or the one that host and port stand for. @throws {BrokerError} MILLRACE_BROKER_CONFIG_INVALID */
export const listenerOptionsOf = ({ listeners, host, port, advertisedHost }: BrokerOptions): readonly ListenerOptions[] => {
  const single = { ...(host === undefined ? {} : { host }), ...(port === undefined ? {} : { port }), ...(advertisedHost === undefined ? {} : { advertisedHost }) }
  if (listeners === undefined) return [single]
  if (Object.keys(single).length === 0) return listeners
  throw new BrokerError('MILLRACE_BROKER_CONFIG_INVALID', `${Object.keys(single).join(' and ')} cannot be given together with listeners, which have their own`)
}

/** @throws {BrokerError} MILLRACE_BROKER_CONFIG_INVALID when a name of a user is none */
export const checkUsers = ({ users = {}, acls }: BrokerOptions): void => {
  if ('' in users) throw new BrokerError('MILLRACE_BROKER_CONFIG_INVALID', 'users has one without a name')
  const empty = Object.keys(users).find((name) => users[name] === '')
  if (empty !== undefined) throw new BrokerError('MILLRACE_BROKER_CONFIG_INVALID', `user ${empty} has no password`)
  const wrong = acls?.superUsers?.find((user) => !/^User:./.test(user))
  if (wrong !== undefined) throw new BrokerError('MILLRACE_BROKER_CONFIG_INVALID', `acls.superUsers are written as User:NAME, not ${wrong}`)
}
