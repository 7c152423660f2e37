import { GroupMember } from '../client/group.ts'
import type { Cluster } from '../client/cluster.ts'
import type { ClientError } from '../client/errors.ts'
import type { SessionLease } from '../client/session-lease.ts'
import type { GroupMembership, GroupMetadata, GroupProtocol, OffsetAndMetadata } from '../client/types.ts'
import type { TopicPartition } from '../core/topic-partition.ts'
import { decodeAssignmentInfo } from './assignor/assignment-info.ts'
import type { AssignmentInfo } from './assignor/assignment-info.ts'
import { decodeAssignment, encodeSubscription } from './assignor/consumer-protocol.ts'
import type { StreamsAssignor } from './assignor/streams-assignor.ts'
import { encodeSubscriptionInfo } from './assignor/subscription-info.ts'
import type { MetadataVersion } from './assignor/subscription-info.ts'
import type { GroupSettings } from './client-options.ts'
import { groupError } from './group-errors.ts'

/** A group protocol of our own for each form of the metadata: members of other kinds cannot join the group by mistake. */
const PROTOCOLS: Readonly<Record<string, MetadataVersion>> = { 'millrace-stream-2': 2, 'millrace-stream': 1 }

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
  /** The active tasks of this member, as of now. */
  readonly ownedTasks: () => readonly string[]
  /** Awaited before the member joins again while older members may be in the group: commit and stop processing; what was given up may come back. */
  readonly onRevoked: () => Promise<void>
  /** Awaited before the member joins again: its tasks go on. */
  readonly onRejoin: () => Promise<void>
  /** `isCooperative`: the tasks that are missing still belong to this member, which is to commit them and give them up. */
  readonly onAssigned: (assignment: AssignmentInfo, isCooperative: boolean) => Promise<void>
  /** Others may own the tasks already: nothing can be committed. */
  readonly onLost: (error: ClientError) => Promise<void>
  /** The member can never join again. */
  readonly onFatal: (error: Error) => void
}

/**
 * A stream thread's membership in the group of its application: what it tells the leader, and what it is told. As long as the
 * group has members of older releases it does as they do: everything stops for a rebalance. Once all are cooperative this one is
 * so for good, and older ones are refused, since their leader would give away what is still being processed.
 */
export class StreamsGroup {
  readonly #options: StreamsGroupOptions
  readonly #member: GroupMembership
  /** Of the present generation. */
  #version: MetadataVersion | undefined
  #joinCount = 0
  #shutdownRequested = false

  constructor(options: StreamsGroupOptions) {
    this.#options = options
    this.#member = new GroupMember(options.cluster, {
      ...options.settings,
      lease: options.lease,
      protocols: () => this.#protocols(),
      assign: (_memberId, protocol, members) => options.assignor.assign(members, PROTOCOLS[protocol]!),
      onAssignment: (bytes, _generation, protocol) => this.#assigned(bytes, PROTOCOLS[protocol]!),
      onRevoke: () => (this.#version === 2 ? options.onRejoin() : options.onRevoked()),
      onProtocolRefused: () => this.#stepBack(),
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

  /** True when the membership in which that was to be committed has ended. */
  isOver(group: GroupMetadata): boolean {
    return this.#member.isOver(group)
  }

  #protocols(): GroupProtocol[] {
    this.#joinCount++
    const all = Object.entries(PROTOCOLS).map(([name, version]) => ({ name, metadata: () => this.#metadata(version) }))
    return this.#version === 2 ? all.slice(0, 1) : all
  }

  /** An older member has come before all others knew that there are none: nothing may run while it is given tasks. */
  async #stepBack(): Promise<boolean> {
    if (this.#version !== 2) return false
    await this.#options.onRevoked()
    this.#version = 1
    return true
  }

  #assigned(bytes: Buffer, version: MetadataVersion): Promise<void> {
    this.#version = version
    return this.#options.onAssigned(decodeAssignmentInfo(decodeAssignment(bytes).userData, version), version === 2)
  }

  #metadata(version: MetadataVersion): Buffer {
    const { cluster, processId, userEndPoint, clientTags, subscribedTopics, taskOffsetSums, ownedTasks } = this.#options
    const userData = encodeSubscriptionInfo({
      processId,
      userEndPoint,
      clientTags,
      rackId: cluster.options.rack,
      taskOffsetSums: taskOffsetSums(),
      ownedTasks: ownedTasks(),
      errorCode: this.#shutdownRequested ? 'shutdown-requested' : 'none',
      joinCount: this.#joinCount,
    }, version)
    return encodeSubscription({ topics: subscribedTopics(), userData, ownedPartitions: [] })
  }
}
