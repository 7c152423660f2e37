import { TopologyError } from '../../core/errors.ts'
import { CopartitionError, MissingSourceTopicError } from '../errors.ts'
import type { InternalTopicConfig } from '../../../topology/internals/internal-topics.ts'
import type { TopicGroup } from '../../../topology/internals/processor-topology.ts'

/** Numbers of partitions: of the topics that users make (as the cluster says) and of all repartition topics (as planned). */
export type PartitionCounts = ReadonlyMap<string, number>

/**
 * Finds how many partitions every repartition topic gets. One without a number of its own gets as many as the largest
 * source of the sub-topologies that write to it; since sources may be repartition topics too, this is repeated until
 * nothing is open. Then topics that are read together are made equal, or refused.
 *
 * @param existing partition counts of the topics in the cluster that users made
 * @throws {MissingSourceTopicError} {@link CopartitionError} {@link TopologyError}
 */
export const planPartitionCounts = (
  subtopologies: ReadonlyMap<number, TopicGroup>,
  existing: ReadonlyMap<string, number>,
): PartitionCounts => {
  const groups = [...subtopologies.values()]
  const repartitions = new Map(groups.flatMap((group) => [...group.repartitionSourceTopics]))
  refuseMissingSources(groups, repartitions, existing)
  const counts = new Map(existing)
  for (const plan of repartitions.values()) {
    counts.delete(plan.name)
    if (plan.partitions !== undefined) counts.set(plan.name, plan.partitions)
  }
  settle(groups, repartitions, counts)
  for (const together of groups.flatMap((group) => [...group.copartitionGroups])) {
    alignCopartition([...together].sort(), repartitions, counts)
  }
  return counts
}

const refuseMissingSources = (
  groups: readonly TopicGroup[],
  repartitions: ReadonlyMap<string, InternalTopicConfig>,
  existing: ReadonlyMap<string, number>,
): void => {
  const wanted = new Set(groups.flatMap((group) => [...group.sourceTopics]))
  const missing = [...wanted].filter((topic) => !repartitions.has(topic) && !existing.has(topic)).sort()
  if (missing.length === 0) return
  throw new MissingSourceTopicError(
    `the topology reads ${missing.map((topic) => `'${topic}'`).join(', ')}, which the cluster does not have: ` +
      'create source topics before the application starts',
  )
}

const settle = (
  groups: readonly TopicGroup[],
  repartitions: ReadonlyMap<string, InternalTopicConfig>,
  counts: Map<string, number>,
): void => {
  let open = [...repartitions.keys()].filter((topic) => !counts.has(topic))
  while (open.length > 0) {
    const before = open.length
    open = open.filter((topic) => !countFromWriters(topic, groups, counts, true))
    if (open.length < before) continue
    // Topics may feed each other, as those of a foreign-key join do: then one of them goes by the sources that are known.
    const first = open.find((topic) => countFromWriters(topic, groups, counts, false))
    if (first === undefined) {
      throw new TopologyError(
        `the number of partitions of ${open.join(', ')} cannot be found: the topics that feed them depend on each ` +
          'other; give one of them a numberOfPartitions',
      )
    }
    open = open.filter((topic) => topic !== first)
  }
}

/** Gives a topic as many partitions as the largest source of its writers; false while one (or with `all` unset, each) is open. */
const countFromWriters = (topic: string, groups: readonly TopicGroup[], counts: Map<string, number>, all: boolean): boolean => {
  let largest: number | undefined
  for (const writer of groups) {
    if (!writer.sinkTopics.has(topic)) continue
    for (const source of writer.sourceTopics) {
      const count = counts.get(source)
      if (count !== undefined) largest = Math.max(largest ?? 0, count)
      else if (all) return false
    }
  }
  if (largest !== undefined) counts.set(topic, largest)
  return largest !== undefined
}

const alignCopartition = (
  topics: readonly string[],
  repartitions: ReadonlyMap<string, InternalTopicConfig>,
  counts: Map<string, number>,
): void => {
  const countOf = (topic: string): number => counts.get(topic) ?? 0
  const free = topics.filter((topic) => repartitions.has(topic) && repartitions.get(topic)?.enforceNumberOfPartitions === false)
  const fixed = topics.filter((topic) => !free.includes(topic))
  if (new Set(fixed.map(countOf)).size > 1) {
    const listed = fixed.map((topic) => `${topic} (${countOf(topic)})`).join(', ')
    throw new CopartitionError(
      `topics that are read together need the same number of partitions, but these differ: ${listed}. Repartition one ` +
        'side with the number of the other, or create the topics anew',
    )
  }
  const target = fixed[0] === undefined ? Math.max(...free.map(countOf)) : countOf(fixed[0])
  for (const topic of free) counts.set(topic, target)
}
