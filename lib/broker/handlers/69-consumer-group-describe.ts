import { consumerGroupDescribe } from '../../protocol/messages/69-consumer-group-describe.ts'
import type { ResponseInput } from '../../protocol/index.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { ConsumerGroup } from '../groups/consumer/consumer-group.ts'
import { NO_PARTITIONS, toLists } from '../groups/consumer/topic-partitions.ts'
import type { PartitionEpochs, TopicPartitions } from '../groups/consumer/topic-partitions.ts'
import { describeEach } from './group-descriptions.ts'
import { handler } from './handler.ts'
import type { RequestContext } from './handler.ts'

type GroupAnswer = ResponseInput<typeof consumerGroupDescribe>['groups'][number]

const CLASSIC_MEMBER = 0
const CONSUMER_MEMBER = 1

const failed = (groupId: string, errorCode: number, errorMessage?: string): GroupAnswer => ({
  errorCode, errorMessage, groupId, groupState: '', groupEpoch: 0, assignmentEpoch: 0, assignorName: '', members: [],
})

const describe = (group: ConsumerGroup, { broker: { topics } }: RequestContext): GroupAnswer => {
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
  }
}

export const consumerGroupDescribeHandler = handler<typeof consumerGroupDescribe>({
  api: consumerGroupDescribe,
  handle: (request, context) => ({
    groups: describeEach(request, context, { type: 'consumer', isOne: (group) => group instanceof ConsumerGroup, describe, failed }),
  }),
  fail: (request, errorCode) => ({ groups: request.groupIds.map((id) => failed(id, errorCode)) }),
})
