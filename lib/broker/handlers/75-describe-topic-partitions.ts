import { describeTopicPartitions } from '../../protocol/messages/75-describe-topic-partitions.ts'
import type { RequestOf, ResponseInput } from '../../protocol/index.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { NO_LEADER } from '../cluster/leadership.ts'
import { NO_TOPIC_ID } from './03-metadata.ts'
import { ResourceType } from '../security/acl.ts'
import { authorizedOperations } from '../security/gate.ts'
import { handler } from './handler.ts'
import type { RequestContext } from './handler.ts'

type TopicAnswer = ResponseInput<typeof describeTopicPartitions>['topics'][number]

/** The partitions of a topic from one on, at most so many. */
const describe = (context: RequestContext, name: string, from: number, most: number): TopicAnswer => {
  const { broker } = context
  const topic = broker.topics.get(name)
  const topicAuthorizedOperations = authorizedOperations(context, ResourceType.TOPIC, name)
  if (topic === undefined) return { errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION, name, topicId: NO_TOPIC_ID, partitions: [], topicAuthorizedOperations }
  const partitions = topic.partitions.slice(from, from + most).map(({ leadership, partition }) => ({
    errorCode: leadership.leader === NO_LEADER ? errorCodes.LEADER_NOT_AVAILABLE : errorCodes.NONE,
    partitionIndex: partition,
    leaderId: leadership.leader,
    leaderEpoch: leadership.epoch,
    replicaNodes: leadership.replicas,
    isrNodes: broker.cluster.inSync(leadership.replicas),
    eligibleLeaderReplicas: [],
    lastKnownElr: [],
    offlineReplicas: broker.cluster.offline(leadership.replicas),
  }))
  return { errorCode: errorCodes.NONE, name, topicId: topic.id, partitions, topicAuthorizedOperations }
}

const failed = (request: RequestOf<typeof describeTopicPartitions>, errorCode: number): ResponseInput<typeof describeTopicPartitions> => ({
  topics: request.topics.map(({ name }) => ({ errorCode, name, topicId: NO_TOPIC_ID, partitions: [] })),
})

export const describeTopicPartitionsHandler = handler<typeof describeTopicPartitions>({
  api: describeTopicPartitions,
  handle: (request, context) => {
    const { broker } = context
    const named = request.topics.length > 0 ? request.topics.map(({ name }) => name) : [...broker.topics.all()].map(({ name }) => name)
    const { cursor } = request
    // A cursor stands in one of the topics that are asked for.
    if (cursor !== undefined && (cursor.partitionIndex < 0 || (request.topics.length > 0 && !named.includes(cursor.topicName)))) return failed(request, errorCodes.INVALID_REQUEST)
    const names = [...new Set(named)].sort().filter((name) => cursor === undefined || name >= cursor.topicName)
    const topics: TopicAnswer[] = []
    let left = Math.max(1, Math.min(request.responsePartitionLimit, broker.config.number('max.request.partition.size.limit')))
    for (const name of names) {
      const from = name === cursor?.topicName ? cursor.partitionIndex : 0
      if (left <= 0) return { topics, nextCursor: { topicName: name, partitionIndex: from } }
      const topic = describe(context, name, from, left)
      topics.push(topic)
      left -= topic.partitions.length
      const next = from + topic.partitions.length
      if (next < (broker.topics.get(name)?.partitions.length ?? 0)) return { topics, nextCursor: { topicName: name, partitionIndex: next } }
    }
    return { topics }
  },
  fail: failed,
})
