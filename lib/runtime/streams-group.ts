import { GroupMember } from '../client/group.ts'
import type { Cluster } from '../client/cluster.ts'
import type { ClientError } from '../client/errors.ts'
import type { SessionLease } from '../client/session-lease.ts'
import type { GroupMembership, GroupMetadata, OffsetAndMetadata } from '../client/types.ts'
import type { TopicPartition } from '../core/topic-partition.ts'
import { decodeAssignmentInfo } from './assignor/assignment-info.ts'
import type { AssignmentInfo } from './assignor/assignment-info.ts'
import { decodeAssignment, encodeSubscription } from './assignor/consumer-protocol.ts'
import type { StreamsAssignor } from './assignor/streams-assignor.ts'
import { encodeSubscriptionInfo } from './assignor/subscription-info.ts'
import type { GroupSettings } from './client-options.ts'
import { groupError } from './group-errors.ts'

/** The group protocol's name: members of other kinds cannot join the group by mistake. */
const PROTOCOL = 'millrace-stream'

export interface StreamsGroupOptions {
  readonly cluster: Cluster
  readonly settings: GroupSettings
  readonly lease: SessionLease
  readonly assignor: StreamsAssignor
  readonly processId: string
  readonly userEndPoint: string | undefined
  readonly clientTags: Readonly<Record<string, string>>
  /** The topics this member reads, as of now. */
  readonly subscribedTopics: () => readonly string[]
  /** The tasks whose state this member has, as of now: see `SubscriptionInfo`. */
  readonly taskOffsetSums: () => ReadonlyMap<string, number>
  /** Awaited before the member joins again: commit and stop processing; what was given up may come back. */
  readonly onRevoked: () => Promise<void>
  readonly onAssigned: (assignment: AssignmentInfo) => Promise<void>
  /** Others may own the tasks already: nothing can be committed. */
  readonly onLost: (error: ClientError) => Promise<void>
  /** The member can never join again. */
  readonly onFatal: (error: Error) => void
}

/** A stream thread's membership in the group of its application: what it tells the leader, and what it is told. */
export class StreamsGroup {
  readonly #options: StreamsGroupOptions
  readonly #member: GroupMembership
  #joinCount = 0
  #shutdownRequested = false

  constructor(options: StreamsGroupOptions) {
    this.#options = options
    this.#member = new GroupMember(options.cluster, {
      ...options.settings,
      lease: options.lease,
      protocols: [{ name: PROTOCOL, metadata: () => this.#metadata() }],
      assign: (_memberId, _protocol, members) => options.assignor.assign(members),
      onAssignment: (bytes) => options.onAssigned(decodeAssignmentInfo(decodeAssignment(bytes).userData)),
      onRevoke: options.onRevoked,
      onLost: options.onLost,
      onError: (error) => options.onFatal(groupError(error, options.settings)),
    })
  }

  get memberId(): string {
    return this.#member.memberId
  }

  /** Who commits, in which generation. */
  get metadata(): GroupMetadata {
    return this.#member.groupMetadata
  }

  get isLeader(): boolean {
    return this.#member.isLeader
  }

  /** Starts joining; assignments come by the hooks. */
  join(): void {
    this.#member.join().catch(() => {})
  }

  requestRejoin(reason: string): void {
    this.#member.requestRejoin(reason)
  }

  /** Tells every member of the application to stop, by way of the leader. */
  requestApplicationShutdown(): void {
    this.#shutdownRequested = true
    this.#member.requestRejoin('the application is told to shut down')
  }

  commit(offsets: ReadonlyMap<string, OffsetAndMetadata>): Promise<void> {
    return this.#member.commitOffsets(offsets)
  }

  committed(partitions: readonly TopicPartition[]): Promise<Map<string, OffsetAndMetadata>> {
    return this.#member.fetchOffsets(partitions)
  }

  /** `leaveGroup` false: a static member stays in the group until its session time-out. */
  async leave(leaveGroup: boolean): Promise<void> {
    await this.#member.leave({ force: leaveGroup, reason: 'the stream thread shuts down' })
  }

  #metadata(): Buffer {
    const { cluster, processId, userEndPoint, clientTags, subscribedTopics, taskOffsetSums } = this.#options
    const userData = encodeSubscriptionInfo({
      processId,
      userEndPoint,
      clientTags,
      rackId: cluster.options.rack,
      taskOffsetSums: taskOffsetSums(),
      errorCode: this.#shutdownRequested ? 'shutdown-requested' : 'none',
      joinCount: ++this.#joinCount,
    })
    return encodeSubscription({ topics: subscribedTopics(), userData, ownedPartitions: [] })
  }
}
