import { streamsGroupDescribe } from '../../protocol/messages/89-streams-group-describe.ts'
import type { ResponseInput } from '../../protocol/index.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { StreamsGroup } from '../groups/streams/streams-group.ts'
import { idsOfTasks, separated } from '../groups/streams/streams-member.ts'
import { NO_TASKS } from '../groups/streams/task-assignor.ts'
import type { Tasks } from '../groups/streams/task-assignor.ts'
import { describeEach } from './group-descriptions.ts'
import { handler } from './handler.ts'

type GroupAnswer = ResponseInput<typeof streamsGroupDescribe>['groups'][number]

const failed = (groupId: string, errorCode: number, errorMessage?: string): GroupAnswer => ({
  errorCode, errorMessage, groupId, groupState: '', groupEpoch: 0, assignmentEpoch: 0, members: [],
})

const idsOf = ({ active, standby, warmup }: Tasks) => ({ activeTasks: idsOfTasks(active), standbyTasks: idsOfTasks(standby), warmupTasks: idsOfTasks(warmup) })

const describe = (group: StreamsGroup): GroupAnswer => {
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
  }
}

export const streamsGroupDescribeHandler = handler<typeof streamsGroupDescribe>({
  api: streamsGroupDescribe,
  handle: (request, context) => ({
    groups: describeEach(request, context, { type: 'streams', isOne: (group) => group instanceof StreamsGroup, describe, failed }),
  }),
  fail: (request, errorCode) => ({ groups: request.groupIds.map((id) => failed(id, errorCode)) }),
})
