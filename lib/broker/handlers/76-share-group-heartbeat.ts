import { errorCodes } from '../../protocol/error-table.ts'
import { shareGroupHeartbeat } from '../../protocol/messages/76-share-group-heartbeat.ts'
import type { RequestOf } from '../../protocol/index.ts'
import { shareRefusal } from '../groups/share/share-group.ts'
import { whenSafe } from './transaction-answers.ts'
import { coordinated } from './coordinated.ts'

type Request = RequestOf<typeof shareGroupHeartbeat>

const whyInvalid = ({ groupId, memberId, memberEpoch, rackId, subscribedTopicNames }: Request): string | undefined => {
  if (memberId === '') return "MemberId can't be empty."
  if (groupId === '') return "GroupId can't be empty."
  if (rackId === '') return "RackId can't be empty."
  if (memberEpoch < -1) return `MemberEpoch is ${memberEpoch}, but must be greater than or equal to -1.`
  return memberEpoch === 0 && (subscribedTopicNames === undefined || subscribedTopicNames.length === 0) ? 'SubscribedTopicNames must be set in first request.' : undefined
}

export const shareGroupHeartbeatHandler = coordinated<typeof shareGroupHeartbeat>({
  api: shareGroupHeartbeat,
  handle: (request, { broker, clientId, clientHost }) => {
    if (broker.features.level('share.version') < 1) return shareRefusal(errorCodes.UNSUPPORTED_VERSION, 'share.version is 0: share groups are switched off.')
    const invalid = whyInvalid(request)
    if (invalid !== undefined) return shareRefusal(errorCodes.INVALID_REQUEST, invalid)
    return whenSafe(broker, broker.groups.shareHeartbeat(request.groupId, { ...request, clientId, clientHost }))
  },
  fail: (_request, errorCode) => shareRefusal(errorCode),
}, ({ groupId }) => groupId)
