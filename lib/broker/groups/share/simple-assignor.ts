import type { Topic } from '../../topics/topic.ts'
import type { TopicPartitions } from '../consumer/topic-partitions.ts'

interface Subscriber {
  readonly id: string
  readonly topicNames: readonly string[]
}

/**
 * Every partition goes to some member, every member gets some partition of each topic that it wants: where there are more
 * members than partitions, several share one.
 */
export const shareOut = (members: readonly Subscriber[], topics: readonly Pick<Topic, 'id' | 'name' | 'partitions'>[]): ReadonlyMap<string, TopicPartitions> => {
  const shares = new Map(members.map(({ id }) => [id, new Map<string, Set<number>>()]))
  for (const { id: topicId, name, partitions } of topics) {
    const subscribers = members.filter(({ topicNames }) => topicNames.includes(name)).map(({ id }) => id).sort()
    if (subscribers.length === 0) continue
    for (let i = 0; i < Math.max(subscribers.length, partitions.length); i++) {
      const share = shares.get(subscribers[i % subscribers.length]!)!
      share.set(topicId, (share.get(topicId) ?? new Set<number>()).add(i % partitions.length))
    }
  }
  return shares
}
