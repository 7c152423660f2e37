import { consumerGroupHeartbeat } from '../../protocol/messages/68-consumer-group-heartbeat.ts'
import type { RequestOf } from '../../protocol/index.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import type { BrokerState } from '../broker-state.ts'
import { JOIN_EPOCH, LEAVE_STATIC_EPOCH, refusalAnswer } from '../groups/consumer/consumer-group.ts'
import { newMemberId } from '../groups/consumer/consumer-member.ts'
import { PatternError, topicPattern } from '../groups/consumer/topic-pattern.ts'
import { Operation, ResourceType } from '../security/acl.ts'
import type { Refusal } from '../topics/topic-creation.ts'
import { coordinated } from './coordinated.ts'

type Request = RequestOf<typeof consumerGroupHeartbeat>

const invalid = (message: string): Refusal => ({ error: errorCodes.INVALID_REQUEST, message })

/** What is wrong with the request whatever the group is like. */
const whyInvalid = (request: Request, apiVersion: number, broker: BrokerState): Refusal | undefined => {
  const { memberEpoch, serverAssignor } = request
  if (request.memberId === '' && (apiVersion >= 1 || memberEpoch !== JOIN_EPOCH)) return invalid("MemberId can't be empty.")
  if (request.groupId === '') return invalid("GroupId can't be empty.")
  if (request.instanceId === '') return invalid("InstanceId can't be empty.")
  if (request.rackId === '') return invalid("RackId can't be empty.")
  if (memberEpoch === JOIN_EPOCH) {
    if (request.rebalanceTimeoutMs === -1) return invalid('RebalanceTimeoutMs must be provided in first request.')
    if (request.topicPartitions?.length !== 0) return invalid('TopicPartitions must be empty when (re-)joining.')
    if (request.subscribedTopicNames === undefined && request.subscribedTopicRegex === undefined) {
      return invalid('Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.')
    }
  }
  if (memberEpoch === LEAVE_STATIC_EPOCH && request.instanceId === undefined) return invalid("InstanceId can't be null.")
  if (memberEpoch < LEAVE_STATIC_EPOCH) return invalid('MemberEpoch is invalid.')
  const assignors = broker.config.text('group.consumer.assignors').split(',').map((name) => name.trim())
  if (serverAssignor !== undefined && !assignors.includes(serverAssignor)) {
    return { error: errorCodes.UNSUPPORTED_ASSIGNOR, message: `ServerAssignor ${serverAssignor} is not supported. Supported assignors: ${assignors.join(', ')}.` }
  }
  return request.subscribedTopicRegex ? whyInvalidPattern(request.subscribedTopicRegex) : undefined
}

const whyInvalidPattern = (pattern: string): Refusal | undefined => {
  try {
    topicPattern(pattern)
    return undefined
  } catch (error) {
    if (!(error instanceof PatternError)) throw error
    return { error: errorCodes.INVALID_REGULAR_EXPRESSION, message: `SubscribedTopicRegex \`${pattern}\` is not a valid regular expression: ${error.message}.` }
  }
}

export const consumerGroupHeartbeatHandler = coordinated<typeof consumerGroupHeartbeat>({
  api: consumerGroupHeartbeat,
  handle: (request, { broker, apiVersion, clientId, clientHost, gate }) => {
    if (broker.features.level('group.version') < 1) return refusalAnswer({ error: errorCodes.UNSUPPORTED_VERSION, message: 'group.version is 0: the consumer protocol is switched off.' })
    const refusal = whyInvalid(request, apiVersion, broker)
    if (refusal !== undefined) return refusalAnswer(refusal)
    const memberId = request.memberId === '' ? newMemberId() : request.memberId
    const maySee = gate && ((topic: string): boolean => gate.may(Operation.DESCRIBE, ResourceType.TOPIC, topic))
    const answer = broker.groups.consumerHeartbeat(request.groupId, { ...request, memberId, clientId, clientHost, maySee })
    return broker.journal.flushed()?.then(() => answer) ?? answer
  },
  fail: (_request, errorCode) => ({ errorCode, memberEpoch: 0, heartbeatIntervalMs: 0 }),
}, ({ groupId }) => groupId)
