import { heartbeat } from '../../protocol/index.ts'
import { handler, topLevelError } from './handler.ts'

export const heartbeatHandler = handler<typeof heartbeat>({
  api: heartbeat,
  handle: ({ groupId, memberId, groupInstanceId, generationId }, { broker }) => ({
    errorCode: broker.groups.heartbeat(groupId, memberId, groupInstanceId, generationId),
  }),
  fail: topLevelError,
})
