import { metadata } from '../../protocol/messages/03-metadata.ts'
import type { RequestOf, ResponseInput } from '../../protocol/index.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { NO_LEADER } from '../cluster/leadership.ts'
import { ResourceType } from '../security/acl.ts'
import { authorizedClusterOperations, authorizedOperations } from '../security/gate.ts'
import { autoCreateTopic } from '../topics/topic-creation.ts'
import { whyInvalidTopicName } from '../topics/topic-name.ts'
import type { Topic } from '../topics/topic.ts'
import { handler } from './handler.ts'
import type { RequestContext } from './handler.ts'

type Request = RequestOf<typeof metadata>
type TopicAnswer = ResponseInput<typeof metadata>['topics'][number]

export const NO_TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAA'

export const describeTopic = (topic: Topic, cluster: Cluster): TopicAnswer => ({
  errorCode: errorCodes.NONE,
  name: topic.name,
  topicId: topic.id,
  isInternal: false,
  partitions: topic.partitions.map(({ leadership: { leader, epoch, replicas } }, partitionIndex) => ({
    errorCode: leader === NO_LEADER ? errorCodes.LEADER_NOT_AVAILABLE : errorCodes.NONE,
    partitionIndex,
    leaderId: leader,
    leaderEpoch: epoch,
    replicaNodes: replicas,
    isrNodes: cluster.inSync(replicas),
    offlineReplicas: cluster.offline(replicas),
  })),
})

const unknown = (name: string | undefined, topicId: string, errorCode: number): TopicAnswer => ({ errorCode, name, topicId, isInternal: false, partitions: [] })

const find = (wanted: NonNullable<Request['topics']>[number], request: Request, { broker }: RequestContext): TopicAnswer => {
  if (wanted.topicId !== NO_TOPIC_ID && wanted.topicId !== '') {
    const topic = broker.topics.byId(wanted.topicId)
    return topic === undefined ? unknown(undefined, wanted.topicId, errorCodes.UNKNOWN_TOPIC_ID) : describeTopic(topic, broker.cluster)
  }
  const { name = '' } = wanted
  const topic = broker.topics.get(name)
  if (topic !== undefined) return describeTopic(topic, broker.cluster)
  if (whyInvalidTopicName(name) !== undefined) return unknown(name, NO_TOPIC_ID, errorCodes.INVALID_TOPIC_EXCEPTION)
  if (!request.allowAutoTopicCreation || !broker.config.boolean('auto.create.topics.enable')) return unknown(name, NO_TOPIC_ID, errorCodes.UNKNOWN_TOPIC_OR_PARTITION)
  const created = autoCreateTopic(name, broker)
  return typeof created === 'number' ? unknown(name, NO_TOPIC_ID, created) : describeTopic(created, broker.cluster)
}

/** A topic that is asked for twice is told of once. */
const withoutDuplicates = (topics: NonNullable<Request['topics']>): NonNullable<Request['topics']> =>
  topics.length < 2 ? topics : [...new Map(topics.map((topic) => [`${topic.topicId} ${topic.name ?? ''}`, topic])).values()]

export const metadataHandler = handler<typeof metadata>({
  api: metadata,
  handle: (request, context) => {
    const { broker, addressOf } = context
    const { cluster } = broker
    const all = request.topics === undefined || (context.apiVersion === 0 && request.topics.length === 0)
    const topics = all ? [...broker.topics.all()].map((topic) => describeTopic(topic, cluster)) : withoutDuplicates(request.topics!).map((wanted) => find(wanted, request, context))
    const { includeTopicAuthorizedOperations, includeClusterAuthorizedOperations } = request
    const answer = {
      brokers: cluster.running.map((nodeId) => ({ nodeId, ...addressOf(nodeId) })),
      clusterId: broker.clusterId,
      controllerId: cluster.controllerId,
      topics: includeTopicAuthorizedOperations ? topics.map((topic) => (topic.name === undefined ? topic : { ...topic, topicAuthorizedOperations: authorizedOperations(context, ResourceType.TOPIC, topic.name) })) : topics,
      ...(includeClusterAuthorizedOperations ? { clusterAuthorizedOperations: authorizedClusterOperations(context) } : {}),
    }
    const told = broker.frozenMetadata.get(context.nodeId)?.answer(request, answer, addressOf) ?? answer
    return broker.journal.flushed()?.then(() => told) ?? told
  },
  fail: (request, errorCode) => ({
    brokers: [],
    errorCode,
    topics: (request.topics ?? []).map(({ name, topicId }) => unknown(name, topicId, errorCode)),
  }),
})
