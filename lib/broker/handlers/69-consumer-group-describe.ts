import { consumerGroupDescribe } from '../../protocol/messages/69-consumer-group-describe.ts'
import type { ResponseInput } from '../../protocol/index.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import type { BrokerState } from '../broker-state.ts'
import { ConsumerGroup } from '../groups/consumer/consumer-group.ts'
import { NO_PARTITIONS, toLists } from '../groups/consumer/topic-partitions.ts'
import type { PartitionEpochs, TopicPartitions } from '../groups/consumer/topic-partitions.ts'
import { isCoordinator } from './coordinated.ts'
import { ResourceType } from '../security/acl.ts'
import { authorizedOperations } from '../security/gate.ts'
import { handler } from './handler.ts'

type GroupAnswer = ResponseInput<typeof consumerGroupDescribe>['groups'][number]

const CLASSIC_MEMBER = 0
const CONSUMER_MEMBER = 1

const failed = (groupId: string, errorCode: number, errorMessage?: string): GroupAnswer => ({
  errorCode, errorMessage, groupId, groupState: '', groupEpoch: 0, assignmentEpoch: 0, assignorName: '', members: [],
})

const describe = (group: ConsumerGroup, { topics }: BrokerState, operations: object): GroupAnswer => {
  const named = (partitions: TopicPartitions | PartitionEpochs) => ({
    topicPartitions: toLists(partitions).flatMap((list) => {
      const topic = topics.byId(list.topicId)
      return topic === undefined ? [] : [{ ...list, topicName: topic.name }]
    }),
  })
  return {
    errorCode: errorCodes.NONE,
    groupId: group.id,
    groupState: group.state,
    groupEpoch: group.epoch,
    assignmentEpoch: group.assignmentEpoch,
    assignorName: group.assignor,
    members: [...group.members.values()].map(({ id, holding, topicNames, topicRegex, classic, ...member }) => ({
      memberId: id,
      instanceId: member.instanceId,
      rackId: member.rackId,
      memberEpoch: holding.epoch,
      clientId: member.clientId,
      clientHost: member.clientHost,
      subscribedTopicNames: [...topicNames].sort(),
      subscribedTopicRegex: topicRegex,
      assignment: named(holding.assigned),
      targetAssignment: named(group.target.get(id) ?? NO_PARTITIONS),
      memberType: classic === undefined ? CONSUMER_MEMBER : CLASSIC_MEMBER,
    })),
    ...operations,
  }
}

export const consumerGroupDescribeHandler = handler<typeof consumerGroupDescribe>({
  api: consumerGroupDescribe,
  handle: ({ groupIds, includeAuthorizedOperations }, context) => ({
    groups: groupIds.map((id) => {
      if (id === '') return failed(id, errorCodes.INVALID_GROUP_ID)
      if (!isCoordinator(context, id)) return failed(id, errorCodes.NOT_COORDINATOR)
      const { broker } = context
      const group = broker.groups.get(id)
      if (group instanceof ConsumerGroup) return describe(group, broker, includeAuthorizedOperations ? { authorizedOperations: authorizedOperations(context, ResourceType.GROUP, id) } : {})
      return failed(id, errorCodes.GROUP_ID_NOT_FOUND, group === undefined ? `Group ${id} not found.` : `Group ${id} is not a consumer group.`)
    }),
  }),
  fail: (request, errorCode) => ({ groups: request.groupIds.map((id) => failed(id, errorCode)) }),
})
