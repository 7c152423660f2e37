import type { Serializer } from '../serdes/serde.ts'
import type { StreamPartitioner } from '../../topology/api.ts'
import type { InternalTopologyBuilder } from '../../topology/internals/internal-topology-builder.ts'
import { partitionForKey } from '../core/murmur2.ts'
import { partitionKey } from '../core/topic-partition.ts'
import type { TopicPartition } from '../core/topic-partition.ts'
import type { HostPartitions } from '../runtime/assignor/assignment-info.ts'
import type { TopicPartitions } from '../runtime/assignor/consumer-protocol.ts'
import { formatHost, parseHost } from '../runtime/assignor/host-info.ts'
import type { HostInfo } from '../runtime/assignor/host-info.ts'

/** One instance of the application that answers queries. */
export interface StreamsMetadata {
  readonly host: HostInfo
  /** Stores of which it processes some partitions; global stores included. */
  readonly stateStoreNames: ReadonlySet<string>
  readonly topicPartitions: readonly TopicPartition[]
  /** Stores of which it only holds replicas. */
  readonly standbyStateStoreNames: ReadonlySet<string>
  readonly standbyTopicPartitions: readonly TopicPartition[]
}

/** Who has the row of a key. */
export interface KeyQueryMetadata {
  readonly activeHost: HostInfo
  readonly standbyHosts: readonly HostInfo[]
  /** The partition the key belongs to; -1 for global stores, which every instance has whole. */
  readonly partition: number
}

/** What the last assignment said about who has which partitions, seen from one instance. */
export class StreamsMetadataState {
  readonly #builder: InternalTopologyBuilder
  readonly #thisHost: HostInfo | undefined
  #hosts: readonly StreamsMetadata[] = []
  #byPartition = new Map<string, { active?: HostInfo; standbys: HostInfo[] }>()
  #partitionCounts: ReadonlyMap<string, number> = new Map()

  /** `thisHost`: the instance's own `application.server`, if it has one. */
  constructor(builder: InternalTopologyBuilder, thisHost: HostInfo | undefined) {
    this.#builder = builder
    this.#thisHost = thisHost
  }

  update(hosts: readonly HostPartitions[], partitionCounts: ReadonlyMap<string, number>): void {
    this.#partitionCounts = partitionCounts
    this.#byPartition = new Map()
    this.#hosts = hosts.map(({ host, active, standby }) => this.#metadata(parseHost(host), active, standby))
    for (const { host, topicPartitions, standbyTopicPartitions } of this.#hosts) {
      for (const at of topicPartitions) this.#owners(at).active = host
      for (const at of standbyTopicPartitions) this.#owners(at).standbys.push(host)
    }
  }

  /** All instances that have an `application.server`. */
  all(): readonly StreamsMetadata[] {
    return this.#hosts
  }

  /** The instances that process some partition of the store, or hold a replica of one. */
  forStore(storeName: string): readonly StreamsMetadata[] {
    return this.#hosts.filter(
      ({ stateStoreNames, standbyStateStoreNames }) => stateStoreNames.has(storeName) || standbyStateStoreNames.has(storeName),
    )
  }

  /** Undefined while it is not known who has the key: before the first assignment, or without `application.server`. */
  forKey<K>(storeName: string, key: K, by: Serializer<K> | StreamPartitioner<K, unknown>): KeyQueryMetadata | undefined {
    if (this.#builder.globalStore(storeName) !== undefined) {
      const host = this.#thisHost ?? this.#hosts[0]?.host
      return host && { activeHost: host, standbyHosts: [], partition: -1 }
    }
    const topics = this.#builder.sourceTopicsForStore(storeName)
    const numPartitions = this.partitionCount(storeName)
    if (numPartitions === undefined) return undefined
    const partition = partitionOf(topics[0] ?? '', key, by, numPartitions)
    for (const topic of topics) {
      const owners = this.#byPartition.get(partitionKey(topic, partition))
      if (owners?.active) return { activeHost: owners.active, standbyHosts: owners.standbys, partition }
    }
    return undefined
  }

  /** How many partitions a store has; undefined before the first assignment, and for global stores. */
  partitionCount(storeName: string): number | undefined {
    const topics = this.#builder.globalStore(storeName) === undefined ? this.#builder.sourceTopicsForStore(storeName) : []
    const count = Math.max(0, ...topics.map((topic) => this.#partitionCounts.get(topic) ?? 0))
    return count === 0 ? undefined : count
  }

  #owners({ topic, partition }: TopicPartition): { active?: HostInfo; standbys: HostInfo[] } {
    const key = partitionKey(topic, partition)
    const known = this.#byPartition.get(key) ?? { standbys: [] }
    this.#byPartition.set(key, known)
    return known
  }

  #metadata(host: HostInfo, active: readonly TopicPartitions[], standby: readonly TopicPartitions[]): StreamsMetadata {
    const global = this.#builder.buildTopology().globalStores
    const activeTopics = new Set(active.map(({ topic }) => topic))
    const standbyTopics = new Set(standby.map(({ topic }) => topic))
    return {
      host,
      stateStoreNames: new Set([...this.#storesOn(activeTopics), ...global]),
      topicPartitions: flat(active),
      standbyStateStoreNames: new Set(this.#storesOn(standbyTopics)),
      standbyTopicPartitions: flat(standby),
    }
  }

  #storesOn(topics: ReadonlySet<string>): string[] {
    return this.#builder.storeNames().filter((name) => this.#builder.sourceTopicsForStore(name).some((topic) => topics.has(topic)))
  }
}

export const sameHost = (a: HostInfo, b: HostInfo): boolean => formatHost(a) === formatHost(b)

const flat = (list: readonly TopicPartitions[]): TopicPartition[] =>
  list.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })))

const partitionOf = <K>(topic: string, key: K, by: Serializer<K> | StreamPartitioner<K, unknown>, numPartitions: number): number => {
  if (typeof by === 'object') {
    const bytes = by.serialize(topic, key)
    return bytes === undefined ? 0 : partitionForKey(bytes, numPartitions)
  }
  const chosen = by(topic, key, undefined, numPartitions)
  return typeof chosen === 'number' ? chosen : (chosen?.[0] ?? 0)
}
