import type { TopicPartition } from '../core/topic-partition.ts'
import type { IsolationLevel } from './types-fetcher.ts'
import type { OffsetAndMetadata } from './types-group.ts'
import type { TopicMetadata } from './types-cluster.ts'

export interface NewTopic {
  readonly name: string
  /** Default: the broker's `num.partitions`. */
  readonly numPartitions?: number | undefined
  /** Default: the broker's. */
  readonly replicationFactor?: number | undefined
  /** Kafka's dotted names. */
  readonly configs?: Readonly<Record<string, string>> | undefined
}

export interface ConfigEntry {
  readonly name: string
  /** Undefined when the broker keeps it secret. */
  readonly value: string | undefined
  readonly readOnly: boolean
  readonly sensitive: boolean
  /** True when nobody set it on this topic or broker. */
  readonly isDefault: boolean
}

export interface ConfigResource {
  readonly type: 'topic' | 'broker'
  readonly name: string
}

/** `undefined` deletes the setting: the default holds again. */
export type ConfigChanges = Readonly<Record<string, string | undefined>>

/** Which offset: a position in the log or the first record at or after a time (ms since the epoch). */
export type OffsetSpec = 'earliest' | 'latest' | 'maxTimestamp' | { readonly timestamp: number }

export interface ListedOffset {
  /** -1 when no record matches a timestamp. */
  readonly offset: number
  /** -1 when the broker does not say. */
  readonly timestamp: number
  readonly leaderEpoch: number
}

export interface GroupListing {
  readonly groupId: string
  readonly protocolType: string
  /** As Kafka names it: `Stable`, `Empty` …; '' from brokers too old to say. */
  readonly state: string
}

export interface GroupDescription {
  readonly groupId: string
  readonly state: string
  readonly protocolType: string
  readonly protocol: string
  readonly members: readonly {
    readonly memberId: string
    readonly groupInstanceId: string | undefined
    readonly clientId: string
    readonly clientHost: string
    readonly metadata: Buffer
    readonly assignment: Buffer
  }[]
}

/**
 * Administration. Every call retries what passes by itself (moving controllers, coordinators, leaders) within
 * the cluster's `requestTimeoutMs`, then rejects with the error named for the first topic, partition or group that failed.
 */
export interface ClusterAdmin {
  /**
   * Resolves when the topics are visible in metadata with all partitions led. `ifNotExists` (default false) leaves
   * existing ones as they are. Gives the names that were created.
   */
  createTopics(topics: readonly NewTopic[], options?: { ifNotExists?: boolean; validateOnly?: boolean }): Promise<readonly string[]>
  /** Resolves when they are gone from metadata. `ifExists` (default false) ignores those that are not there. */
  deleteTopics(topics: readonly string[], options?: { ifExists?: boolean }): Promise<void>
  createPartitions(topic: string, totalCount: number): Promise<void>
  /** Topics that do not exist are absent. Always asks the cluster. */
  describeTopics(topics: readonly string[]): Promise<ReadonlyMap<string, TopicMetadata>>
  /** Names, without Kafka's internal topics unless `internal`. */
  listTopics(options?: { internal?: boolean }): Promise<readonly string[]>
  /** By resource name. */
  describeConfigs(resources: readonly ConfigResource[]): Promise<ReadonlyMap<string, ReadonlyMap<string, ConfigEntry>>>
  /** Incremental: what is not named stays. */
  alterConfigs(resource: ConfigResource, changes: ConfigChanges): Promise<void>
  /** By `partitionKey`. With read_committed `latest` is the last stable offset. */
  listOffsets(
    partitions: readonly (TopicPartition & { readonly spec: OffsetSpec })[],
    options?: { isolationLevel?: IsolationLevel },
  ): Promise<ReadonlyMap<string, ListedOffset>>
  /** Deletes records before `offset` (-1: before the high watermark). Gives the new log start by `partitionKey`. */
  deleteRecords(partitions: readonly (TopicPartition & { readonly offset: number })[]): Promise<ReadonlyMap<string, number>>
  listGroups(): Promise<readonly GroupListing[]>
  describeGroups(groupIds: readonly string[]): Promise<ReadonlyMap<string, GroupDescription>>
  deleteGroups(groupIds: readonly string[]): Promise<void>
  /** All committed offsets of a group, or those of `partitions`. By `partitionKey`. */
  listGroupOffsets(groupId: string, partitions?: readonly TopicPartition[]): Promise<ReadonlyMap<string, OffsetAndMetadata>>
  /** The group must be empty. Keys: `partitionKey`. */
  alterGroupOffsets(groupId: string, offsets: ReadonlyMap<string, OffsetAndMetadata>): Promise<void>
  deleteGroupOffsets(groupId: string, partitions: readonly TopicPartition[]): Promise<void>
}
