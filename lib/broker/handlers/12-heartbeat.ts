import { heartbeat } from '../../protocol/messages/12-heartbeat.ts'
import { handler, topLevelError } from './handler.ts'

export const heartbeatHandler = handler<typeof heartbeat>({
  api: heartbeat,
  handle: ({ groupId, memberId, groupInstanceId, generationId }, { broker }) => ({
    errorCode: broker.groups.heartbeat(groupId, memberId, groupInstanceId, generationId),
  }),
  fail: topLevelError,
})
