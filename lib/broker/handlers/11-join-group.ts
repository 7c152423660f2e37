import { joinGroup } from '../../protocol/messages/11-join-group.ts'
import { joinError } from '../groups/member.ts'
import { coordinated } from './coordinated.ts'

export const joinGroupHandler = coordinated<typeof joinGroup>({
  api: joinGroup,
  handle: (request, { broker, apiVersion, clientId, clientHost }) => {
    const answer = broker.groups.join(request.groupId, {
      memberId: request.memberId,
      groupInstanceId: request.groupInstanceId,
      clientId,
      clientHost,
      sessionTimeoutMs: request.sessionTimeoutMs,
      rebalanceTimeoutMs: request.rebalanceTimeoutMs < 0 ? request.sessionTimeoutMs : request.rebalanceTimeoutMs,
      protocolType: request.protocolType,
      // The metadata outlives the request: as a copy it does not hold the whole frame.
      protocols: request.protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) })),
      requiresKnownMemberId: apiVersion >= 4,
      canSkipAssignment: apiVersion >= 9,
    })
    // Before version 7 the name cannot be null.
    const shaped = (joined: typeof answer extends infer T ? Awaited<T> : never): typeof joined => ({ ...joined, protocolName: joined.protocolName ?? (apiVersion < 7 ? '' : undefined) })
    return answer instanceof Promise ? answer.then(shaped) : shaped(answer)
  },
  fail: (request, errorCode) => ({ ...joinError(request.memberId, errorCode), protocolName: '' }),
}, ({ groupId }) => groupId)
