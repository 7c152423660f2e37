import { taskIdOf } from '../assignor/task-ids.ts'
import type { PartitionCounts } from './partition-counts.ts'
import type { TopicGroup } from '../../../topology/internals/processor-topology.ts'

/** One task to be: what it reads, and whether it has state that a changelog can bring back. */
export interface PlannedTask {
  readonly id: string
  readonly subtopology: number
  readonly partition: number
  /** The topics of which it reads `partition`; topics with fewer partitions are absent. */
  readonly topics: readonly string[]
  readonly isStateful: boolean
}

/** How many tasks a sub-topology has: the number of partitions of its largest source topic. */
export const taskCount = (group: TopicGroup, counts: PartitionCounts): number =>
  Math.max(0, ...[...group.sourceTopics].map((topic) => counts.get(topic) ?? 0))

/** All tasks, by sub-topology and partition: task n of a sub-topology reads partition n of each of its topics. */
export const planTasks = (groups: ReadonlyMap<number, TopicGroup>, counts: PartitionCounts): PlannedTask[] =>
  [...groups].flatMap(([subtopology, group]) =>
    Array.from({ length: taskCount(group, counts) }, (_, partition) => ({
      id: taskIdOf(subtopology, partition),
      subtopology,
      partition,
      topics: [...group.sourceTopics].filter((topic) => (counts.get(topic) ?? 0) > partition).sort(),
      isStateful: group.stateChangelogTopics.size > 0,
    })),
  )
