import { streamsGroupHeartbeat } from '../../protocol/messages/88-streams-group-heartbeat.ts'
import type { RequestOf } from '../../protocol/index.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { JOIN_EPOCH, LEAVE_STATIC_EPOCH } from '../groups/consumer/consumer-group.ts'
import { PatternError, topicPattern } from '../groups/consumer/topic-pattern.ts'
import { streamsRefusal } from '../groups/streams/streams-group.ts'
import { tasksFromIds } from '../groups/streams/streams-member.ts'
import { Operation, ResourceType } from '../security/acl.ts'
import { coordinated } from './coordinated.ts'

type Request = RequestOf<typeof streamsGroupHeartbeat>

/** What is wrong with the request whatever the group is like. */
const whyInvalid = (request: Request): string | undefined => {
  const { memberEpoch, activeTasks, standbyTasks, warmupTasks, topology } = request
  if (request.memberId === '') return "MemberId can't be empty."
  if (request.groupId === '') return "GroupId can't be empty."
  if (request.instanceId !== undefined) return 'Static membership is not yet supported.'
  if (request.rackId === '') return "RackId can't be empty."
  if (memberEpoch === JOIN_EPOCH) {
    if (request.rebalanceTimeoutMs === -1) return 'RebalanceTimeoutMs must be provided in first request.'
    if (activeTasks?.length !== 0) return 'ActiveTasks must be empty when (re-)joining.'
    if (standbyTasks?.length !== 0) return 'StandbyTasks must be empty when (re-)joining.'
    if (warmupTasks?.length !== 0) return 'WarmupTasks must be empty when (re-)joining.'
    if (topology === undefined) return 'Topology must be non-null when (re-)joining.'
  } else if (topology !== undefined) {
    return 'Topology can only be provided when (re-)joining.'
  }
  if (memberEpoch === LEAVE_STATIC_EPOCH) return "InstanceId can't be null."
  if (memberEpoch < LEAVE_STATIC_EPOCH) return `MemberEpoch is ${memberEpoch}, but must be greater than or equal to ${LEAVE_STATIC_EPOCH}.`
  const said = [activeTasks, standbyTasks, warmupTasks].filter((tasks) => tasks !== undefined).length
  if (said === 1 || said === 2) return 'If one task-type is non-null, all must be non-null.'
  return topology === undefined ? undefined : whyInvalidTopology(topology)
}

const whyInvalidTopology = ({ epoch, subtopologies }: NonNullable<Request['topology']>): string | undefined => {
  if (epoch < 0) return 'Topology epoch must be non-negative.'
  for (const { sourceTopicRegex, sourceTopics, repartitionSourceTopics, copartitionGroups, subtopologyId } of subtopologies) {
    for (const pattern of sourceTopicRegex) {
      try {
        topicPattern(pattern)
      } catch (error) {
        if (error instanceof PatternError) return `SourceTopicRegex \`${pattern}\` is not a valid regular expression: ${error.message}.`
        throw error
      }
    }
    const outside = (indexes: readonly number[], length: number): boolean => indexes.some((index) => index < 0 || index >= length)
    if (copartitionGroups.some((group) => outside(group.sourceTopics, sourceTopics.length) || outside(group.repartitionSourceTopics, repartitionSourceTopics.length))) {
      return `A copartition group of subtopology ${subtopologyId} names a topic that the subtopology does not have.`
    }
  }
  return undefined
}

export const streamsGroupHeartbeatHandler = coordinated<typeof streamsGroupHeartbeat>({
  api: streamsGroupHeartbeat,
  handle: (request, { broker, clientId, clientHost, gate }) => {
    if (broker.features.level('streams.version') < 1) return streamsRefusal(errorCodes.UNSUPPORTED_VERSION, 'streams.version is 0: the streams protocol is switched off.')
    const invalid = whyInvalid(request)
    if (invalid !== undefined) return streamsRefusal(errorCodes.INVALID_REQUEST, invalid)
    const { activeTasks, standbyTasks, warmupTasks } = request
    const tasks =
      activeTasks === undefined || standbyTasks === undefined || warmupTasks === undefined
        ? undefined
        : { active: tasksFromIds(activeTasks), standby: tasksFromIds(standbyTasks), warmup: tasksFromIds(warmupTasks) }
    const mayCreate = gate && ((topic: string): boolean => gate.mayOnCluster(Operation.CREATE) || gate.may(Operation.CREATE, ResourceType.TOPIC, topic))
    const answer = broker.groups.streamsHeartbeat(request.groupId, { ...request, tasks, clientId, clientHost, mayCreate })
    return broker.journal.flushed()?.then(() => answer) ?? answer
  },
  fail: (_request, errorCode) => streamsRefusal(errorCode),
}, ({ groupId }) => groupId)
