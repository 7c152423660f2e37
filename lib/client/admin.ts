import type { TopicPartition } from '../core/topic-partition.ts'
import { alterConfigs, describeConfigs } from './admin-configs.ts'
import { alterGroupOffsets, deleteGroup, deleteGroupOffsets, describeGroup, listGroupOffsets, listGroups, removeGroupMember } from './admin-groups.ts'
import { deleteRecords, listOffsets } from './admin-offsets.ts'
import { createPartitions, createTopics, deleteTopics } from './admin-topics.ts'
import type { Cluster } from './cluster.ts'
import type {
  ClusterAdmin,
  ConfigChanges,
  ConfigEntry,
  ConfigResource,
  GroupDescription,
  GroupListing,
  IsolationLevel,
  ListedOffset,
  NewTopic,
  OffsetAndMetadata,
  OffsetSpec,
  TopicMetadata,
} from './types.ts'

/** Administration of a cluster; see {@link ClusterAdmin} for what each call promises. */
export class Admin implements ClusterAdmin {
  readonly #cluster: Cluster

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  createTopics(topics: readonly NewTopic[], options: { ifNotExists?: boolean; validateOnly?: boolean } = {}): Promise<readonly string[]> {
    return createTopics(this.#cluster, topics, options)
  }

  deleteTopics(topics: readonly string[], options: { ifExists?: boolean } = {}): Promise<void> {
    return deleteTopics(this.#cluster, topics, options)
  }

  createPartitions(topic: string, totalCount: number): Promise<void> {
    return createPartitions(this.#cluster, topic, totalCount)
  }

  describeTopics(topics: readonly string[]): Promise<ReadonlyMap<string, TopicMetadata>> {
    return this.#cluster.metadata(topics, { refresh: true })
  }

  async listTopics(options: { internal?: boolean } = {}): Promise<readonly string[]> {
    const topics = await this.#cluster.metadata()
    return [...topics.values()].filter((topic) => options.internal || !topic.internal).map((topic) => topic.name)
  }

  describeConfigs(resources: readonly ConfigResource[]): Promise<ReadonlyMap<string, ReadonlyMap<string, ConfigEntry>>> {
    return describeConfigs(this.#cluster, resources)
  }

  alterConfigs(resource: ConfigResource, changes: ConfigChanges): Promise<void> {
    return alterConfigs(this.#cluster, resource, changes)
  }

  listOffsets(
    partitions: readonly (TopicPartition & { readonly spec: OffsetSpec })[],
    options: { isolationLevel?: IsolationLevel } = {},
  ): Promise<ReadonlyMap<string, ListedOffset>> {
    return listOffsets(this.#cluster, partitions, options.isolationLevel ?? 'read_uncommitted')
  }

  deleteRecords(partitions: readonly (TopicPartition & { readonly offset: number })[]): Promise<ReadonlyMap<string, number>> {
    return deleteRecords(this.#cluster, partitions)
  }

  listGroups(): Promise<readonly GroupListing[]> {
    return listGroups(this.#cluster)
  }

  async describeGroups(groupIds: readonly string[]): Promise<ReadonlyMap<string, GroupDescription>> {
    const described = await Promise.all(groupIds.map((groupId) => describeGroup(this.#cluster, groupId)))
    return new Map(described.map((group) => [group.groupId, group]))
  }

  async deleteGroups(groupIds: readonly string[]): Promise<void> {
    await Promise.all(groupIds.map((groupId) => deleteGroup(this.#cluster, groupId)))
  }

  /** Has a member leave that no longer can by itself; its partitions go to the others at once. */
  removeGroupMember(groupId: string, memberId: string, reason: string): Promise<void> {
    return removeGroupMember(this.#cluster, groupId, memberId, reason)
  }

  listGroupOffsets(groupId: string, partitions?: readonly TopicPartition[]): Promise<ReadonlyMap<string, OffsetAndMetadata>> {
    return listGroupOffsets(this.#cluster, groupId, partitions)
  }

  alterGroupOffsets(groupId: string, offsets: ReadonlyMap<string, OffsetAndMetadata>): Promise<void> {
    return alterGroupOffsets(this.#cluster, groupId, offsets)
  }

  deleteGroupOffsets(groupId: string, partitions: readonly TopicPartition[]): Promise<void> {
    return deleteGroupOffsets(this.#cluster, groupId, partitions)
  }
}
