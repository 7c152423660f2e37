import { errorCodes } from '../../protocol/error-table.ts'
import type { Group } from '../groups/group-coordinator.ts'
import { ResourceType } from '../security/acl.ts'
import { authorizedOperations } from '../security/gate.ts'
import { isCoordinator } from './coordinated.ts'
import type { RequestContext } from './handler.ts'

interface DescribeRequest {
  readonly groupIds: readonly string[]
  readonly includeAuthorizedOperations: boolean
}

/** How groups of one type are told of. */
interface Describer<G extends Group, Answer> {
  /** What the type is called, as in `consumer`. */
  readonly type: string
  readonly isOne: (group: Group | undefined) => group is G
  readonly describe: (group: G, context: RequestContext) => Answer
  readonly failed: (groupId: string, error: number, message?: string) => Answer
}

/** Tells of each group that is asked for, if it is here and of the type. */
export const describeEach = <G extends Group, Answer extends object>({ groupIds, includeAuthorizedOperations }: DescribeRequest, context: RequestContext, of: Describer<G, Answer>): Answer[] =>
  groupIds.map((id) => {
    if (id === '') return of.failed(id, errorCodes.INVALID_GROUP_ID)
    if (!isCoordinator(context, id)) return of.failed(id, errorCodes.NOT_COORDINATOR)
    const group = context.broker.groups.get(id)
    if (!of.isOne(group)) return of.failed(id, errorCodes.GROUP_ID_NOT_FOUND, group === undefined ? `Group ${id} not found.` : `Group ${id} is not a ${of.type} group.`)
    const answer = of.describe(group, context)
    return includeAuthorizedOperations ? { ...answer, authorizedOperations: authorizedOperations(context, ResourceType.GROUP, id) } : answer
  })
