import { errorCodes } from '../../../protocol/error-table.ts'
import type { consumerGroupDescribe, consumerGroupHeartbeat, deleteGroups, describeGroups, findCoordinator, listGroups, offsetCommit, offsetDelete, offsetFetch, streamsGroupDescribe, streamsGroupHeartbeat } from '../../../protocol/index.ts'
import type { ResponseInput } from '../../../protocol/schema.ts'
import { Operation, ResourceType } from '../acl.ts'
import type { Gate } from '../gate.ts'
import { guard, split, then } from './guard.ts'

const { READ, DELETE, DESCRIBE, CLUSTER_ACTION } = Operation
const { TOPIC, GROUP, TRANSACTIONAL_ID } = ResourceType
const { CLUSTER_AUTHORIZATION_FAILED, TOPIC_AUTHORIZATION_FAILED, GROUP_AUTHORIZATION_FAILED, TRANSACTIONAL_ID_AUTHORIZATION_FAILED } = errorCodes

const IDS_SINCE = 10
const ERROR_SINCE = 2
const GROUPS_SINCE = 8
const KEYS_SINCE = 4
const OF_GROUPS = 0
const OF_TRANSACTIONS = 1
const OF_SHARES = 2

export const offsetCommitGuard = guard<typeof offsetCommit>((request, context, handler, gate) => {
  if (!gate.may(READ, GROUP, request.groupId)) return handler.fail(request, GROUP_AUTHORIZATION_FAILED)
  const nameOf = ({ name, topicId }: { name: string; topicId: string }): string | undefined => (context.apiVersion >= IDS_SINCE ? context.broker.topics.byId(topicId)?.name : name)
  return split<typeof offsetCommit, 'topics', 'topics'>({ asked: 'topics', answered: 'topics' }, request, context, handler, TOPIC_AUTHORIZATION_FAILED, (topic) => {
    const name = nameOf(topic)
    return name === undefined || gate.may(READ, TOPIC, name)
  })
})

type FetchAnswer = ResponseInput<typeof offsetFetch>
type FetchedGroup = NonNullable<FetchAnswer['groups']>[number]

/** Topics that a client may not see: left out of the answer when it asked for all, else an error for each partition. */
const hide = <T extends { readonly name?: string | undefined; readonly topicId?: string | undefined; readonly partitions: FetchedGroup['topics'][number]['partitions'] }>(
  topics: readonly T[], askedForAll: boolean, maySee: (topic: T) => boolean,
): T[] => topics.flatMap((topic) => {
  if (maySee(topic)) return [topic]
  if (askedForAll) return []
  return [{ ...topic, partitions: topic.partitions.map(({ partitionIndex }) => ({ partitionIndex, committedOffset: -1, committedLeaderEpoch: -1, metadata: '', errorCode: TOPIC_AUTHORIZATION_FAILED })) }]
})

export const offsetFetchGuard = guard<typeof offsetFetch>((request, context, handler, gate) => {
  const maySee = ({ name, topicId }: { readonly name?: string | undefined; readonly topicId?: string | undefined }): boolean => {
    const known = context.apiVersion >= IDS_SINCE && topicId !== undefined ? context.broker.topics.byId(topicId)?.name : name
    return known === undefined || gate.may(DESCRIBE, TOPIC, known)
  }
  if (context.apiVersion < GROUPS_SINCE) {
    const refused = handler.fail(request, GROUP_AUTHORIZATION_FAILED)
    if (!gate.may(DESCRIBE, GROUP, request.groupId)) return context.apiVersion < ERROR_SINCE ? refused : { ...refused, topics: [] }
    return then(handler.handle(request, context), (answer) => answer && { ...answer, topics: hide(answer.topics ?? [], request.topics === undefined, maySee) })
  }
  const answered = split<typeof offsetFetch, 'groups', 'groups'>(
    { asked: 'groups', answered: 'groups' }, request, context, handler, GROUP_AUTHORIZATION_FAILED, ({ groupId }) => gate.may(DESCRIBE, GROUP, groupId))
  const all = new Set(request.groups.filter(({ topics }) => topics === undefined).map(({ groupId }) => groupId))
  return then(answered, (answer) => answer && { ...answer, groups: (answer.groups ?? []).map((group) => ({ ...group, topics: hide(group.topics, all.has(group.groupId), maySee) })) })
})

const coordinatorRefusal = (gate: Gate, keyType: number, key: string): number => {
  if (keyType === OF_GROUPS && !gate.may(DESCRIBE, GROUP, key)) return GROUP_AUTHORIZATION_FAILED
  if (keyType === OF_TRANSACTIONS && !gate.may(DESCRIBE, TRANSACTIONAL_ID, key)) return TRANSACTIONAL_ID_AUTHORIZATION_FAILED
  return errorCodes.NONE
}

export const findCoordinatorGuard = guard<typeof findCoordinator>((request, context, handler, gate) => {
  const { keyType, key, coordinatorKeys } = request
  // Only brokers ask for those of share groups, whose state they keep there.
  if (keyType === OF_SHARES && !gate.mayOnCluster(CLUSTER_ACTION)) return handler.fail(request, CLUSTER_AUTHORIZATION_FAILED)
  if (context.apiVersion < KEYS_SINCE) {
    const refusal = coordinatorRefusal(gate, keyType, key)
    return refusal === errorCodes.NONE ? handler.handle(request, context) : handler.fail(request, refusal)
  }
  const refusal = keyType === OF_GROUPS ? GROUP_AUTHORIZATION_FAILED : TRANSACTIONAL_ID_AUTHORIZATION_FAILED
  const mayAll = coordinatorKeys.every((one) => coordinatorRefusal(gate, keyType, one) === errorCodes.NONE)
  if (mayAll) return handler.handle(request, context)
  return split<typeof findCoordinator, 'coordinatorKeys', 'coordinators'>(
    { asked: 'coordinatorKeys', answered: 'coordinators' }, request, context, handler, refusal, (one) => coordinatorRefusal(gate, keyType, one) === errorCodes.NONE)
})

export const describeGroupsGuard = guard<typeof describeGroups>((request, context, handler, gate) =>
  split<typeof describeGroups, 'groups', 'groups'>({ asked: 'groups', answered: 'groups' }, request, context, handler, GROUP_AUTHORIZATION_FAILED, (id) => gate.may(DESCRIBE, GROUP, id)))

export const listGroupsGuard = guard<typeof listGroups>((request, context, handler, gate) =>
  gate.mayOnCluster(DESCRIBE)
    ? handler.handle(request, context)
    : then(handler.handle(request, context), (answer) => answer && { ...answer, groups: answer.groups.filter(({ groupId }) => gate.may(DESCRIBE, GROUP, groupId)) }))

export const deleteGroupsGuard = guard<typeof deleteGroups>((request, context, handler, gate) =>
  split<typeof deleteGroups, 'groupsNames', 'results'>({ asked: 'groupsNames', answered: 'results' }, request, context, handler, GROUP_AUTHORIZATION_FAILED, (id) => gate.may(DELETE, GROUP, id)))

export const offsetDeleteGuard = guard<typeof offsetDelete>((request, context, handler, gate) => {
  if (!gate.may(DELETE, GROUP, request.groupId)) return handler.fail(request, GROUP_AUTHORIZATION_FAILED)
  const allowed = request.topics.filter(({ name }) => gate.may(READ, TOPIC, name))
  const refused = request.topics.filter((topic) => !allowed.includes(topic)).map(({ name, partitions }) => ({
    name, partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: TOPIC_AUTHORIZATION_FAILED })),
  }))
  return then(handler.handle({ ...request, topics: allowed }, context), (answer) => (answer?.errorCode === errorCodes.NONE ? { ...answer, topics: [...answer.topics, ...refused] } : answer))
})

export const consumerGroupHeartbeatGuard = guard<typeof consumerGroupHeartbeat>((request, context, handler, gate) => {
  if (!gate.may(READ, GROUP, request.groupId)) return handler.fail(request, GROUP_AUTHORIZATION_FAILED)
  const maySee = (request.subscribedTopicNames ?? []).every((name) => gate.may(DESCRIBE, TOPIC, name))
  return maySee ? handler.handle(request, context) : handler.fail(request, TOPIC_AUTHORIZATION_FAILED)
})

export const HIDDEN = 'The described group uses topics that the client is not authorized to describe.'

export const consumerGroupDescribeGuard = guard<typeof consumerGroupDescribe>((request, context, handler, gate) => {
  const answer = split<typeof consumerGroupDescribe, 'groupIds', 'groups'>(
    { asked: 'groupIds', answered: 'groups' }, request, context, handler, GROUP_AUTHORIZATION_FAILED, (id) => gate.may(DESCRIBE, GROUP, id))
  return then(answer, (given) => given && {
    ...given,
    groups: given.groups.map((group) => {
      const topics = group.members.flatMap(({ subscribedTopicNames, assignment, targetAssignment }) =>
        [...subscribedTopicNames, ...[...assignment.topicPartitions, ...targetAssignment.topicPartitions].map(({ topicName }) => topicName)])
      return topics.every((name) => gate.may(DESCRIBE, TOPIC, name)) ? group : { ...group, errorCode: TOPIC_AUTHORIZATION_FAILED, errorMessage: HIDDEN, members: [] }
    }),
  })
})

type Subtopologies = readonly {
  readonly sourceTopics: readonly string[]
  readonly repartitionSinkTopics: readonly string[]
  readonly repartitionSourceTopics: readonly { readonly name: string }[]
  readonly stateChangelogTopics: readonly { readonly name: string }[]
}[]

const topicsOf = (subtopologies: Subtopologies): string[] =>
  subtopologies.flatMap(({ sourceTopics, repartitionSinkTopics, repartitionSourceTopics, stateChangelogTopics }) =>
    [...sourceTopics, ...repartitionSinkTopics, ...repartitionSourceTopics.map(({ name }) => name), ...stateChangelogTopics.map(({ name }) => name)])

export const streamsGroupHeartbeatGuard = guard<typeof streamsGroupHeartbeat>((request, context, handler, gate) => {
  if (!gate.may(READ, GROUP, request.groupId)) return handler.fail(request, GROUP_AUTHORIZATION_FAILED)
  const maySee = topicsOf(request.topology?.subtopologies ?? []).every((name) => gate.may(DESCRIBE, TOPIC, name))
  return maySee ? handler.handle(request, context) : handler.fail(request, TOPIC_AUTHORIZATION_FAILED)
})

export const streamsGroupDescribeGuard = guard<typeof streamsGroupDescribe>((request, context, handler, gate) => {
  const answer = split<typeof streamsGroupDescribe, 'groupIds', 'groups'>(
    { asked: 'groupIds', answered: 'groups' }, request, context, handler, GROUP_AUTHORIZATION_FAILED, (id) => gate.may(DESCRIBE, GROUP, id))
  return then(answer, (given) => given && {
    ...given,
    groups: given.groups.map((group) => {
      const topics = topicsOf((group.topology?.subtopologies ?? []) as Subtopologies)
      return topics.every((name) => gate.may(DESCRIBE, TOPIC, name)) ? group : { ...group, errorCode: TOPIC_AUTHORIZATION_FAILED, errorMessage: HIDDEN, members: [], topology: undefined }
    }),
  })
})
