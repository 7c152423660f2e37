import { taskIdOf } from '../assignor/task-ids.ts'
import type { PartitionCounts } from './partition-counts.ts'
import type { TopicGroup } from './topic-groups.ts'

/** One task to be: what it reads, and whether it has state. */
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
  Math.max(0, ...[...group.sources].map((topic) => counts.get(topic) ?? 0))

/** All tasks, by sub-topology and partition: task n of a sub-topology reads partition n of each of its topics. */
export const planTasks = (groups: readonly TopicGroup[], counts: PartitionCounts): PlannedTask[] =>
  groups.flatMap((group) =>
    Array.from({ length: taskCount(group, counts) }, (_, partition) => ({
      id: taskIdOf(group.subtopology, partition),
      subtopology: group.subtopology,
      partition,
      topics: [...group.sources].filter((topic) => (counts.get(topic) ?? 0) > partition).sort(),
      isStateful: group.isStateful,
    })),
  )
