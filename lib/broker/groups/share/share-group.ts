import { errorCodes } from '../../../protocol/error-table.ts'
import type { JsonValue } from '../../storage/journal.ts'
import type { TopicSource } from '../consumer/consumer-group.ts'
import type { Topic } from '../../topics/topic.ts'
import { MemberTimers } from '../consumer/member-timers.ts'
import { NO_PARTITIONS, samePartitions, toLists } from '../consumer/topic-partitions.ts'
import type { MemberHeartbeatAnswer, TopicPartitions } from '../consumer/topic-partitions.ts'
import { shareOut } from './simple-assignor.ts'

/** A member of a share group. */
export interface ShareMember {
  readonly id: string
  rackId: string | undefined
  clientId: string
  clientHost: string
  topicNames: readonly string[]
  epoch: number
  /** What it was told to fetch from. */
  assigned: TopicPartitions
}

export interface ShareHeartbeat {
  readonly memberId: string
  readonly memberEpoch: number
  readonly rackId: string | undefined
  readonly subscribedTopicNames: readonly string[] | undefined
  readonly clientId: string
  readonly clientHost: string
}

/** What a share group needs of its surroundings. */
export interface ShareGroupHooks {
  readonly maxSize: number
  settings(groupId: string): { readonly sessionTimeoutMs: number; readonly heartbeatIntervalMs: number }
  readonly topics: TopicSource
  changed(group: ShareGroup): void
}

const JOIN_EPOCH = 0
const LEAVE_EPOCH = -1

export const shareRefusal = (errorCode: number, errorMessage?: string): MemberHeartbeatAnswer => ({
  errorCode, ...(errorMessage === undefined ? {} : { errorMessage }), memberEpoch: 0, heartbeatIntervalMs: 0,
})

/**
 * A share group (KIP-932): several members fetch from one partition, each record goes to one of them. Nothing has to be given
 * up before it is given to another, so a member has its target at its next heartbeat.
 */
export class ShareGroup {
  readonly id: string
  readonly protocolType = 'share'
  readonly members = new Map<string, ShareMember>()
  epoch = 1
  readonly #hooks: ShareGroupHooks
  readonly #timers: MemberTimers
  #target: ReadonlyMap<string, TopicPartitions> = new Map()
  #assignmentEpoch = 1
  #topicsVersion = -1
  #knownTopics = ''
  #closed = false

  constructor(id: string, hooks: ShareGroupHooks) {
    this.id = id
    this.#hooks = hooks
    this.#timers = new MemberTimers((memberId) => this.#expire(memberId))
  }

  get state(): 'Empty' | 'Stable' | 'Dead' {
    if (this.#closed) return 'Dead'
    return this.members.size === 0 ? 'Empty' : 'Stable'
  }

  get assignmentEpoch(): number {
    return this.#assignmentEpoch
  }

  heartbeat(beat: ShareHeartbeat): MemberHeartbeatAnswer {
    const { memberId, memberEpoch } = beat
    let member = this.members.get(memberId)
    if (memberEpoch === LEAVE_EPOCH) {
      if (member === undefined) return this.#notMember(memberId)
      this.remove([member])
      return { errorCode: errorCodes.NONE, memberId, memberEpoch, heartbeatIntervalMs: 0 }
    }
    if (memberEpoch === JOIN_EPOCH) {
      if (member === undefined && this.members.size >= this.#hooks.maxSize) {
        return shareRefusal(errorCodes.GROUP_MAX_SIZE_REACHED, `The share group has reached its maximum capacity of ${this.#hooks.maxSize} members.`)
      }
    } else {
      if (member === undefined) return this.#notMember(memberId)
      if (memberEpoch !== member.epoch && memberEpoch !== this.#epochBefore(member)) {
        const how = memberEpoch > member.epoch ? 'greater' : 'smaller'
        return shareRefusal(errorCodes.FENCED_MEMBER_EPOCH, `The share group member has a ${how} member epoch (${memberEpoch}) than the one known by the group coordinator (${member.epoch}).`)
      }
    }
    const isNew = member === undefined
    member ??= { id: memberId, rackId: undefined, clientId: '', clientHost: '', topicNames: [], epoch: 0, assigned: NO_PARTITIONS }
    const changed = this.#update(member, beat, isNew)
    this.#assign(changed)
    const settings = this.#hooks.settings(this.id)
    this.#timers.session(memberId, settings.sessionTimeoutMs)
    return { errorCode: errorCodes.NONE, memberId, ...this.#step(member, memberEpoch, beat.subscribedTopicNames !== undefined), heartbeatIntervalMs: settings.heartbeatIntervalMs }
  }

  /** The epoch with which a member may come whose last answer was lost. */
  #epochBefore(member: ShareMember): number {
    return member.epoch - 1
  }

  #notMember(memberId: string): MemberHeartbeatAnswer {
    return shareRefusal(errorCodes.UNKNOWN_MEMBER_ID, `Member ${memberId} is not a member of group ${this.id}.`)
  }

  #update(member: ShareMember, beat: ShareHeartbeat, isNew: boolean): boolean {
    const before = member.topicNames.join()
    member.rackId = beat.rackId ?? member.rackId
    member.clientId = beat.clientId
    member.clientHost = beat.clientHost
    member.topicNames = beat.subscribedTopicNames === undefined ? member.topicNames : [...beat.subscribedTopicNames].sort()
    if (isNew) this.members.set(member.id, member)
    return isNew || before !== member.topicNames.join()
  }

  /** Makes a new target when members, what they want, or the topics have changed. */
  #assign(changed: boolean): void {
    if (!changed && this.#topicsVersion === this.#hooks.topics.version) return
    const known = this.#knownTopics
    const found = this.#look()
    if (!changed && known === this.#knownTopics) return
    this.epoch++
    this.#target = shareOut([...this.members.values()], found)
    this.#assignmentEpoch = this.epoch
    this.#hooks.changed(this)
  }

  /** The topics that members want, as they are now. */
  #look(): Topic[] {
    const { topics } = this.#hooks
    this.#topicsVersion = topics.version
    const found = [...this.subscribedTopics()].sort().flatMap((name) => topics.get(name) ?? [])
    this.#knownTopics = found.map(({ id, partitions }) => `${id}:${partitions.length}`).join()
    return found
  }

  #step(member: ShareMember, memberEpoch: number, saysAll: boolean): Pick<MemberHeartbeatAnswer, 'memberEpoch' | 'assignment'> {
    const target = this.#target.get(member.id) ?? NO_PARTITIONS
    const moved = !samePartitions(member.assigned, target)
    if (member.epoch !== this.#assignmentEpoch) {
      member.epoch = this.#assignmentEpoch
      member.assigned = target
      this.#hooks.changed(this)
    }
    const tells = moved || memberEpoch === JOIN_EPOCH || saysAll
    return { memberEpoch: member.epoch, ...(tells ? { assignment: { topicPartitions: toLists(target) } } : {}) }
  }

  subscribedTopics(): ReadonlySet<string> {
    return new Set([...this.members.values()].flatMap(({ topicNames }) => topicNames))
  }

  #expire(memberId: string): void {
    const member = this.members.get(memberId)
    if (member !== undefined) this.remove([member])
  }

  remove(members: readonly ShareMember[]): void {
    for (const { id } of members) {
      this.#timers.end(id)
      this.members.delete(id)
    }
    this.#assign(true)
  }

  /** Nobody commits offsets for share groups. */
  commitRefusal(): number {
    return errorCodes.GROUP_ID_NOT_FOUND
  }

  fetchRefusal(): number {
    return errorCodes.GROUP_ID_NOT_FOUND
  }

  get stored(): JsonValue {
    const members = [...this.members.values()].map(({ assigned: _assigned, ...member }) => member)
    return { type: 'share', epoch: this.epoch, members } as unknown as JsonValue
  }

  /** The group as it was: its members go on, or run into their session time-out. */
  static restore(id: string, value: JsonValue, hooks: ShareGroupHooks): ShareGroup {
    const { epoch, members } = value as unknown as { readonly epoch: number; readonly members: readonly Omit<ShareMember, 'assigned'>[] }
    const group = new ShareGroup(id, hooks)
    group.epoch = epoch
    group.#assignmentEpoch = epoch
    for (const member of members) {
      group.members.set(member.id, { ...member, rackId: member.rackId, assigned: NO_PARTITIONS })
      group.#timers.session(member.id, hooks.settings(id).sessionTimeoutMs)
    }
    // The same members share the same topics out in the same way.
    group.#target = shareOut([...group.members.values()], group.#look())
    for (const member of group.members.values()) if (member.epoch === epoch) member.assigned = group.#target.get(member.id) ?? NO_PARTITIONS
    return group
  }

  close(): void {
    this.#closed = true
    this.#timers.close()
  }
}

export const isShareGroup = (value: JsonValue): boolean => (value as { readonly type?: string }).type === 'share'
