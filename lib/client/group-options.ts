import { InvalidRequestError } from './errors.ts'
import { atLeast } from './options.ts'
import type { GroupMemberOptions } from './types.ts'

/** {@link GroupMemberOptions} with every default in place. */
export interface ResolvedGroupOptions extends GroupMemberOptions {
  readonly protocolType: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly heartbeatIntervalMs: number
}

export const resolveGroupOptions = (options: GroupMemberOptions): ResolvedGroupOptions => {
  if (options.groupId === '') throw new InvalidRequestError('groupId is empty: a group needs a name')
  if (Array.isArray(options.protocols) && options.protocols.length === 0) throw new InvalidRequestError('protocols is empty: a member must know at least one')
  const sessionTimeoutMs = atLeast(1, 'sessionTimeoutMs', options.sessionTimeoutMs, 45_000)
  const heartbeatIntervalMs = atLeast(1, 'heartbeatIntervalMs', options.heartbeatIntervalMs, Math.min(3000, sessionTimeoutMs / 3))
  if (heartbeatIntervalMs >= sessionTimeoutMs) {
    throw new InvalidRequestError(`heartbeatIntervalMs is ${heartbeatIntervalMs}: it must be below sessionTimeoutMs, ${sessionTimeoutMs}`)
  }
  return {
    ...options,
    protocolType: options.protocolType ?? 'consumer',
    sessionTimeoutMs,
    heartbeatIntervalMs,
    rebalanceTimeoutMs: atLeast(1, 'rebalanceTimeoutMs', options.rebalanceTimeoutMs, 300_000),
  }
}
