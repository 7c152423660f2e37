import type { ConnectionOptions as TlsConnectionOptions } from 'node:tls'
import type { Logger } from '../core/log.ts'
import type { Time } from '../core/time.ts'

/** One step of a SASL dialogue: what the broker sent (undefined at first) gives what to send next, undefined = done. */
export interface SaslMechanism {
  /** The name the broker knows it by, such as `PLAIN` or `SCRAM-SHA-512`. */
  readonly name: string
  /** Starts one dialogue; called for every connection. */
  authenticator(host: string): SaslAuthenticator
}

export interface SaslAuthenticator {
  next(challenge: Buffer | undefined): Buffer | undefined | Promise<Buffer | undefined>
}

export interface ClusterOptions {
  /** `host:port`, at least one; only needed until the first metadata arrives, and again when all known brokers are gone. */
  readonly bootstrapServers: readonly string[]
  /** Sent with every request; brokers log it and quotas use it. Default `millrace`. */
  readonly clientId?: string | undefined
  readonly logger?: Logger | undefined
  /** How long a broker may take to answer, ms. Default 30,000. Requests that wait at the broker add their wait to it. */
  readonly requestTimeoutMs?: number | undefined
  /** How long connecting, TLS and SASL together may take, ms. Default 10,000. */
  readonly connectTimeoutMs?: number | undefined
  /** First pause before connecting to a broker again, ms; doubles with each failure, ±20 % jitter. Default 50. */
  readonly reconnectBackoffMs?: number | undefined
  /** The longest such pause, ms. Default 1,000. */
  readonly reconnectBackoffMaxMs?: number | undefined
  /** First and longest pause before a failed request is tried again, ms. Defaults 100 and 1,000. */
  readonly retryBackoffMs?: number | undefined
  readonly retryBackoffMaxMs?: number | undefined
  /** How long metadata may be used before it is asked for again though nothing went wrong, ms. Default 300,000. */
  readonly metadataMaxAgeMs?: number | undefined
  /** Set (possibly to `{}`) to speak TLS. */
  readonly tls?: TlsConnectionOptions | undefined
  readonly sasl?: SaslMechanism | undefined
  /** `client.rack`: lets fetches go to a replica of the same rack. */
  readonly rack?: string | undefined
  readonly time?: Time | undefined
}

/**
 * What a connection is for. A broker serves one request of a connection at a time, so a fetch that waits for data must not
 * share its connection with produce requests or heartbeats.
 */
export type ConnectionPurpose = 'metadata' | 'produce' | 'fetch' | 'coordination' | 'admin'

export interface BrokerNode {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly rack: string | undefined
}

export interface PartitionMetadata {
  readonly partition: number
  /** The leader's node id, or -1 when there is none at present. */
  readonly leader: number
  readonly leaderEpoch: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
}

export interface TopicMetadata {
  readonly name: string
  /** Tells it from an earlier topic of that name; zeros where the cluster gives no ids. */
  readonly topicId: string
  readonly internal: boolean
  /** Indexed by partition. */
  readonly partitions: readonly PartitionMetadata[]
}

/** A topic's number of partitions became known, changed, or the topic vanished (0). */
export type PartitionsChanged = (topic: string, partitions: number) => void

/** The cluster as this client knows it: connections, metadata, leaders. Shared by producer, fetcher, group and admin. */
export interface ClusterView {
  /** Resolves once any bootstrap server has answered. @throws {BrokerUnavailableError} when none did within `requestTimeoutMs` */
  connect(): Promise<void>
  readonly clusterId: string | undefined
  brokers(): readonly BrokerNode[]
  /**
   * Metadata of these topics, asked for when unknown (or always with `refresh`). Topics that do not exist are absent from
   * the answer: nothing is created by asking. Without `topics`: all topics of the cluster.
   */
  metadata(topics?: readonly string[], options?: { refresh?: boolean }): Promise<ReadonlyMap<string, TopicMetadata>>
  /** What is known now, without asking; undefined when the topic is unknown. */
  topic(name: string): TopicMetadata | undefined
  /** The leader's node id as known now, or -1. */
  leader(topic: string, partition: number): number
  /** Keeps `topics` in the periodic refresh (every `metadataMaxAgeMs`) until released. */
  watch(topics: readonly string[]): () => void
  /** Calls back when the number of partitions of a known topic changes; returns the function that ends it. */
  onPartitionsChanged(listener: PartitionsChanged): () => void
  /** Closes every connection; requests under way are rejected with {@link ClosedError}. */
  close(): Promise<void>
}
