import { errorCodes } from '../../../protocol/error-table.ts'
import type { shareGroupHeartbeat } from '../../../protocol/messages/76-share-group-heartbeat.ts'
import type { shareGroupDescribe } from '../../../protocol/messages/77-share-group-describe.ts'
import type { describeShareGroupOffsets } from '../../../protocol/messages/90-describe-share-group-offsets.ts'
import type { alterShareGroupOffsets } from '../../../protocol/messages/91-alter-share-group-offsets.ts'
import type { deleteShareGroupOffsets } from '../../../protocol/messages/92-delete-share-group-offsets.ts'
import { NO_TOPIC_ID } from '../../handlers/03-metadata.ts'
import { Operation, ResourceType } from '../acl.ts'
import { HIDDEN } from './group-guards.ts'
import { guard, onGroup, split, then } from './guard.ts'

const { READ, DELETE, DESCRIBE } = Operation
const { GROUP, TOPIC } = ResourceType
const { GROUP_AUTHORIZATION_FAILED, TOPIC_AUTHORIZATION_FAILED } = errorCodes

export const shareGroupHeartbeatGuard = guard<typeof shareGroupHeartbeat>((request, context, handler, gate) => {
  if (!gate.may(READ, GROUP, request.groupId)) return handler.fail(request, GROUP_AUTHORIZATION_FAILED)
  const maySee = (request.subscribedTopicNames ?? []).every((name) => gate.may(DESCRIBE, TOPIC, name))
  return maySee ? handler.handle(request, context) : handler.fail(request, TOPIC_AUTHORIZATION_FAILED)
})

export const shareGroupDescribeGuard = guard<typeof shareGroupDescribe>((request, context, handler, gate) => {
  const answer = split<typeof shareGroupDescribe, 'groupIds', 'groups'>(
    { asked: 'groupIds', answered: 'groups' }, request, context, handler, GROUP_AUTHORIZATION_FAILED, (id) => gate.may(DESCRIBE, GROUP, id))
  return then(answer, (given) => given && {
    ...given,
    groups: given.groups.map((group) => {
      const topics = group.members.flatMap(({ subscribedTopicNames, assignment }) => [...subscribedTopicNames, ...assignment.topicPartitions.map(({ topicName }) => topicName)])
      return topics.every((name) => gate.may(DESCRIBE, TOPIC, name)) ? group : { ...group, errorCode: TOPIC_AUTHORIZATION_FAILED, errorMessage: HIDDEN, members: [] }
    }),
  })
})

export const describeShareGroupOffsetsGuard = guard<typeof describeShareGroupOffsets>((request, context, handler, gate) => {
  const answer = split<typeof describeShareGroupOffsets, 'groups', 'groups'>(
    { asked: 'groups', answered: 'groups' }, request, context, handler, GROUP_AUTHORIZATION_FAILED, ({ groupId }) => gate.may(DESCRIBE, GROUP, groupId))
  const all = new Set(request.groups.filter(({ topics }) => topics === undefined).map(({ groupId }) => groupId))
  const refused = (partitionIndex: number) => ({ partitionIndex, startOffset: -1, leaderEpoch: 0, errorCode: TOPIC_AUTHORIZATION_FAILED })
  return then(answer, (given) => given && {
    ...given,
    groups: given.groups.map(({ topics, ...group }) => ({
      ...group,
      topics: topics
        .filter(({ topicName }) => !all.has(group.groupId) || gate.may(DESCRIBE, TOPIC, topicName))
        .map((topic) => (gate.may(DESCRIBE, TOPIC, topic.topicName)
          ? topic
          : { topicName: topic.topicName, topicId: NO_TOPIC_ID, partitions: topic.partitions.map(({ partitionIndex }) => refused(partitionIndex)) })),
    })),
  })
})

/** The partitions of a share session outlive requests: the handlers themselves ask the gate about topics. */
export const shareFetchGuard = onGroup(READ)
export const shareAcknowledgeGuard = onGroup(READ)

export const alterShareGroupOffsetsGuard = guard<typeof alterShareGroupOffsets>((request, context, handler, gate) => {
  if (!gate.may(READ, GROUP, request.groupId)) return handler.fail(request, GROUP_AUTHORIZATION_FAILED)
  const allowed = request.topics.filter(({ topicName }) => gate.may(READ, TOPIC, topicName))
  const refused = request.topics.filter((topic) => !allowed.includes(topic)).map(({ topicName, partitions }) => ({
    topicName, topicId: NO_TOPIC_ID, partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: TOPIC_AUTHORIZATION_FAILED })),
  }))
  return then(handler.handle({ ...request, topics: allowed }, context), (answer) => (answer?.errorCode === errorCodes.NONE ? { ...answer, responses: [...answer.responses, ...refused] } : answer))
})

export const deleteShareGroupOffsetsGuard = guard<typeof deleteShareGroupOffsets>((request, context, handler, gate) => {
  if (!gate.may(DELETE, GROUP, request.groupId)) return handler.fail(request, GROUP_AUTHORIZATION_FAILED)
  const allowed = request.topics.filter(({ topicName }) => gate.may(READ, TOPIC, topicName))
  const refused = request.topics.filter((topic) => !allowed.includes(topic)).map(({ topicName }) => ({ topicName, topicId: NO_TOPIC_ID, errorCode: TOPIC_AUTHORIZATION_FAILED }))
  return then(handler.handle({ ...request, topics: allowed }, context), (answer) => (answer?.errorCode === errorCodes.NONE ? { ...answer, responses: [...answer.responses, ...refused] } : answer))
})
