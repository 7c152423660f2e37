import { streamsGroupDescribe } from '../../protocol/messages/89-streams-group-describe.ts'
import type { ResponseInput } from '../../protocol/index.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { StreamsGroup } from '../groups/streams/streams-group.ts'
import { idsOfTasks, separated } from '../groups/streams/streams-member.ts'
import { NO_TASKS } from '../groups/streams/task-assignor.ts'
import type { Tasks } from '../groups/streams/task-assignor.ts'
import { isCoordinator } from './coordinated.ts'
import { ResourceType } from '../security/acl.ts'
import { authorizedOperations } from '../security/gate.ts'
import { handler } from './handler.ts'

type GroupAnswer = ResponseInput<typeof streamsGroupDescribe>['groups'][number]

const failed = (groupId: string, errorCode: number, errorMessage?: string): GroupAnswer => ({
  errorCode, errorMessage, groupId, groupState: '', groupEpoch: 0, assignmentEpoch: 0, members: [],
})

const idsOf = ({ active, standby, warmup }: Tasks) => ({ activeTasks: idsOfTasks(active), standbyTasks: idsOfTasks(standby), warmupTasks: idsOfTasks(warmup) })

const describe = (group: StreamsGroup, operations: object): GroupAnswer => {
  const { configured, topology } = group
  const subtopologies = configured.problem !== undefined ? topology?.subtopologies : configured.subtopologies.map(({ id, changelogTopics, ...subtopology }) => ({
    ...subtopology, subtopologyId: id, stateChangelogTopics: changelogTopics,
  }))
  return {
    errorCode: errorCodes.NONE,
    groupId: group.id,
    groupState: group.state,
    groupEpoch: group.epoch,
    assignmentEpoch: group.assignmentEpoch,
    topology: topology === undefined ? undefined : { epoch: topology.epoch, subtopologies },
    members: [...group.members.values()].map(({ id, holding, ...member }) => ({
      ...member,
      memberId: id,
      memberEpoch: holding.epoch,
      clientTags: member.clientTags,
      assignment: idsOf(separated(holding.assigned)),
      targetAssignment: idsOf(group.target.get(id) ?? NO_TASKS),
      isClassic: false,
    })),
    ...operations,
  }
}

export const streamsGroupDescribeHandler = handler<typeof streamsGroupDescribe>({
  api: streamsGroupDescribe,
  handle: ({ groupIds, includeAuthorizedOperations }, context) => ({
    groups: groupIds.map((id) => {
      if (id === '') return failed(id, errorCodes.INVALID_GROUP_ID)
      if (!isCoordinator(context, id)) return failed(id, errorCodes.NOT_COORDINATOR)
      const group = context.broker.groups.get(id)
      if (group instanceof StreamsGroup) return describe(group, includeAuthorizedOperations ? { authorizedOperations: authorizedOperations(context, ResourceType.GROUP, id) } : {})
      return failed(id, errorCodes.GROUP_ID_NOT_FOUND, group === undefined ? `Group ${id} not found.` : `Group ${id} is not a streams group.`)
    }),
  }),
  fail: (request, errorCode) => ({ groups: request.groupIds.map((id) => failed(id, errorCode)) }),
})
