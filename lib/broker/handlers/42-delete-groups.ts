import { deleteGroups } from '../../protocol/messages/42-delete-groups.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { isCoordinator } from './coordinated.ts'
import { handler } from './handler.ts'

export const deleteGroupsHandler = handler<typeof deleteGroups>({
  api: deleteGroups,
  handle: (request, context) => {
    const { broker } = context
    const answer = {
      results: request.groupsNames.map((groupId) => ({ groupId, errorCode: isCoordinator(context, groupId) ? broker.groups.delete(groupId) : errorCodes.NOT_COORDINATOR })),
    }
    return broker.journal.flushed()?.then(() => answer) ?? answer
  },
  fail: (request, errorCode) => ({ results: request.groupsNames.map((groupId) => ({ groupId, errorCode })) }),
})
