import { deleteGroups } from '../../protocol/messages/42-delete-groups.ts'
import { handler } from './handler.ts'

export const deleteGroupsHandler = handler<typeof deleteGroups>({
  api: deleteGroups,
  handle: (request, { broker }) => {
    const answer = { results: request.groupsNames.map((groupId) => ({ groupId, errorCode: broker.groups.delete(groupId) })) }
    return broker.journal.flushed()?.then(() => answer) ?? answer
  },
  fail: (request, errorCode) => ({ results: request.groupsNames.map((groupId) => ({ groupId, errorCode })) }),
})
