import { heartbeat } from '../../protocol/messages/12-heartbeat.ts'
import { coordinated } from './coordinated.ts'
import { topLevelError } from './handler.ts'

export const heartbeatHandler = coordinated<typeof heartbeat>({
  api: heartbeat,
  handle: ({ groupId, memberId, groupInstanceId, generationId }, { broker }) => ({
    errorCode: broker.groups.heartbeat(groupId, memberId, groupInstanceId, generationId),
  }),
  fail: topLevelError,
}, ({ groupId }) => groupId)
