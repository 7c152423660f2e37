import { errorCodes } from '../../../protocol/error-table.ts'
import type { createPartitions, createTopics, deleteRecords, deleteTopics, describeProducers, listOffsets, metadata, offsetForLeaderEpoch, produce } from '../../../protocol/index.ts'
import type { describeTopicPartitions } from '../../../protocol/messages/75-describe-topic-partitions.ts'
import type { RequestOf, ResponseInput } from '../../../protocol/schema.ts'
import { NO_TOPIC_ID } from '../../handlers/03-metadata.ts'
import type { RequestContext } from '../../handlers/handler.ts'
import { Operation, ResourceType } from '../acl.ts'
import type { Gate } from '../gate.ts'
import { guard, split, then } from './guard.ts'

const { READ, WRITE, CREATE, DELETE, ALTER, DESCRIBE, DESCRIBE_CONFIGS, CLUSTER_ACTION } = Operation
const { TOPIC, TRANSACTIONAL_ID } = ResourceType
const REFUSED = errorCodes.TOPIC_AUTHORIZATION_FAILED
const PRODUCE_BY_ID_SINCE = 13

/** Whether a client may do something with a topic that it calls by name, or by an id; ids of no topic are the handler's to refuse. */
const mayById = (gate: Gate, operation: Operation, { broker }: RequestContext, topicId: string): boolean => {
  const topic = broker.topics.byId(topicId)
  return topic === undefined || gate.may(operation, TOPIC, topic.name)
}

export const produceGuard = guard<typeof produce>((request, context, handler, gate) => {
  const { transactionalId } = request
  if (transactionalId !== undefined && !gate.may(WRITE, TRANSACTIONAL_ID, transactionalId)) return handler.fail(request, errorCodes.TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
  const byId = context.apiVersion >= PRODUCE_BY_ID_SINCE
  const isAllowed = ({ name, topicId }: { name: string; topicId: string }): boolean => (byId ? mayById(gate, WRITE, context, topicId) : gate.may(WRITE, TOPIC, name))
  const answer = split<typeof produce, 'topicData', 'responses'>({ asked: 'topicData', answered: 'responses' }, request, context, handler, REFUSED, isAllowed)
  if (request.acks !== 0) return answer
  // Who wants no answer learns by the end of the connection that something is wrong.
  return then(answer, (given) => {
    if (given !== undefined) context.disconnect()
    return undefined
  })
})

export const listOffsetsGuard = guard<typeof listOffsets>((request, context, handler, gate) =>
  split<typeof listOffsets, 'topics', 'topics'>({ asked: 'topics', answered: 'topics' }, request, context, handler, REFUSED, ({ name }) => gate.may(DESCRIBE, TOPIC, name)))

export const deleteRecordsGuard = guard<typeof deleteRecords>((request, context, handler, gate) =>
  split<typeof deleteRecords, 'topics', 'topics'>({ asked: 'topics', answered: 'topics' }, request, context, handler, REFUSED, ({ name }) => gate.may(DELETE, TOPIC, name)))

export const offsetForLeaderEpochGuard = guard<typeof offsetForLeaderEpoch>((request, context, handler, gate) =>
  split<typeof offsetForLeaderEpoch, 'topics', 'topics'>(
    { asked: 'topics', answered: 'topics' }, request, context, handler, REFUSED, ({ topic }) => gate.mayOnCluster(CLUSTER_ACTION) || gate.may(DESCRIBE, TOPIC, topic)))

export const createPartitionsGuard = guard<typeof createPartitions>((request, context, handler, gate) =>
  split<typeof createPartitions, 'topics', 'results'>({ asked: 'topics', answered: 'results' }, request, context, handler, REFUSED, ({ name }) => gate.may(ALTER, TOPIC, name)))

export const describeProducersGuard = guard<typeof describeProducers>((request, context, handler, gate) =>
  split<typeof describeProducers, 'topics', 'topics'>({ asked: 'topics', answered: 'topics' }, request, context, handler, REFUSED, ({ name }) => gate.may(READ, TOPIC, name)))

export const createTopicsGuard = guard<typeof createTopics>((request, context, handler, gate) => {
  const mayAll = gate.mayOnCluster(CREATE)
  const isTwice = (name: string): boolean => request.topics.filter((topic) => topic.name === name).length > 1
  const answer = split<typeof createTopics, 'topics', 'topics'>(
    { asked: 'topics', answered: 'topics' }, request, context, handler, REFUSED, ({ name }) => mayAll || isTwice(name) || gate.may(CREATE, TOPIC, name))
  return then(answer, (given) => given && {
    ...given,
    // Who may create a topic may still not be shown its settings.
    topics: given.topics.map((topic) => (topic.errorCode !== errorCodes.NONE || gate.may(DESCRIBE_CONFIGS, TOPIC, topic.name)
      ? topic
      : { name: topic.name, topicId: topic.topicId, errorCode: topic.errorCode, topicConfigErrorCode: REFUSED, numPartitions: -1, replicationFactor: -1, configs: [] })),
  })
})

type Deletion = ResponseInput<typeof deleteTopics>['responses'][number]

export const deleteTopicsGuard = guard<typeof deleteTopics>((request, context, handler, gate) => {
  const mayAll = gate.mayOnCluster(DELETE)
  const refused: Deletion[] = []
  const mayName = (name: string): boolean => {
    // That a topic does not exist may be known to those who could see it.
    if (mayAll || gate.may(DELETE, TOPIC, name) || (context.broker.topics.get(name) === undefined && gate.may(DESCRIBE, TOPIC, name))) return true
    refused.push({ name, topicId: NO_TOPIC_ID, errorCode: REFUSED })
    return false
  }
  const mayId = (topicId: string): boolean => {
    const topic = context.broker.topics.byId(topicId)
    if (topic === undefined || mayAll || gate.may(DELETE, TOPIC, topic.name)) return true
    // The name is told only to those who may see the topic.
    refused.push({ name: gate.may(DESCRIBE, TOPIC, topic.name) ? topic.name : undefined, topicId, errorCode: REFUSED })
    return false
  }
  const allowed = {
    ...request,
    topics: request.topics.filter(({ name, topicId }) => (name === undefined ? mayId(topicId) : mayName(name))),
    topicNames: request.topicNames.filter(mayName),
  }
  return then(handler.handle(allowed, context), (answer) => answer && { ...answer, responses: [...answer.responses, ...refused] })
})

/** Who may not create topics finds those that do not exist refused, instead of new. */
const mayBeMade = (gate: Gate, { broker }: RequestContext, request: RequestOf<typeof metadata>, name: string): boolean =>
  broker.topics.get(name) !== undefined || !request.allowAutoTopicCreation || !broker.config.boolean('auto.create.topics.enable') ||
  gate.mayOnCluster(CREATE) || gate.may(CREATE, TOPIC, name)

export const metadataGuard = guard<typeof metadata>((request, context, handler, gate) => {
  const isAll = request.topics === undefined || (context.apiVersion === 0 && request.topics.length === 0)
  if (isAll) {
    return then(handler.handle(request, context), (answer) => answer && { ...answer, topics: answer.topics.filter(({ name }) => name === undefined || gate.may(DESCRIBE, TOPIC, name)) })
  }
  const isAllowed = (topicId: string, name: string | undefined): boolean =>
    topicId !== NO_TOPIC_ID && topicId !== ''
      ? mayById(gate, DESCRIBE, context, topicId)
      : name === undefined || (gate.may(DESCRIBE, TOPIC, name) && mayBeMade(gate, context, request, name))
  const refused = request.topics!.filter(({ topicId, name }) => !isAllowed(topicId, name))
  const allowed = { ...request, topics: request.topics!.filter((topic) => !refused.includes(topic)) }
  return then(handler.handle(allowed, context), (answer) => answer && {
    ...answer,
    topics: [...answer.topics, ...refused.map(({ topicId, name }) => ({ errorCode: REFUSED, topicId: topicId === '' ? NO_TOPIC_ID : topicId, name, isInternal: false, partitions: [] }))],
  })
})

export const describeTopicPartitionsGuard = guard<typeof describeTopicPartitions>((request, context, handler, gate) => {
  const isAll = request.topics.length === 0
  const named = isAll ? [...context.broker.topics.all()].map(({ name }) => ({ name })) : request.topics
  const topics = named.filter(({ name }) => gate.may(DESCRIBE, TOPIC, name))
  const refused = isAll ? [] : named.filter((topic) => !topics.includes(topic))
  const failures = handler.fail({ ...request, topics: refused }, REFUSED).topics
  // No topics at all would mean every one.
  if (topics.length === 0) return { topics: failures }
  return then(handler.handle({ ...request, topics }, context), (answer) => answer && { ...answer, topics: [...answer.topics, ...failures] })
})
