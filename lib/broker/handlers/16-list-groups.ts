import { listGroups } from '../../protocol/index.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { handler } from './handler.ts'

const GROUP_TYPE = 'classic'

/** Filters are compared without regard to case; an empty one lets everything pass. */
const passes = (filter: readonly string[], value: string): boolean =>
  filter.length === 0 || filter.some((wanted) => wanted.toLowerCase() === value.toLowerCase())

export const listGroupsHandler = handler<typeof listGroups>({
  api: listGroups,
  handle: ({ statesFilter, typesFilter }, { broker }) => ({
    errorCode: errorCodes.NONE,
    groups: [...broker.groups.all()]
      .filter(({ state }) => passes(statesFilter, state) && passes(typesFilter, GROUP_TYPE))
      .map(({ id, protocolType, state }) => ({ groupId: id, protocolType: protocolType ?? '', groupState: state, groupType: GROUP_TYPE })),
  }),
  fail: (_request, errorCode) => ({ errorCode, groups: [] }),
})
