import type { AssigneeSpec, AssignmentSpec } from './assignor.ts'
import type { TopicPartitions } from './topic-partitions.ts'

/** Static members come first, in the order of their instance ids, so that a restart moves nothing. */
const inOrder = ([idA, a]: readonly [string, AssigneeSpec], [idB, b]: readonly [string, AssigneeSpec]): number => {
  if (a.instanceId !== undefined && b.instanceId !== undefined) return a.instanceId < b.instanceId ? -1 : 1
  if (a.instanceId !== undefined) return -1
  if (b.instanceId !== undefined) return 1
  return idA < idB ? -1 : 1
}

/**
 * Of each topic a range of partitions to each of its members, as equal as can be and in the same order for all topics: of
 * topics with as many partitions and the same subscribers, equal partitions come to the same member.
 */
export const rangeAssignor = ({ members, partitions }: AssignmentSpec): Map<string, TopicPartitions> => {
  const ordered = [...members].sort(inOrder)
  const shares = new Map(ordered.map(([id]) => [id, new Map<string, Set<number>>()]))
  for (const [topicId, count] of partitions) {
    const subscribers = ordered.filter(([, { topics }]) => topics.has(topicId))
    const least = Math.floor(count / subscribers.length)
    const more = count % subscribers.length
    let next = 0
    for (const [at, [id]] of subscribers.entries()) {
      const length = least + (at < more ? 1 : 0)
      if (length > 0) shares.get(id)!.set(topicId, new Set(Array.from({ length }, (_, i) => next + i)))
      next += length
    }
  }
  return shares
}
