import type { TopicSource } from '../consumer/consumer-group.ts'
import type { TopicPartitions } from '../consumer/topic-partitions.ts'
import { separated } from './streams-member.ts'
import type { StreamsMember, UserEndpoint } from './streams-member.ts'
import type { ConfiguredSubtopology } from './streams-topology.ts'

interface TopicPartitionNames {
  readonly topic: string
  readonly partitions: readonly number[]
}

/** Where to ask for what is in the stores of which partitions. */
export interface EndpointPartitions {
  readonly userEndpoint: UserEndpoint
  readonly activePartitions: readonly TopicPartitionNames[]
  readonly standbyPartitions: readonly TopicPartitionNames[]
}

/** The input partitions of all members that have an endpoint. */
export const endpointPartitions = (members: readonly StreamsMember[], subtopologies: readonly ConfiguredSubtopology[], topics: TopicSource): EndpointPartitions[] => {
  const inputs = (tasks: TopicPartitions): TopicPartitionNames[] =>
    [...tasks].flatMap(([subtopologyId, partitions]) => {
      const subtopology = subtopologies.find(({ id }) => id === subtopologyId)
      const names = [...(subtopology?.sourceTopics ?? []), ...(subtopology?.repartitionSourceTopics ?? []).map(({ name }) => name)]
      return names.map((topic) => {
        const count = topics.get(topic)?.partitions.length ?? 0
        return { topic, partitions: [...partitions].filter((partition) => partition < count).sort((a, b) => a - b) }
      })
    })
  return members.flatMap(({ userEndpoint, holding }) => {
    if (userEndpoint === undefined) return []
    const { active, standby } = separated(holding.assigned)
    return [{ userEndpoint, activePartitions: inputs(active), standbyPartitions: inputs(standby) }]
  })
}
