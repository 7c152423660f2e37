import { errorCodes } from '../../../protocol/error-table.ts'
import { JOIN_EPOCH } from '../consumer/consumer-group.ts'
import type { CommitRefusal, TopicSource } from '../consumer/consumer-group.ts'
import { MemberTimers } from '../consumer/member-timers.ts'
import { reconcile } from '../consumer/reconciliation.ts'
import { epochRefusal } from '../consumer/member-epoch.ts'
import { has, samePartitions } from '../consumer/topic-partitions.ts'
import type { TopicPartitions } from '../consumer/topic-partitions.ts'
import { endpointPartitions } from './endpoint-partitions.ts'
import type { EndpointPartitions } from './endpoint-partitions.ts'
import { ROLES, idsOfTasks, joined, newStreamsMember, roleAndSubtopology, separated } from './streams-member.ts'
import type { KeyValue, StreamsMember, TaskIds, TaskOffset, UserEndpoint } from './streams-member.ts'
import { StreamsStatus, configure, missingInternalTopics } from './streams-topology.ts'
import type { Configured, ConfiguredSubtopology, Status, StreamsTopology, TopicInfo } from './streams-topology.ts'
import { NO_TASKS, assignTasks } from './task-assignor.ts'
import type { Tasks } from './task-assignor.ts'

export type StreamsGroupState = 'Empty' | 'NotReady' | 'Assigning' | 'Reconciling' | 'Stable' | 'Dead'

/** What a member says in a heartbeat; `undefined`: as the last time. */
export interface StreamsHeartbeat {
  readonly memberId: string
  readonly memberEpoch: number
  readonly endpointInformationEpoch: number
  readonly rackId: string | undefined
  /** -1: as the last time. */
  readonly rebalanceTimeoutMs: number
  readonly topology: StreamsTopology | undefined
  /** What the member has; all three roles are said or none. */
  readonly tasks: Tasks | undefined
  readonly processId: string | undefined
  readonly userEndpoint: UserEndpoint | undefined
  readonly clientTags: readonly KeyValue[] | undefined
  readonly taskOffsets: readonly TaskOffset[] | undefined
  readonly taskEndOffsets: readonly TaskOffset[] | undefined
  readonly shutdownApplication: boolean
  readonly clientId: string
  readonly clientHost: string
  /** Whether the client may create a topic; only on a broker with ACLs. */
  readonly mayCreate?: ((topic: string) => boolean) | undefined
}

export interface StreamsHeartbeatAnswer {
  readonly errorCode: number
  readonly errorMessage?: string
  readonly memberId: string
  readonly memberEpoch: number
  readonly heartbeatIntervalMs: number
  readonly acceptableRecoveryLag: number
  readonly taskOffsetIntervalMs: number
  readonly status: readonly Status[]
  readonly activeTasks?: readonly TaskIds[]
  readonly standbyTasks?: readonly TaskIds[]
  readonly warmupTasks?: readonly TaskIds[]
  readonly endpointInformationEpoch: number
  readonly partitionsByUserEndpoint?: readonly EndpointPartitions[]
}

export interface StreamsGroupSettings {
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  readonly assignmentIntervalMs: number
  /** How long the first members of an empty group wait for others (ms). */
  readonly initialRebalanceDelayMs: number
  readonly standbyReplicas: number
}

export interface StreamsGroupHooks {
  readonly maxSize: number
  settings(groupId: string): StreamsGroupSettings
  readonly topics: TopicSource
  now(): number
  /** Called when something changed that must survive a restart. */
  changed(group: StreamsGroup): void
  /** Makes an internal topic; says why it cannot. */
  createTopic(topic: TopicInfo): string | undefined
}

const NO_TOPOLOGY: Configured = { problem: { statusCode: StreamsStatus.STALE_TOPOLOGY, statusDetail: 'The group has no topology yet.' } }

export const streamsRefusal = (errorCode: number, errorMessage?: string): StreamsHeartbeatAnswer => ({
  errorCode, ...(errorMessage === undefined ? {} : { errorMessage }), memberId: '', memberEpoch: 0, heartbeatIntervalMs: 0, acceptableRecoveryLag: 0, taskOffsetIntervalMs: 0, status: [],
  endpointInformationEpoch: 0,
})

/**
 * A group of the streams protocol (KIP-1071): like a consumer group, but what members get are the tasks of a topology, whose
 * internal topics the broker makes.
 */
export class StreamsGroup {
  readonly id: string
  readonly protocolType = 'streams'
  readonly members = new Map<string, StreamsMember>()
  readonly target = new Map<string, Tasks>()
  epoch = 1
  assignmentEpoch = 1
  endpointEpoch = 0
  topology: StreamsTopology | undefined
  readonly #hooks: StreamsGroupHooks
  readonly #timers: MemberTimers
  #configured: Configured | undefined
  #mayCreate: StreamsHeartbeat['mayCreate']
  /** Whether the client that beat last may not create what is missing. */
  #isForbidden = false
  /** The topics as they were when the topology was configured. */
  #topicsVersion = -1
  #knownTopics = ''
  #assignedMs = -Infinity
  #delayUntilMs = -Infinity
  #shutdownBy: string | undefined
  #closed = false

  constructor(id: string, hooks: StreamsGroupHooks) {
    this.id = id
    this.#hooks = hooks
    this.#timers = new MemberTimers((memberId) => this.#expire(memberId))
  }

  get state(): StreamsGroupState {
    if (this.#closed) return 'Dead'
    if (this.members.size === 0) return 'Empty'
    if (this.configured.problem !== undefined) return 'NotReady'
    if (this.epoch > this.assignmentEpoch) return 'Assigning'
    for (const { holding } of this.members.values()) if (holding.state !== 'stable' || holding.epoch !== this.assignmentEpoch) return 'Reconciling'
    return 'Stable'
  }

  /** The topology with its partitions, or what is wrong with it: as the last heartbeat left it, since only members make topics. */
  get configured(): Configured {
    if (this.#configured !== undefined || this.topology === undefined) return this.#configured ?? NO_TOPOLOGY
    return configure(this.topology, this.#hooks.topics)
  }

  heartbeat(beat: StreamsHeartbeat): StreamsHeartbeatAnswer {
    if (beat.memberEpoch < JOIN_EPOCH) return this.#leave(beat)
    this.#mayCreate = beat.mayCreate
    const found = this.#memberFor(beat)
    if ('errorCode' in found) return found
    const { epoch, assignmentEpoch } = this
    const before = found.holding
    const settings = this.#hooks.settings(this.id)
    if (this.members.size === 0) this.#delayUntilMs = this.#hooks.now() + settings.initialRebalanceDelayMs
    const changed = this.#update(found, beat)
    const { problem } = this.#configure()
    if (this.#topicsChanged() || changed) this.epoch++
    const delayed = this.#assignIfDue(settings)
    this.#reconcile(found, beat.tasks && joined(beat.tasks))
    this.#timers.session(found.id, settings.sessionTimeoutMs)
    if (beat.shutdownApplication) this.#shutdownBy ??= found.id
    const { holding } = found
    const moved = !samePartitions(before.assigned, holding.assigned)
    if (moved && this.#hasEndpoints()) this.endpointEpoch++
    if (epoch !== this.epoch || assignmentEpoch !== this.assignmentEpoch || before !== holding) this.#hooks.changed(this)
    const full = beat.rebalanceTimeoutMs !== -1 && beat.tasks !== undefined
    return {
      errorCode: errorCodes.NONE,
      memberId: found.id,
      memberEpoch: holding.epoch,
      heartbeatIntervalMs: settings.heartbeatIntervalMs,
      // There are no warm-up tasks yet, in Kafka either: nobody asks for these.
      acceptableRecoveryLag: 0,
      taskOffsetIntervalMs: 0,
      status: this.#status(found, problem, delayed),
      ...(beat.memberEpoch === JOIN_EPOCH || full || moved ? this.#told(found) : {}),
      ...this.#endpoints(beat.endpointInformationEpoch),
    }
  }

  #told({ holding }: StreamsMember): Pick<StreamsHeartbeatAnswer, 'activeTasks' | 'standbyTasks' | 'warmupTasks'> {
    const { active, standby, warmup } = separated(holding.assigned)
    return { activeTasks: idsOfTasks(active), standbyTasks: idsOfTasks(standby), warmupTasks: idsOfTasks(warmup) }
  }

  #hasEndpoints(): boolean {
    return [...this.members.values()].some(({ userEndpoint }) => userEndpoint !== undefined)
  }

  #endpoints(knownEpoch: number): Pick<StreamsHeartbeatAnswer, 'endpointInformationEpoch' | 'partitionsByUserEndpoint'> {
    const endpointInformationEpoch = this.endpointEpoch
    if (knownEpoch === endpointInformationEpoch) return { endpointInformationEpoch }
    return { endpointInformationEpoch, partitionsByUserEndpoint: endpointPartitions([...this.members.values()], this.#subtopologies(), this.#hooks.topics) }
  }

  #status({ topologyEpoch }: StreamsMember, problem: Status | undefined, delayed: string | undefined): Status[] {
    const status: Status[] = []
    const epoch = this.topology?.epoch ?? -1
    if (topologyEpoch < epoch) {
      status.push({ statusCode: StreamsStatus.STALE_TOPOLOGY, statusDetail: `The member's topology epoch ${topologyEpoch} is behind the group's topology epoch ${epoch}.` })
    }
    if (delayed !== undefined) status.push({ statusCode: StreamsStatus.ASSIGNMENT_DELAYED, statusDetail: `Assignment delayed due to the configured ${delayed}.` })
    if (problem !== undefined) status.push(problem)
    if (this.#shutdownBy !== undefined) {
      status.push({
        statusCode: StreamsStatus.SHUTDOWN_APPLICATION,
        statusDetail: `Streams group member ${this.#shutdownBy} encountered a fatal error and requested a shutdown for the entire application.`,
      })
    }
    return status
  }

  #memberFor(beat: StreamsHeartbeat): StreamsMember | StreamsHeartbeatAnswer {
    const { memberId, memberEpoch, tasks, topology } = beat
    const member = this.members.get(memberId)
    if (memberEpoch !== JOIN_EPOCH) {
      if (member === undefined) return this.#notMember(memberId)
      const refusal = epochRefusal('streams', member.holding, memberEpoch, tasks && joined(tasks))
      return refusal === undefined ? member : streamsRefusal(refusal.error, refusal.message)
    }
    if (this.topology !== undefined && topology !== undefined && topology.epoch >= this.topology.epoch && !sameTopology(topology, this.topology)) {
      return streamsRefusal(errorCodes.INVALID_REQUEST, 'Topology updates are not supported yet.')
    }
    if (member === undefined && this.members.size >= this.#hooks.maxSize) {
      return streamsRefusal(errorCodes.GROUP_MAX_SIZE_REACHED, `The streams group has reached its maximum capacity of ${this.#hooks.maxSize} members.`)
    }
    return member ?? newStreamsMember(memberId)
  }

  #notMember(memberId: string): StreamsHeartbeatAnswer {
    return streamsRefusal(errorCodes.UNKNOWN_MEMBER_ID, `Member ${memberId} is not a member of group ${this.id}.`)
  }

  /** Takes over what a heartbeat says; true when the group must assign anew for it. */
  #update(member: StreamsMember, beat: StreamsHeartbeat): boolean {
    const before = JSON.stringify([member.rackId, member.topologyEpoch, member.processId, member.userEndpoint, member.clientTags])
    const isNew = !this.members.has(member.id)
    if (beat.topology !== undefined) {
      this.topology ??= beat.topology
      member.topologyEpoch = beat.topology.epoch
    }
    member.rackId = beat.rackId ?? member.rackId
    member.clientId = beat.clientId
    member.clientHost = beat.clientHost
    if (beat.rebalanceTimeoutMs !== -1) member.rebalanceTimeoutMs = beat.rebalanceTimeoutMs
    member.processId = beat.processId ?? member.processId
    member.userEndpoint = beat.userEndpoint ?? member.userEndpoint
    member.clientTags = beat.clientTags ?? member.clientTags
    member.taskOffsets = beat.taskOffsets ?? member.taskOffsets
    member.taskEndOffsets = beat.taskEndOffsets ?? member.taskEndOffsets
    if (isNew) this.members.set(member.id, member)
    return isNew || before !== JSON.stringify([member.rackId, member.topologyEpoch, member.processId, member.userEndpoint, member.clientTags])
  }

  #configure(): Configured {
    const { topics } = this.#hooks
    if (this.topology === undefined) return NO_TOPOLOGY
    // Another member, or this one after an ACL came, may be allowed to create what is missing.
    if (this.#configured !== undefined && this.#topicsVersion === topics.version && !this.#isForbidden) return this.#configured
    this.#configured = this.#withInternalTopics(configure(this.topology, topics))
    this.#topicsVersion = topics.version
    return this.#configured
  }

  /** None while something is wrong with the topology. */
  #subtopologies(): readonly ConfiguredSubtopology[] {
    const { configured } = this
    return configured.problem === undefined ? configured.subtopologies : []
  }

  /** Makes the internal topics that a topology needs. */
  #withInternalTopics(configured: Configured): Configured {
    if (configured.problem !== undefined || configured.missing.length === 0) return configured
    const forbidden = configured.missing.filter(({ name }) => this.#mayCreate?.(name) === false).map(({ name }) => name)
    const reasons = forbidden.length > 0 ? [`Unauthorized to CREATE on topics ${forbidden.join(', ')}.`] : configured.missing.flatMap((info) => this.#hooks.createTopic(info) ?? [])
    this.#isForbidden = forbidden.length > 0
    return reasons.length > 0 ? { problem: missingInternalTopics(configured.missing, reasons.join('; ')) } : { ...configured, missing: [] }
  }

  /** Whether the topics that the topology works on are others than when last asked. */
  #topicsChanged(): boolean {
    const names = this.#subtopologies().flatMap(({ sourceTopics, repartitionSourceTopics }) => [...sourceTopics, ...repartitionSourceTopics.map(({ name }) => name)])
    const known = names.map((name) => `${name}:${this.#hooks.topics.get(name)?.id}:${this.#hooks.topics.get(name)?.partitions.length}`).join(',')
    const changed = known !== this.#knownTopics
    this.#knownTopics = known
    return changed
  }

  /** Makes a new target; says what it must wait for if it is needed and not made yet. Without a topology nobody gets anything. */
  #assignIfDue({ assignmentIntervalMs, standbyReplicas }: StreamsGroupSettings): string | undefined {
    if (this.epoch === this.assignmentEpoch) return undefined
    const nowMs = this.#hooks.now()
    if (nowMs < this.#delayUntilMs) return 'initial rebalance delay'
    if (nowMs - this.#assignedMs < assignmentIntervalMs) return 'assignment interval'
    this.#assignedMs = nowMs
    const assigned = assignTasks({
      members: new Map([...this.members.values()].map(({ id, processId }) => [id, { processId, current: this.target.get(id) ?? NO_TASKS }])),
      subtopologies: this.#subtopologies().map(({ id, tasks, changelogTopics }) => ({ id, tasks, stateful: changelogTopics.length > 0 })),
      standbyReplicas,
    })
    this.target.clear()
    for (const [memberId, tasks] of assigned) this.target.set(memberId, tasks)
    this.assignmentEpoch = this.epoch
    return undefined
  }

  #reconcile(member: StreamsMember, owned: TopicPartitions | undefined): void {
    const before = member.holding
    const target = { epoch: this.assignmentEpoch, partitions: joined(this.target.get(member.id) ?? NO_TASKS) }
    member.holding = reconcile(before, target, owned, (key, partition) => this.#isFree(member, key, partition), () => true)
    if (member.holding === before) return
    if (member.holding.state === 'unrevoked') this.#timers.rebalance(member.id, member.rebalanceTimeoutMs)
    else this.#timers.endRebalance(member.id)
  }

  /** One member has a task as active; and of one process, whose state directory is shared, one member has it at all. */
  #isFree(member: StreamsMember, key: string, partition: number): boolean {
    const [role, subtopologyId] = roleAndSubtopology(key)
    for (const other of this.members.values()) {
      if (other === member) continue
      const holds = (held: string): boolean => has(other.holding.assigned, held, partition) || has(other.holding.revoking, held, partition)
      if (role === 'active' && holds(key)) return false
      if (other.processId === member.processId && ROLES.some((any) => holds(`${any}/${subtopologyId}`))) return false
    }
    return true
  }

  #leave({ memberId, memberEpoch }: StreamsHeartbeat): StreamsHeartbeatAnswer {
    const member = this.members.get(memberId)
    if (member === undefined) return this.#notMember(memberId)
    this.remove([member])
    return { ...streamsRefusal(errorCodes.NONE), memberId, memberEpoch }
  }

  /** Members are gone for good: the others shall have what they had. */
  remove(members: readonly StreamsMember[]): void {
    for (const { id } of members) {
      this.#timers.end(id)
      this.members.delete(id)
      this.target.delete(id)
    }
    if (this.members.size === 0) this.#shutdownBy = undefined
    this.epoch++
    if (this.#hasEndpoints()) this.endpointEpoch++
    this.#hooks.changed(this)
  }

  #expire(memberId: string): void {
    const member = this.members.get(memberId)
    if (member !== undefined) this.remove([member])
  }

  /** Why a member may not commit, or an answer per partition; anyone may commit while the group has no members. */
  commitRefusal(memberId: string, memberEpoch: number, apiVersion: number): CommitRefusal {
    if (memberEpoch < 0 && this.members.size === 0) return errorCodes.NONE
    const member = this.members.get(memberId)
    if (member === undefined) return errorCodes.UNKNOWN_MEMBER_ID
    if (apiVersion < 9) return errorCodes.UNSUPPORTED_VERSION
    const { epoch, assigned } = member.holding
    if (memberEpoch === epoch) return errorCodes.NONE
    if (memberEpoch > epoch) return errorCodes.STALE_MEMBER_EPOCH
    return (topicId, partition) => {
      const topic = this.#hooks.topics.byId(topicId)?.name ?? ''
      const reader = this.#subtopologies().find(({ sourceTopics, repartitionSourceTopics }) => sourceTopics.includes(topic) || repartitionSourceTopics.some(({ name }) => name === topic))
      return memberEpoch >= (assigned.get(`active/${reader?.id}`)?.get(partition) ?? Infinity) ? errorCodes.NONE : errorCodes.STALE_MEMBER_EPOCH
    }
  }

  fetchRefusal(memberId: string | undefined, memberEpoch: number): number {
    if ((memberId === undefined || memberId === '') && memberEpoch < 0) return errorCodes.NONE
    const member = this.members.get(memberId ?? '')
    if (member === undefined) return errorCodes.UNKNOWN_MEMBER_ID
    return memberEpoch === member.holding.epoch ? errorCodes.NONE : errorCodes.STALE_MEMBER_EPOCH
  }

  /** The topics that the application reads. */
  subscribedTopics(): ReadonlySet<string> {
    if (this.members.size === 0) return new Set()
    return new Set(this.#subtopologies().flatMap(({ sourceTopics, repartitionSourceTopics }) => [...sourceTopics, ...repartitionSourceTopics.map(({ name }) => name)]))
  }

  /** Takes over members that were there when the broker stopped; their sessions begin anew. */
  takeOver(members: readonly StreamsMember[]): void {
    for (const member of members) {
      this.members.set(member.id, member)
      this.#timers.session(member.id, this.#hooks.settings(this.id).sessionTimeoutMs)
      if (member.holding.state === 'unrevoked') this.#timers.rebalance(member.id, member.rebalanceTimeoutMs)
    }
    this.#topicsChanged()
  }

  /** Ends all timers; the group is not used any more. */
  close(): void {
    this.#closed = true
    this.#timers.close()
  }
}

const sameTopology = (a: StreamsTopology, b: StreamsTopology): boolean => {
  const text = ({ epoch, subtopologies }: StreamsTopology): string => JSON.stringify([epoch, [...subtopologies].sort((x, y) => (x.subtopologyId < y.subtopologyId ? -1 : 1))])
  return text(a) === text(b)
}
