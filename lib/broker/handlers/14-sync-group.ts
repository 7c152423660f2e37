import { syncGroup } from '../../protocol/messages/14-sync-group.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { syncError } from '../groups/member.ts'
import { coordinated } from './coordinated.ts'

/** From then on members say which protocol they mean. */
const NAMES_SINCE = 5

export const syncGroupHandler = coordinated<typeof syncGroup>({
  api: syncGroup,
  handle: async (request, { broker, apiVersion }) => {
    if (apiVersion >= NAMES_SINCE && (request.protocolType === undefined || request.protocolName === undefined)) return syncError(errorCodes.INCONSISTENT_GROUP_PROTOCOL)
    const answer = await broker.groups.sync(request.groupId, request)
    await broker.journal.flushed()
    return answer
  },
  fail: (_request, errorCode) => syncError(errorCode),
}, ({ groupId }) => groupId)
