import type { StoreBuilder } from '../api.ts'
import type { InternalTopicConfig } from './internal-topics.ts'
import type { NodeSpec, SourceSpec } from './node-spec.ts'

/** What one task runs: a sub-topology (or all of them, under the test driver) with every name resolved. Pure data. */
export interface ProcessorTopology {
  /** In the order of definition, so parents come before children. */
  readonly nodes: readonly NodeSpec[]
  /** Names of the children of each node, in the order in which records reach them. */
  readonly children: ReadonlyMap<string, readonly string[]>
  /** By full topic name, the internal ones with their prefix. */
  readonly sources: ReadonlyMap<string, SourceSpec>
  /** Full topic name of a sink's fixed topic. */
  sinkTopic(name: string): string
  /** Stores of this task, in the order in which they are opened, flushed and committed. */
  readonly stores: readonly StoreBuilder[]
  /** Full name of the topic a store is restored from, by store name; absent when it is neither logged nor a source's copy. */
  readonly changelogTopics: ReadonlyMap<string, string>
  /** Names of stores whose changelog is the source topic itself: restored from it, never written to it. */
  readonly sourceChangelogs: ReadonlySet<string>
  /** Names of all global stores; every processor may read them. */
  readonly globalStores: ReadonlySet<string>
  /** Full names of the repartition topics among the sources. */
  readonly repartitionTopics: ReadonlySet<string>
}

/** The topics around one sub-topology, by full name. */
export interface TopicGroup {
  readonly sourceTopics: ReadonlySet<string>
  readonly sinkTopics: ReadonlySet<string>
  /** The repartition topics among the sources. */
  readonly repartitionSourceTopics: ReadonlyMap<string, InternalTopicConfig>
  /** Changelogs, including those that are a source topic (which are not to be created: see `sourceTopics`). */
  readonly stateChangelogTopics: ReadonlyMap<string, InternalTopicConfig>
  /** Sets of source topics that must have the same number of partitions. */
  readonly copartitionGroups: readonly ReadonlySet<string>[]
}
