/** Partitions by the id of their topic. */
export type TopicPartitions = ReadonlyMap<string, ReadonlySet<number>>

/** Partitions by the id of their topic, each with the epoch in which its member got it. */
export type PartitionEpochs = ReadonlyMap<string, ReadonlyMap<number, number>>

export const NO_PARTITIONS: ReadonlyMap<string, never> = new Map<string, never>()

/** As messages carry them. */
export interface TopicPartitionList {
  readonly topicId: string
  readonly partitions: readonly number[]
}

/** What a member of a group is told that the broker assigns partitions to. */
export interface MemberHeartbeatAnswer {
  readonly errorCode: number
  readonly errorMessage?: string
  readonly memberId?: string
  readonly memberEpoch: number
  readonly heartbeatIntervalMs: number
  readonly assignment?: { readonly topicPartitions: readonly TopicPartitionList[] }
}

export const fromLists = (lists: readonly TopicPartitionList[]): TopicPartitions => new Map(lists.map(({ topicId, partitions }) => [topicId, new Set(partitions)]))

export const toLists = (partitions: TopicPartitions | PartitionEpochs): TopicPartitionList[] =>
  [...partitions].map(([topicId, of]) => ({ topicId, partitions: [...of.keys()].sort((a, b) => a - b) }))

export const has = (partitions: TopicPartitions | PartitionEpochs, topicId: string, partition: number): boolean => partitions.get(topicId)?.has(partition) === true

/** Whether both have the same partitions, whatever else is said of them. */
export const samePartitions = (a: TopicPartitions | PartitionEpochs, b: TopicPartitions | PartitionEpochs): boolean => {
  if (a.size !== b.size) return false
  for (const [topicId, partitions] of a) {
    if (partitions.size !== b.get(topicId)?.size) return false
    for (const partition of partitions.keys()) if (!has(b, topicId, partition)) return false
  }
  return true
}

/** Whether one of the partitions in `some` is in `others`. */
export const overlap = (some: TopicPartitions | PartitionEpochs, others: TopicPartitions | PartitionEpochs): boolean => {
  for (const [topicId, partitions] of some) for (const partition of partitions.keys()) if (has(others, topicId, partition)) return true
  return false
}

/** Whether all of the partitions in `some` are in `others`. */
export const within = (some: TopicPartitions | PartitionEpochs, others: TopicPartitions | PartitionEpochs): boolean => {
  for (const [topicId, partitions] of some) for (const partition of partitions.keys()) if (!has(others, topicId, partition)) return false
  return true
}
