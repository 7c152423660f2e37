import { describeGroups } from '../../protocol/messages/15-describe-groups.ts'
import type { ResponseInput } from '../../protocol/index.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { ClassicGroup } from '../groups/classic-group.ts'
import { metadataFor } from '../groups/member.ts'
import { isCoordinator } from './coordinated.ts'
import { ResourceType } from '../security/acl.ts'
import { authorizedOperations } from '../security/gate.ts'
import { handler } from './handler.ts'

type GroupAnswer = ResponseInput<typeof describeGroups>['groups'][number]

const empty = (groupId: string, errorCode: number, groupState: string, errorMessage?: string): GroupAnswer => ({
  errorCode, errorMessage, groupId, groupState, protocolType: '', protocolData: '', members: [],
})

const describe = (group: ClassicGroup): GroupAnswer => {
  const stable = group.state === 'Stable'
  return {
    errorCode: errorCodes.NONE,
    groupId: group.id,
    groupState: group.state,
    protocolType: group.protocolType ?? '',
    protocolData: stable ? (group.protocolName ?? '') : '',
    members: [...group.members.values()].map((member) => ({
      memberId: member.id,
      groupInstanceId: member.instanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberMetadata: stable ? metadataFor(member, group.protocolName) : Buffer.alloc(0),
      memberAssignment: stable ? member.assignment : Buffer.alloc(0),
    })),
  }
}

export const describeGroupsHandler = handler<typeof describeGroups>({
  api: describeGroups,
  handle: (request, context) => ({
    groups: request.groups.map((id) => {
      const operations = request.includeAuthorizedOperations ? { authorizedOperations: authorizedOperations(context, ResourceType.GROUP, id) } : {}
      const { broker, apiVersion } = context
      if (!isCoordinator(context, id)) return empty(id, errorCodes.NOT_COORDINATOR, '')
      const group = broker.groups.get(id)
      if (group instanceof ClassicGroup) return { ...describe(group), ...operations }
      const why = group === undefined ? `Group ${id} not found.` : `Group ${id} is not a classic group.`
      return apiVersion >= 6 ? empty(id, errorCodes.GROUP_ID_NOT_FOUND, 'Dead', why) : { ...empty(id, errorCodes.NONE, 'Dead'), ...operations }
    }),
  }),
  fail: (request, errorCode) => ({ groups: request.groups.map((id) => empty(id, errorCode, '')) }),
})
