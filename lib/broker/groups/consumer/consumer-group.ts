import { errorCodes } from '../../../protocol/error-table.ts'
import type { Topic } from '../../topics/topic.ts'
import type { Refusal } from '../../topics/topic-creation.ts'
import { assignors } from './assignor.ts'
import type { AssigneeSpec } from './assignor.ts'
import { newMember } from './consumer-member.ts'
import type { ConsumerMember } from './consumer-member.ts'
import { MemberTimers } from './member-timers.ts'
import { reconcile } from './reconciliation.ts'
import type { Holding } from './reconciliation.ts'
import { Subscriptions } from './subscriptions.ts'
import { epochRefusal } from './member-epoch.ts'
import { NO_PARTITIONS, fromLists, has, samePartitions, toLists } from './topic-partitions.ts'
import type { MemberHeartbeatAnswer, TopicPartitionList, TopicPartitions } from './topic-partitions.ts'

export type ConsumerGroupState = 'Empty' | 'Assigning' | 'Reconciling' | 'Stable' | 'Dead'

/** Member epochs that say something else. */
export const JOIN_EPOCH = 0
export const LEAVE_EPOCH = -1
export const LEAVE_STATIC_EPOCH = -2

/** What a member says in a heartbeat; `undefined`: as the last time. */
export interface ConsumerHeartbeat {
  readonly memberId: string
  readonly memberEpoch: number
  readonly instanceId: string | undefined
  readonly rackId: string | undefined
  /** -1: as the last time. */
  readonly rebalanceTimeoutMs: number
  readonly subscribedTopicNames: readonly string[] | undefined
  readonly subscribedTopicRegex: string | undefined
  readonly serverAssignor: string | undefined
  readonly topicPartitions: readonly TopicPartitionList[] | undefined
  readonly clientId: string
  readonly clientHost: string
  /** Whether the client may see a topic; only on a broker with ACLs. */
  readonly maySee?: ((topic: string) => boolean) | undefined
}

export interface ConsumerGroupSettings {
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  /** New assignments are made at most so often (ms). */
  readonly assignmentIntervalMs: number
}

export interface ConsumerGroupHooks {
  readonly maxSize: number
  /** The assignors on offer; the first one is taken when nobody asks for one. */
  readonly assignors: readonly string[]
  settings(groupId: string): ConsumerGroupSettings
  readonly topics: TopicSource
  now(): number
  /** Called when something changed that must survive a restart. */
  changed(group: ConsumerGroup): void
  /** Called when the last member that speaks this protocol is gone, and others are left. */
  onlyClassicLeft(group: ConsumerGroup): void
}

/** The topics of the broker, as groups need them. */
export interface TopicSource {
  /** Grows whenever a topic comes, goes or gets partitions. */
  readonly version: number
  all(): Iterable<Topic>
  get(name: string): Topic | undefined
  byId(id: string): Topic | undefined
}

/** An error code for the whole commit, or for each of its partitions. */
export type CommitRefusal = number | ((topicId: string, partition: number) => number)

const refuse = (error: number, message: string): Refusal => ({ error, message })

export const refusalAnswer = ({ error, message }: Refusal): MemberHeartbeatAnswer => ({ errorCode: error, errorMessage: message, memberEpoch: 0, heartbeatIntervalMs: 0 })

/**
 * A group of the consumer protocol (KIP-848): the broker says who shall read what, and members come to that one by one,
 * by their heartbeats. The group's epoch grows with every change of members, subscriptions or topics; the assignment's epoch
 * follows it when a new target is made, and the members' epochs follow that when they have given up what they had to.
 */
export class ConsumerGroup {
  readonly id: string
  readonly protocolType = 'consumer'
  readonly members = new Map<string, ConsumerMember>()
  /** What every member shall have. */
  readonly target = new Map<string, TopicPartitions>()
  epoch = 1
  assignmentEpoch = 0
  readonly #hooks: ConsumerGroupHooks
  readonly #staticIds = new Map<string, string>()
  readonly #subscriptions: Subscriptions
  readonly #timers: MemberTimers
  #assignedMs = -Infinity
  #closed = false

  constructor(id: string, hooks: ConsumerGroupHooks) {
    this.id = id
    this.#hooks = hooks
    this.#subscriptions = new Subscriptions(hooks.topics)
    this.#timers = new MemberTimers((memberId) => this.#expire(memberId))
  }

  get state(): ConsumerGroupState {
    if (this.#closed) return 'Dead'
    if (this.members.size === 0) return 'Empty'
    if (this.epoch > this.assignmentEpoch) return 'Assigning'
    for (const { holding } of this.members.values()) if (holding.state !== 'stable' || holding.epoch !== this.assignmentEpoch) return 'Reconciling'
    return 'Stable'
  }

  /** The assignor most members ask for; the broker's first when none do. */
  get assignor(): string {
    const votes = new Map<string, number>()
    for (const { serverAssignor } of this.members.values()) if (serverAssignor !== undefined) votes.set(serverAssignor, (votes.get(serverAssignor) ?? 0) + 1)
    let chosen = this.#hooks.assignors[0]!
    for (const [name, count] of votes) if (count > (votes.get(chosen) ?? 0)) chosen = name
    return chosen
  }

  heartbeat(beat: ConsumerHeartbeat): MemberHeartbeatAnswer {
    if (beat.memberEpoch < JOIN_EPOCH) return this.#leave(beat)
    const owned = beat.topicPartitions === undefined ? undefined : fromLists(beat.topicPartitions)
    const found = this.#memberFor(beat, owned)
    if ('error' in found) return refusalAnswer(found)
    const before = found.holding.assigned
    const changed = this.#update(found, beat)
    this.advance(found, owned, changed)
    const { heartbeatIntervalMs, sessionTimeoutMs } = this.#hooks.settings(this.id)
    this.#timers.session(found.id, sessionTimeoutMs)
    const { assigned, epoch } = found.holding
    const full = beat.rebalanceTimeoutMs !== -1 && (beat.subscribedTopicNames !== undefined || beat.subscribedTopicRegex !== undefined) && owned !== undefined
    const answer = { errorCode: errorCodes.NONE, memberId: found.id, memberEpoch: epoch, heartbeatIntervalMs }
    const tells = beat.memberEpoch === JOIN_EPOCH || full || !samePartitions(before, assigned)
    return tells ? { ...answer, assignment: { topicPartitions: toLists(assigned) } } : answer
  }

  /** The member that sends a heartbeat, a new one if it joins; or why it may not. */
  #memberFor(beat: ConsumerHeartbeat, owned: TopicPartitions | undefined): ConsumerMember | Refusal {
    const joins = beat.memberEpoch === JOIN_EPOCH
    const { memberId, instanceId } = beat
    if (instanceId === undefined) {
      const member = this.members.get(memberId)
      if (joins) return member ?? this.#admit(memberId)
      return member === undefined ? this.#notMember(memberId) : (epochRefusal('consumer', member.holding, beat.memberEpoch, owned) ?? member)
    }
    const holder = this.staticMember(instanceId)
    if (!joins) return this.#staticRefusal(memberId, instanceId) ?? epochRefusal('consumer', holder!.holding, beat.memberEpoch, owned) ?? holder!
    if (holder === undefined) return this.members.get(memberId) ?? this.#admit(memberId)
    if (holder.holding.epoch !== LEAVE_STATIC_EPOCH) {
      return refuse(errorCodes.UNRELEASED_INSTANCE_ID, `Static member ${memberId} with instance id ${instanceId} cannot join the group because the instance id is owned by ${holder.id} member.`)
    }
    return this.replaceStatic(holder, memberId)
  }

  staticMember(instanceId: string): ConsumerMember | undefined {
    return this.members.get(this.#staticIds.get(instanceId) ?? '')
  }

  #admit(memberId: string): ConsumerMember | Refusal {
    if (this.members.size >= this.#hooks.maxSize) {
      return refuse(errorCodes.GROUP_MAX_SIZE_REACHED, `The consumer group has reached its maximum capacity of ${this.#hooks.maxSize} members.`)
    }
    return newMember(memberId)
  }

  /** A static member is back under another id and gets what its predecessor had. */
  replaceStatic(old: ConsumerMember, memberId: string): ConsumerMember {
    const member: ConsumerMember = { ...old, id: memberId, holding: { ...old.holding, epoch: 0, previousEpoch: 0 } }
    const target = this.target.get(old.id)
    this.#forget(old)
    this.add(member)
    if (target !== undefined) this.target.set(memberId, target)
    return member
  }

  add(member: ConsumerMember): void {
    this.members.set(member.id, member)
    if (member.instanceId !== undefined) this.#staticIds.set(member.instanceId, member.id)
  }

  #notMember(memberId: string): Refusal {
    return refuse(errorCodes.UNKNOWN_MEMBER_ID, `Member ${memberId} is not a member of group ${this.id}.`)
  }

  #staticRefusal(memberId: string, instanceId: string): Refusal | undefined {
    const holder = this.staticMember(instanceId)
    if (holder === undefined) return refuse(errorCodes.UNKNOWN_MEMBER_ID, `Instance id ${instanceId} is unknown.`)
    if (holder.id === memberId) return undefined
    return refuse(errorCodes.FENCED_INSTANCE_ID, `Static member ${memberId} with instance id ${instanceId} was fenced by member ${holder.id}.`)
  }

  /** Takes over what a heartbeat says; true when the group must assign anew for it. */
  #update(member: ConsumerMember, beat: ConsumerHeartbeat): boolean {
    const isNew = !this.members.has(member.id)
    const { topicNames, topicRegex } = member
    member.instanceId = beat.instanceId ?? member.instanceId
    member.rackId = beat.rackId ?? member.rackId
    member.clientId = beat.clientId
    member.clientHost = beat.clientHost
    member.maySee = beat.maySee
    if (beat.rebalanceTimeoutMs !== -1) member.rebalanceTimeoutMs = beat.rebalanceTimeoutMs
    member.serverAssignor = beat.serverAssignor ?? member.serverAssignor
    member.topicNames = beat.subscribedTopicNames ?? topicNames
    member.topicRegex = beat.subscribedTopicRegex ?? topicRegex
    const upgraded = member.classic !== undefined
    member.classic = undefined
    if (isNew) this.add(member)
    return isNew || upgraded || member.topicRegex !== topicRegex || !sameNames(member.topicNames, topicNames)
  }

  /** Makes a new epoch when something changed, a new target when that is due, and the member's next step towards it. */
  advance(member: ConsumerMember, owned: TopicPartitions | undefined, changed: boolean): void {
    const { epoch, assignmentEpoch } = this
    if (this.#subscriptions.changed(this.members.values(), changed) || changed) this.epoch++
    this.#assignIfDue()
    const before = member.holding
    this.#reconcile(member, owned)
    if (epoch !== this.epoch || assignmentEpoch !== this.assignmentEpoch || before !== member.holding) this.#hooks.changed(this)
  }

  #assignIfDue(): void {
    if (this.epoch === this.assignmentEpoch) return
    const { assignmentIntervalMs } = this.#hooks.settings(this.id)
    const nowMs = this.#hooks.now()
    if (nowMs - this.#assignedMs < assignmentIntervalMs) return
    this.#assignedMs = nowMs
    const specs = new Map<string, AssigneeSpec>()
    const partitions = new Map<string, number>()
    for (const member of this.members.values()) {
      const topics = this.#subscriptions.topicIds(member)
      specs.set(member.id, { instanceId: member.instanceId, topics, current: this.target.get(member.id) ?? NO_PARTITIONS })
      for (const topicId of topics) partitions.set(topicId, this.#hooks.topics.byId(topicId)!.partitions.length)
    }
    const assigned = assignors.get(this.assignor)!({ members: specs, partitions })
    this.target.clear()
    for (const [memberId, share] of assigned) this.target.set(memberId, share)
    this.assignmentEpoch = this.epoch
  }

  #reconcile(member: ConsumerMember, owned: TopicPartitions | undefined): void {
    const before = member.holding
    const target = { epoch: this.assignmentEpoch, partitions: this.target.get(member.id) ?? NO_PARTITIONS }
    const topicIds = this.#subscriptions.topicIds(member)
    member.holding = reconcile(before, target, owned, this.#freeFor(member), (topicId) => topicIds.has(topicId))
    if (member.holding === before) return
    if (member.holding.state === 'unrevoked') this.#timers.rebalance(member.id, member.rebalanceTimeoutMs)
    else this.#timers.endRebalance(member.id)
  }

  /** Whether nobody else holds a partition, or might still read it. Looks round once, when first asked. */
  #freeFor(member: ConsumerMember): (topicId: string, partition: number) => boolean {
    let held: Set<string> | undefined
    const add = ({ assigned, revoking }: Holding): void => {
      for (const partitions of [assigned, revoking]) for (const [topicId, of] of partitions) for (const partition of of.keys()) held!.add(`${topicId}/${partition}`)
    }
    return (topicId, partition) => {
      if (held === undefined) {
        held = new Set()
        for (const other of this.members.values()) if (other !== member) add(other.holding)
      }
      return !held.has(`${topicId}/${partition}`)
    }
  }

  /** Whether a member would get on by joining again. */
  hasStepFor(member: ConsumerMember): boolean {
    const { holding } = member
    if (this.#subscriptions.changed(this.members.values(), false)) {
      this.epoch++
      this.#hooks.changed(this)
    }
    if (holding.epoch < this.epoch || holding.state === 'unrevoked') return true
    if (holding.state === 'stable') return false
    const isFree = this.#freeFor(member)
    for (const [topicId, partitions] of this.target.get(member.id) ?? NO_PARTITIONS) {
      for (const partition of partitions) if (!has(holding.assigned, topicId, partition) && isFree(topicId, partition)) return true
    }
    return false
  }

  #leave({ memberId, memberEpoch, instanceId }: ConsumerHeartbeat): MemberHeartbeatAnswer {
    const refusal = instanceId === undefined ? (this.members.has(memberId) ? undefined : this.#notMember(memberId)) : this.#staticRefusal(memberId, instanceId)
    if (refusal !== undefined) return refusalAnswer(refusal)
    const member = this.members.get(memberId)!
    if (memberEpoch === LEAVE_STATIC_EPOCH) {
      // Its place is kept until its session ends.
      this.#timers.endRebalance(memberId)
      member.holding = { ...member.holding, epoch: LEAVE_STATIC_EPOCH, state: 'stable', revoking: NO_PARTITIONS }
      this.#hooks.changed(this)
    } else {
      this.remove([member])
    }
    return { errorCode: errorCodes.NONE, memberId, memberEpoch, heartbeatIntervalMs: 0 }
  }

  /** Members are gone for good: the others shall have what they had. */
  remove(members: readonly ConsumerMember[]): void {
    for (const member of members) this.#forget(member)
    this.#subscriptions.changed(this.members.values(), true)
    this.epoch++
    this.#hooks.changed(this)
    if (this.members.size > 0 && [...this.members.values()].every(({ classic }) => classic !== undefined)) this.#hooks.onlyClassicLeft(this)
  }

  #forget(member: ConsumerMember): void {
    this.#timers.end(member.id)
    this.members.delete(member.id)
    this.target.delete(member.id)
    if (member.instanceId !== undefined && this.#staticIds.get(member.instanceId) === member.id) this.#staticIds.delete(member.instanceId)
  }

  #expire(memberId: string): void {
    const member = this.members.get(memberId)
    if (member !== undefined) this.remove([member])
  }

  /** A member of the classic protocol was heard of. */
  classicSession(member: ConsumerMember): void {
    this.#timers.session(member.id, member.classic!.sessionTimeoutMs)
  }

  /** A member of the classic protocol was told to join again; it has its rebalance time-out for that. */
  expectRejoin(member: ConsumerMember): void {
    this.#timers.rejoin(member.id, member.rebalanceTimeoutMs)
  }

  rejoined(member: ConsumerMember): void {
    this.#timers.endRejoin(member.id)
  }

  /** Why a member may not commit, or an answer per partition; anyone may commit while the group has no members. */
  commitRefusal(memberId: string, memberEpoch: number, apiVersion: number): CommitRefusal {
    if (memberEpoch < 0 && this.members.size === 0) return errorCodes.NONE
    const member = this.members.get(memberId)
    if (member === undefined) return errorCodes.UNKNOWN_MEMBER_ID
    if (member.classic !== undefined) return memberEpoch === member.holding.epoch ? errorCodes.NONE : errorCodes.ILLEGAL_GENERATION
    if (apiVersion < 9) return errorCodes.UNSUPPORTED_VERSION
    const { epoch, assigned } = member.holding
    if (memberEpoch === epoch) return errorCodes.NONE
    if (memberEpoch > epoch) return errorCodes.STALE_MEMBER_EPOCH
    // What a member has had since before is its own, though its epoch has moved on.
    return (topicId, partition) => (memberEpoch >= (assigned.get(topicId)?.get(partition) ?? Infinity) ? errorCodes.NONE : errorCodes.STALE_MEMBER_EPOCH)
  }

  /** Why offsets are not told to a member; outsiders, who name no member, are told. */
  fetchRefusal(memberId: string | undefined, memberEpoch: number): number {
    if ((memberId === undefined || memberId === '') && memberEpoch < 0) return errorCodes.NONE
    const member = this.members.get(memberId ?? '')
    if (member === undefined) return errorCodes.UNKNOWN_MEMBER_ID
    if (memberEpoch === member.holding.epoch) return errorCodes.NONE
    return member.classic === undefined ? errorCodes.STALE_MEMBER_EPOCH : errorCodes.ILLEGAL_GENERATION
  }

  /** The topics that members read. */
  subscribedTopics(): ReadonlySet<string> {
    return this.#subscriptions.topicNames(this.members.values())
  }

  /** Takes over members that were there before this object was; their sessions begin anew. */
  takeOver(members: readonly ConsumerMember[]): void {
    for (const member of members) {
      this.add(member)
      this.#timers.session(member.id, member.classic?.sessionTimeoutMs ?? this.#hooks.settings(this.id).sessionTimeoutMs)
      if (member.holding.state === 'unrevoked') this.#timers.rebalance(member.id, member.rebalanceTimeoutMs)
    }
    // What they read is known already: only what changes from now on makes a new epoch.
    this.#subscriptions.changed(this.members.values(), true)
  }

  /** Ends all timers; the group is not used any more. */
  close(): void {
    this.#closed = true
    this.#timers.close()
  }
}

const sameNames = (a: readonly string[], b: readonly string[]): boolean => {
  const names = new Set(a)
  return names.size === new Set(b).size && b.every((name) => names.has(name))
}
