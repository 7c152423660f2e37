import type { ClusterAdmin, NewTopic } from '../../client/types.ts'
import type { Logger } from '../../core/log.ts'
import type { InternalTopicConfig } from '../../../topology/internals/internal-topics.ts'
import type { TopicGroup } from '../../../topology/internals/processor-topology.ts'
import { InternalTopicError } from '../errors.ts'
import { internalTopicConfigs } from './internal-topic-config.ts'
import { taskCount } from './task-topics.ts'
import type { PartitionCounts } from './partition-counts.ts'

export interface InternalTopicSettings {
  /** `replication.factor`; -1 leaves it to the broker. */
  readonly replicationFactor: number
  /** `topic.*`: configs for all internal topics. */
  readonly topicConfigs: Readonly<Record<string, string>>
}

/** Makes the application's repartition and changelog topics, and checks those that are there already. */
export class InternalTopicManager {
  readonly #admin: ClusterAdmin
  readonly #settings: InternalTopicSettings
  readonly #logger: Logger

  constructor(admin: ClusterAdmin, settings: InternalTopicSettings, logger: Logger) {
    this.#admin = admin
    this.#settings = settings
    this.#logger = logger
  }

  /**
   * Resolves when every internal topic of `groups` exists with the right number of partitions.
   * @throws {InternalTopicError} when one exists with another number
   */
  async makeReady(groups: ReadonlyMap<number, TopicGroup>, counts: PartitionCounts): Promise<void> {
    const wanted = wantedTopics(groups, counts)
    if (wanted.size === 0) return
    const existing = await this.#admin.describeTopics([...wanted.keys()])
    const missing: NewTopic[] = []
    for (const [name, { plan, partitions }] of wanted) {
      const found = existing.get(name)?.partitions.length
      if (found === undefined) missing.push(this.#newTopic(plan, partitions))
      else if (found !== partitions) throw wrongCount(name, partitions, found)
    }
    if (missing.length === 0) return
    await this.#admin.createTopics(missing, { ifNotExists: true })
    this.#logger.info({ topics: missing.map(({ name }) => name) }, 'created internal topics')
  }

  #newTopic(plan: InternalTopicConfig, numPartitions: number): NewTopic {
    const { replicationFactor, topicConfigs } = this.#settings
    return {
      name: plan.name,
      numPartitions,
      replicationFactor,
      configs: internalTopicConfigs(plan, topicConfigs),
    }
  }
}

const wrongCount = (name: string, expected: number, found: number): InternalTopicError =>
  new InternalTopicError(
    `the internal topic ${name} has ${found} partitions, but the topology needs ${expected}: the number of partitions of a ` +
      'source topic, or the topology, has changed. Reset the application (resetApplication) or use a new application.id',
  )

const wantedTopics = (
  groups: ReadonlyMap<number, TopicGroup>,
  counts: PartitionCounts,
): Map<string, { plan: InternalTopicConfig; partitions: number }> => {
  const wanted = new Map<string, { plan: InternalTopicConfig; partitions: number }>()
  for (const group of groups.values()) {
    for (const plan of group.repartitionSourceTopics.values()) wanted.set(plan.name, { plan, partitions: counts.get(plan.name) ?? 0 })
    const tasks = taskCount(group, counts)
    for (const plan of group.stateChangelogTopics.values()) {
      if (!group.sourceTopics.has(plan.name) && tasks > 0) wanted.set(plan.name, { plan, partitions: tasks })
    }
  }
  return wanted
}
