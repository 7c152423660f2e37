import type { TopicPartition } from '../core/topic-partition.ts'
import type { ClientError } from './errors.ts'
import type { SessionLease } from './session-lease.ts'

export interface OffsetAndMetadata {
  readonly offset: number
  readonly leaderEpoch?: number | undefined
  readonly metadata?: string | undefined
}

/** Who commits offsets: what transactions pass to the coordinator (KIP-447). */
export interface GroupMetadata {
  readonly groupId: string
  readonly generationId: number
  readonly memberId: string
  readonly groupInstanceId?: string | undefined
}

/** A member as the leader sees it. */
export interface GroupMemberInfo {
  readonly memberId: string
  readonly groupInstanceId: string | undefined
  readonly metadata: Buffer
}

export interface GroupProtocol {
  readonly name: string
  /** Called before every join: subscription user data may change between generations. */
  metadata(): Buffer
}

export interface GroupMemberOptions {
  readonly groupId: string
  readonly groupInstanceId?: string | undefined
  /** `consumer` for everything that consumes. Default `consumer`. */
  readonly protocolType?: string | undefined
  /** In order of preference; the coordinator chooses one that all members know. A function is asked before every join. */
  readonly protocols: readonly GroupProtocol[] | (() => readonly GroupProtocol[])
  /** Default 45,000 ms: a member silent for this long is out of the group. */
  readonly sessionTimeoutMs?: number | undefined
  /** How long members have to rejoin when the group rebalances, ms. Default 300,000. */
  readonly rebalanceTimeoutMs?: number | undefined
  /** Default 3,000 ms. */
  readonly heartbeatIntervalMs?: number | undefined
  /** Is kept up to date with what the coordinator says: for whoever may only write as long as it is a member. */
  readonly lease?: SessionLease | undefined
  /** Only the leader is asked. Members absent from the answer get an empty assignment. A rejection makes the member rejoin. */
  readonly assign: (
    memberId: string,
    protocolName: string,
    members: readonly GroupMemberInfo[],
  ) => ReadonlyMap<string, Buffer> | Promise<ReadonlyMap<string, Buffer>>
  /** A new generation begins with this assignment. Awaited; heartbeats go on meanwhile. */
  readonly onAssignment: (assignment: Buffer, generation: number, protocolName: string) => void | Promise<void>
  /**
   * Awaited before each JoinGroup request, while the old generation is still valid for commits: an eager owner commits
   * and gives up everything here; a cooperative one keeps all, and after `onAssignment` gives up what moved and calls
   * {@link GroupMembership.requestRejoin}. Not called before the first join.
   */
  readonly onRevoke?: (() => void | Promise<void>) | undefined
  /** Some member knows none of the protocols that this one offers: true when `protocols` now offers others, to be tried at once. */
  readonly onProtocolRefused?: (() => boolean | Promise<boolean>) | undefined
  /** The membership lapsed: others may own the partitions already, nothing can be committed. Joining again follows. */
  readonly onLost?: ((error: ClientError) => void | Promise<void>) | undefined
  /** Fatal: fenced, or not authorised. The member has stopped. */
  readonly onError?: ((error: ClientError) => void) | undefined
}

export type GroupState = 'unjoined' | 'joining' | 'stable' | 'leaving' | 'closed' | 'failed'

/** Membership in a group by the classic protocol, and the group's offsets. */
export interface GroupMembership {
  /** Starts joining; resolves after the first assignment was handed over. */
  join(): Promise<void>
  /** Asks for a rebalance: rejoins with fresh metadata. Returns at once; calls are merged. */
  requestRejoin(reason?: string): void
  /** Static members stay in the group unless `force`; others leave at once. Waits for hooks under way. */
  leave(options?: { force?: boolean; reason?: string }): Promise<void>
  readonly state: GroupState
  /** '' until the coordinator gave one. */
  readonly memberId: string
  /** -1 outside of a generation. */
  readonly generation: number
  readonly isLeader: boolean
  readonly groupMetadata: GroupMetadata
  /**
   * True when the membership of which this was told has ended since. One that is not over can commit, if not in that generation
   * then in a later one.
   */
  isOver(group: GroupMetadata): boolean
  /**
   * Commits in the name of this generation. Keys: `partitionKey`.
   * @throws {RebalanceInProgressError} try again after the next assignment, if still the owner
   * @throws {CommitFailedError} the group moved on without this member
   * @throws {MemberFencedError}
   */
  commitOffsets(offsets: ReadonlyMap<string, OffsetAndMetadata>): Promise<void>
  /**
   * Committed offsets; partitions without one are absent. With `requireStable` (default true) waits until open
   * transactions have decided about the offsets.
   */
  fetchOffsets(partitions: readonly TopicPartition[], options?: { requireStable?: boolean }): Promise<Map<string, OffsetAndMetadata>>
}
