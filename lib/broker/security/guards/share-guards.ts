import { errorCodes } from '../../../protocol/error-table.ts'
import type { shareGroupHeartbeat } from '../../../protocol/messages/76-share-group-heartbeat.ts'
import type { shareGroupDescribe } from '../../../protocol/messages/77-share-group-describe.ts'
import type { describeShareGroupOffsets } from '../../../protocol/messages/90-describe-share-group-offsets.ts'
import { Operation, ResourceType } from '../acl.ts'
import { guard, onGroup, split } from './guard.ts'

const { READ, DELETE, DESCRIBE } = Operation
const { GROUP, TOPIC } = ResourceType
const { GROUP_AUTHORIZATION_FAILED, TOPIC_AUTHORIZATION_FAILED } = errorCodes

export const shareGroupHeartbeatGuard = guard<typeof shareGroupHeartbeat>((request, context, handler, gate) => {
  if (!gate.may(READ, GROUP, request.groupId)) return handler.fail(request, GROUP_AUTHORIZATION_FAILED)
  const maySee = (request.subscribedTopicNames ?? []).every((name) => gate.may(DESCRIBE, TOPIC, name))
  return maySee ? handler.handle(request, context) : handler.fail(request, TOPIC_AUTHORIZATION_FAILED)
})

export const shareGroupDescribeGuard = guard<typeof shareGroupDescribe>((request, context, handler, gate) =>
  split<typeof shareGroupDescribe, 'groupIds', 'groups'>({ asked: 'groupIds', answered: 'groups' }, request, context, handler, GROUP_AUTHORIZATION_FAILED, (id) => gate.may(DESCRIBE, GROUP, id)))

export const describeShareGroupOffsetsGuard = guard<typeof describeShareGroupOffsets>((request, context, handler, gate) =>
  split<typeof describeShareGroupOffsets, 'groups', 'groups'>(
    { asked: 'groups', answered: 'groups' }, request, context, handler, GROUP_AUTHORIZATION_FAILED, ({ groupId }) => gate.may(DESCRIBE, GROUP, groupId)))

/** The partitions of a share session outlive requests: the handlers themselves ask the gate about topics. */
export const shareFetchGuard = onGroup(READ)
export const shareAcknowledgeGuard = onGroup(READ)

export const alterShareGroupOffsetsGuard = onGroup(READ)
export const deleteShareGroupOffsetsGuard = onGroup(DELETE)
