import type { Logger } from '../core/log.ts'
import type { Time } from '../core/time.ts'

/** What one broker will bear. */
export interface BrokerLimits {
  /** Bytes of records that a broker without a directory holds; more are refused with POLICY_VIOLATION. @default 1 GiB */
  readonly maxLogBytes: number
  /** Bytes of one request; a client that announces more is disconnected. @default 100 MiB */
  readonly maxRequestBytes: number
  /** Connections at a time; further ones are closed. @default 10000 */
  readonly maxConnections: number
}

export interface BrokerOptions {
  /** The address to listen on. @default '127.0.0.1' */
  readonly host?: string
  /** The port to listen on; 0 takes any that is free. @default 0 */
  readonly port?: number
  /** Where to keep everything. Without it the broker lives in memory and forgets. */
  readonly dir?: string
  /** @default 0 */
  readonly nodeId?: number
  /** Partitions of topics that are created on first use, or with -1 for their number. @default 1 */
  readonly numPartitions?: number
  /** Whether topics come to be when a client first asks for them. @default true */
  readonly autoCreateTopics?: boolean
  /** The host that clients are told to connect to. @default the one listened on, or the one they reached when that is a wildcard */
  readonly advertisedHost?: string
  readonly limits?: Partial<BrokerLimits>
  /** Broker settings by Kafka's names, such as `{ 'log.retention.ms': 60_000 }`. */
  readonly config?: Readonly<Record<string, string | number | boolean>>
  readonly time?: Time
  readonly logger?: Logger
}

const GIB = 1024 ** 3

export const limitsOf = (given: Partial<BrokerLimits> | undefined, maxRequestBytes: number): BrokerLimits => ({
  maxLogBytes: given?.maxLogBytes ?? GIB,
  maxRequestBytes: given?.maxRequestBytes ?? maxRequestBytes,
  maxConnections: given?.maxConnections ?? 10_000,
})
