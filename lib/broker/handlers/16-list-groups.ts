import { listGroups } from '../../protocol/messages/16-list-groups.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { ConsumerGroup } from '../groups/consumer/consumer-group.ts'
import { StreamsGroup } from '../groups/streams/streams-group.ts'
import { ShareGroup } from '../groups/share/share-group.ts'
import type { Group } from '../groups/group-coordinator.ts'
import { isCoordinator } from './coordinated.ts'
import { handler } from './handler.ts'

const typeOf = (group: Group): string => (group instanceof ConsumerGroup ? 'consumer' : group instanceof StreamsGroup ? 'streams' : group instanceof ShareGroup ? 'share' : 'classic')

/** Filters are compared without regard to case; an empty one lets everything pass. */
const passes = (filter: readonly string[], value: string): boolean =>
  filter.length === 0 || filter.some((wanted) => wanted.toLowerCase() === value.toLowerCase())

export const listGroupsHandler = handler<typeof listGroups>({
  api: listGroups,
  handle: ({ statesFilter, typesFilter }, context) => ({
    errorCode: errorCodes.NONE,
    groups: [...context.broker.groups.all()]
      .filter(({ id }) => isCoordinator(context, id))
      .map((group) => ({ groupId: group.id, protocolType: group.protocolType ?? '', groupState: group.state, groupType: typeOf(group) }))
      .filter(({ groupState, groupType }) => passes(statesFilter, groupState) && passes(typesFilter, groupType)),
  }),
  fail: (_request, errorCode) => ({ errorCode, groups: [] }),
})
