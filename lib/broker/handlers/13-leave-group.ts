import { leaveGroup } from '../../protocol/messages/13-leave-group.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { coordinated } from './coordinated.ts'

export const leaveGroupHandler = coordinated<typeof leaveGroup>({
  api: leaveGroup,
  handle: ({ groupId, memberId, members }, { broker, apiVersion }) => {
    if (groupId === '') return { errorCode: errorCodes.INVALID_GROUP_ID }
    if (apiVersion < 3) return { errorCode: broker.groups.leave(groupId, memberId, undefined) }
    return {
      errorCode: errorCodes.NONE,
      members: members.map((member) => ({
        memberId: member.memberId,
        groupInstanceId: member.groupInstanceId,
        errorCode: broker.groups.leave(groupId, member.memberId, member.groupInstanceId),
      })),
    }
  },
  fail: (_request, errorCode) => ({ errorCode, members: [] }),
}, ({ groupId }) => groupId)
