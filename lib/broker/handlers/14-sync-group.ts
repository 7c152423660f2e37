import { syncGroup } from '../../protocol/messages/14-sync-group.ts'
import { syncError } from '../groups/member.ts'
import { coordinated } from './coordinated.ts'

export const syncGroupHandler = coordinated<typeof syncGroup>({
  api: syncGroup,
  handle: async (request, { broker }) => {
    const answer = await broker.groups.sync(request.groupId, request)
    await broker.journal.flushed()
    return answer
  },
  fail: (_request, errorCode) => syncError(errorCode),
}, ({ groupId }) => groupId)
