import { randomBytes } from 'node:crypto'
import { NO_PARTITIONS } from './topic-partitions.ts'
import type { Holding } from './reconciliation.ts'
import type { MemberProtocol } from '../member.ts'

/** How a member of the classic protocol takes part in a consumer group, until all have moved on. */
export interface ClassicMembership {
  readonly sessionTimeoutMs: number
  readonly protocols: readonly MemberProtocol[]
}

/** A member of a consumer group. */
export interface ConsumerMember {
  readonly id: string
  instanceId: string | undefined
  rackId: string | undefined
  clientId: string
  clientHost: string
  /** Which topics a pattern of it can mean; `undefined`: all. */
  maySee?: ((topic: string) => boolean) | undefined
  rebalanceTimeoutMs: number
  /** Which of the broker's assignors it would have. */
  serverAssignor: string | undefined
  topicNames: readonly string[]
  /** The empty pattern matches nothing. */
  topicRegex: string
  holding: Holding
  /** There when it speaks the classic protocol. */
  classic: ClassicMembership | undefined
}

export const NOTHING_HELD: Holding = { epoch: 0, previousEpoch: -1, state: 'stable', assigned: NO_PARTITIONS, revoking: NO_PARTITIONS }

/** As Kafka makes them: 16 bytes at random. */
export const newMemberId = (): string => randomBytes(16).toString('base64url')

export const newMember = (id: string): ConsumerMember => ({
  id,
  instanceId: undefined,
  rackId: undefined,
  clientId: '',
  clientHost: '',
  rebalanceTimeoutMs: -1,
  serverAssignor: undefined,
  topicNames: [],
  topicRegex: '',
  holding: NOTHING_HELD,
  classic: undefined,
})
