import { errorCodes } from '../../protocol/error-table.ts'
import { shareGroupDescribe } from '../../protocol/messages/77-share-group-describe.ts'
import type { ResponseInput } from '../../protocol/index.ts'
import { toLists } from '../groups/consumer/topic-partitions.ts'
import { ShareGroup } from '../groups/share/share-group.ts'
import { describeEach } from './group-descriptions.ts'
import { handler } from './handler.ts'
import type { RequestContext } from './handler.ts'

type GroupAnswer = ResponseInput<typeof shareGroupDescribe>['groups'][number]

const failed = (groupId: string, errorCode: number, errorMessage?: string): GroupAnswer => ({
  errorCode, errorMessage, groupId, groupState: '', groupEpoch: 0, assignmentEpoch: 0, assignorName: '', members: [],
})

const describe = (group: ShareGroup, { broker: { topics } }: RequestContext): GroupAnswer => ({
  errorCode: errorCodes.NONE,
  groupId: group.id,
  groupState: group.state,
  groupEpoch: group.epoch,
  assignmentEpoch: group.assignmentEpoch,
  assignorName: 'simple',
  members: [...group.members.values()].map(({ id, rackId, epoch, clientId, clientHost, topicNames, assigned }) => ({
    memberId: id,
    rackId,
    memberEpoch: epoch,
    clientId,
    clientHost,
    subscribedTopicNames: topicNames,
    assignment: {
      topicPartitions: toLists(assigned).flatMap((list) => {
        const topic = topics.byId(list.topicId)
        return topic === undefined ? [] : [{ ...list, topicName: topic.name }]
      }),
    },
  })),
})

export const shareGroupDescribeHandler = handler<typeof shareGroupDescribe>({
  api: shareGroupDescribe,
  handle: (request, context) => ({ groups: describeEach(request, context, { type: 'share', isOne: (group) => group instanceof ShareGroup, describe, failed }) }),
  fail: (request, errorCode) => ({ groups: request.groupIds.map((id) => failed(id, errorCode)) }),
})
