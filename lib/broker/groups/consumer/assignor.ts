import { rangeAssignor } from './range-assignor.ts'
import type { TopicPartitions } from './topic-partitions.ts'
import { uniformAssignor } from './uniform-assignor.ts'

/** A member as assignors see it. */
export interface AssigneeSpec {
  readonly instanceId: string | undefined
  /** Ids of the topics it wants. */
  readonly topics: ReadonlySet<string>
  /** What it shall have so far. */
  readonly current: TopicPartitions
}

export interface AssignmentSpec {
  readonly members: ReadonlyMap<string, AssigneeSpec>
  /** How many partitions topics have, by their id. */
  readonly partitions: ReadonlyMap<string, number>
}

/** Says who shall have what: every partition of a topic that somebody wants, once. */
export type Assignor = (spec: AssignmentSpec) => Map<string, TopicPartitions>

/** The assignors of the broker, by the name that clients know. */
export const assignors: ReadonlyMap<string, Assignor> = new Map([
  ['uniform', uniformAssignor],
  ['range', rangeAssignor],
])
