import type { Time } from '../../core/time.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { journalKey, journalKeyParts } from '../storage/journal.ts'
import type { Journal, JsonValue } from '../storage/journal.ts'
import { ClassicGroup } from './classic-group.ts'
import type { GroupHooks, JoinRequest, SyncRequest } from './classic-group.ts'
import { CommittedOffsets } from './committed-offsets.ts'
import { ClassicMembers, leaveConsumerGroup } from './consumer/classic-members.ts'
import { ConsumerGroup, JOIN_EPOCH, refusalAnswer } from './consumer/consumer-group.ts'
import type { CommitRefusal, ConsumerGroupHooks, ConsumerHeartbeat } from './consumer/consumer-group.ts'
import type { MemberHeartbeatAnswer } from './consumer/topic-partitions.ts'
import { downgraded, upgraded } from './consumer/migration.ts'
import { isConsumerGroup, restoreConsumerGroup, storeConsumerGroup } from './consumer/stored-consumer-group.ts'
import { GroupConfigs } from './group-configs.ts'
import { ShareGroup, isShareGroup, shareRefusal } from './share/share-group.ts'
import type { ShareGroupHooks, ShareHeartbeat } from './share/share-group.ts'
import { SharePartitions } from './share/share-partitions.ts'
import { isStreamsGroup, restoreStreamsGroup, storeStreamsGroup } from './streams/stored-streams-group.ts'
import { StreamsGroup, streamsRefusal } from './streams/streams-group.ts'
import type { StreamsGroupHooks, StreamsHeartbeat, StreamsHeartbeatAnswer } from './streams/streams-group.ts'
import type { TopicInfo } from './streams/streams-topology.ts'
import { checkTopicWish } from '../topics/topic-creation.ts'
import type { TopicParts } from '../topics/topic-creation.ts'
import type { TopicRegistry } from '../topics/topic-registry.ts'
import { joinError, syncError } from './member.ts'
import type { JoinAnswer, SyncAnswer } from './member.ts'
import { PendingOffsets } from './pending-offsets.ts'
import { restoreGroup, storeGroup } from './stored-group.ts'
import { subscribedTopics } from './subscription.ts'

/** The version of OffsetCommit that knows members' epochs. */
const NOT_FOUND_SINCE = 9

/** A group of one protocol or another. */
export type Group = ClassicGroup | ConsumerGroup | ShareGroup | StreamsGroup

/** All groups of the broker, which is the coordinator of each of them. */
export class GroupCoordinator {
  readonly offsets: CommittedOffsets
  /** Those in open transactions. */
  readonly pendingOffsets: PendingOffsets
  readonly configs: GroupConfigs
  readonly #groups = new Map<string, Group>()
  /** When a group was found without members (ms): its offsets are kept for a while from then. */
  readonly #emptySince = new Map<string, number>()
  readonly #config: BrokerConfig
  readonly #journal: Journal
  readonly #time: Time
  readonly #hooks: GroupHooks
  readonly #consumerHooks: ConsumerGroupHooks
  readonly #streamsHooks: StreamsGroupHooks
  readonly #shareHooks: ShareGroupHooks
  /** What share groups have of partitions. */
  readonly shares: SharePartitions
  #timer: NodeJS.Timeout | undefined

  constructor(config: BrokerConfig, journal: Journal, time: Time, topics: TopicRegistry, cluster: Cluster) {
    this.#config = config
    this.#journal = journal
    this.#time = time
    this.offsets = new CommittedOffsets(journal)
    this.pendingOffsets = new PendingOffsets(journal)
    this.#hooks = {
      initialRebalanceDelayMs: config.number('group.initial.rebalance.delay.ms'),
      maxSize: config.number('group.max.size'),
      changed: (group) => journal.put(journalKey('group', group.id), storeGroup(group)),
    }
    this.configs = new GroupConfigs(config, journal)
    this.#consumerHooks = {
      maxSize: config.number('group.consumer.max.size'),
      assignors: config.text('group.consumer.assignors').split(',').map((name) => name.trim()),
      settings: (id) => ({
        sessionTimeoutMs: this.configs.number(id, 'consumer.session.timeout.ms'),
        heartbeatIntervalMs: this.configs.number(id, 'consumer.heartbeat.interval.ms'),
        assignmentIntervalMs: this.configs.number(id, 'consumer.assignment.interval.ms'),
      }),
      topics,
      now: () => time.now(),
      changed: (group) => journal.put(journalKey('group', group.id), storeConsumerGroup(group)),
      onlyClassicLeft: (group) => this.#downgrade(group),
    }
    this.#streamsHooks = {
      maxSize: config.number('group.streams.max.size'),
      settings: (id) => ({
        sessionTimeoutMs: this.configs.number(id, 'streams.session.timeout.ms'),
        heartbeatIntervalMs: this.configs.number(id, 'streams.heartbeat.interval.ms'),
        assignmentIntervalMs: this.configs.number(id, 'streams.assignment.interval.ms'),
        initialRebalanceDelayMs: this.configs.number(id, 'streams.initial.rebalance.delay.ms'),
        standbyReplicas: this.configs.number(id, 'streams.num.standby.replicas'),
      }),
      topics,
      now: () => time.now(),
      changed: (group) => journal.put(journalKey('group', group.id), storeStreamsGroup(group)),
      createTopic: (topic) => createInternalTopic(topic, { topics, config, cluster }),
    }
    this.shares = new SharePartitions(this.configs, journal, time)
    this.#shareHooks = {
      maxSize: config.number('group.share.max.size'),
      settings: (id) => ({ sessionTimeoutMs: this.configs.number(id, 'share.session.timeout.ms'), heartbeatIntervalMs: this.configs.number(id, 'share.heartbeat.interval.ms') }),
      topics,
      changed: (group) => journal.put(journalKey('group', group.id), group.stored),
    }
    for (const [key, value] of journal.restored('group/')) {
      const id = journalKeyParts(key)[1]!
      this.#groups.set(id, this.#restored(id, value))
    }
    for (const id of this.offsets.groups()) this.#groupOrNew(id)
    for (const id of this.pendingOffsets.groups()) this.#groupOrNew(id)
  }

  #restored(id: string, value: JsonValue): Group {
    if (isConsumerGroup(value)) return restoreConsumerGroup(id, value, this.#consumerHooks)
    if (isShareGroup(value)) return ShareGroup.restore(id, value, this.#shareHooks)
    if (isStreamsGroup(value)) return restoreStreamsGroup(id, value, this.#streamsHooks)
    return restoreGroup(id, value, this.#hooks)
  }

  /** Begins to look for offsets that nobody needs any more. */
  start(): void {
    this.#timer = setInterval(() => this.expireOffsets(), this.#config.number('offsets.retention.check.interval.ms')).unref()
  }

  all(): IterableIterator<Group> {
    return this.#groups.values()
  }

  get(id: string): Group | undefined {
    return this.#groups.get(id)
  }

  #groupOrNew(id: string): Group {
    return this.#groups.get(id) ?? this.#put(new ClassicGroup(id, this.#hooks))
  }

  #put<G extends Group>(group: G): G {
    this.#groups.get(group.id)?.close()
    this.#groups.set(group.id, group)
    return group
  }

  #classicMembers(group: ConsumerGroup): ClassicMembers {
    return new ClassicMembers(group, this.#consumerHooks.topics)
  }

  /** The last member that spoke the consumer protocol has left: the others go on without the broker's assignors. */
  #downgrade(group: ConsumerGroup): void {
    if (!['bidirectional', 'downgrade'].includes(this.#config.text('group.consumer.migration.policy'))) return
    const classic = this.#put(downgraded(group, this.#hooks, this.#consumerHooks.topics))
    this.#hooks.changed(classic)
    classic.rebalance()
  }

  /** A heartbeat of the consumer protocol, whose members may come to a group of the classic one and take it along. */
  consumerHeartbeat(groupId: string, beat: ConsumerHeartbeat): MemberHeartbeatAnswer {
    const group = this.#consumerGroup(groupId, beat.memberEpoch)
    if (group instanceof ConsumerGroup) return group.heartbeat(beat)
    return refusalAnswer({ error: errorCodes.GROUP_ID_NOT_FOUND, message: group })
  }

  #consumerGroup(groupId: string, memberEpoch: number): ConsumerGroup | string {
    const group = this.#groups.get(groupId)
    if (group instanceof ConsumerGroup) return group
    if (memberEpoch !== JOIN_EPOCH) {
      if (group === undefined) return `${memberEpoch < 0 ? 'Group' : 'Consumer group'} ${groupId} not found.`
      return `Group ${groupId} is not a consumer group.`
    }
    if (group === undefined || group.members.size === 0) return this.#put(new ConsumerGroup(groupId, this.#consumerHooks))
    if (group instanceof StreamsGroup || group instanceof ShareGroup) return `Group ${groupId} is not a consumer group.`
    const allowed = ['bidirectional', 'upgrade'].includes(this.#config.text('group.consumer.migration.policy'))
    const consumerGroup = allowed ? upgraded(group, this.#consumerHooks) : undefined
    if (consumerGroup === undefined) return `Group ${groupId} is not a consumer group.`
    this.#groups.set(groupId, consumerGroup)
    return consumerGroup
  }

  /** A heartbeat of the streams protocol. */
  streamsHeartbeat(groupId: string, beat: StreamsHeartbeat): StreamsHeartbeatAnswer {
    const group = this.#groups.get(groupId)
    if (group instanceof StreamsGroup) return group.heartbeat(beat)
    if (beat.memberEpoch === JOIN_EPOCH && (group === undefined || group.members.size === 0)) return this.#put(new StreamsGroup(groupId, this.#streamsHooks)).heartbeat(beat)
    const missing = `${beat.memberEpoch < 0 ? 'Group' : 'Streams group'} ${groupId} not found.`
    return streamsRefusal(errorCodes.GROUP_ID_NOT_FOUND, group === undefined ? missing : `Group ${groupId} is not a streams group.`)
  }

  /** A heartbeat of a member of a share group. */
  shareHeartbeat(groupId: string, beat: ShareHeartbeat): MemberHeartbeatAnswer {
    const group = this.#groups.get(groupId)
    if (group instanceof ShareGroup) return group.heartbeat(beat)
    if (beat.memberEpoch === JOIN_EPOCH && group === undefined) return this.#put(new ShareGroup(groupId, this.#shareHooks)).heartbeat(beat)
    return shareRefusal(errorCodes.GROUP_ID_NOT_FOUND, group === undefined ? `Group ${groupId} not found.` : `Group ${groupId} is not a share group.`)
  }

  /** Why the offsets of a share group cannot be changed: it is none, or has members. With `creates` there is one from now on. */
  emptyShareGroupError(groupId: string, creates = false): number {
    if (groupId === '') return errorCodes.INVALID_GROUP_ID
    const group = this.#groups.get(groupId) ?? (creates ? this.#put(new ShareGroup(groupId, this.#shareHooks)) : undefined)
    if (!(group instanceof ShareGroup)) return errorCodes.GROUP_ID_NOT_FOUND
    if (creates) this.#shareHooks.changed(group)
    return group.members.size > 0 ? errorCodes.NON_EMPTY_GROUP : errorCodes.NONE
  }

  join(groupId: string, request: JoinRequest): JoinAnswer | Promise<JoinAnswer> {
    if (groupId === '') return joinError(request.memberId, errorCodes.INVALID_GROUP_ID)
    const { sessionTimeoutMs } = request
    if (sessionTimeoutMs < this.#config.number('group.min.session.timeout.ms') || sessionTimeoutMs > this.#config.number('group.max.session.timeout.ms')) {
      return joinError(request.memberId, errorCodes.INVALID_SESSION_TIMEOUT)
    }
    if (request.memberId !== '' && !this.#groups.has(groupId)) return joinError(request.memberId, errorCodes.UNKNOWN_MEMBER_ID)
    const group = this.#groupOrNew(groupId)
    if (group instanceof ClassicGroup) return group.join(request)
    if (group instanceof ShareGroup || (group instanceof StreamsGroup && group.members.size > 0)) return joinError(request.memberId, errorCodes.INCONSISTENT_GROUP_PROTOCOL)
    return group instanceof StreamsGroup || group.members.size === 0 ? this.#put(new ClassicGroup(groupId, this.#hooks)).join(request) : this.#classicMembers(group).join(request)
  }

  sync(groupId: string, request: SyncRequest): SyncAnswer | Promise<SyncAnswer> {
    if (groupId === '') return syncError(errorCodes.INVALID_GROUP_ID)
    const group = this.#groups.get(groupId)
    if (group instanceof ConsumerGroup) return this.#classicMembers(group).sync(request)
    if (group instanceof StreamsGroup || group instanceof ShareGroup) return syncError(errorCodes.UNKNOWN_MEMBER_ID)
    return group?.sync(request) ?? syncError(errorCodes.UNKNOWN_MEMBER_ID)
  }

  heartbeat(groupId: string, memberId: string, groupInstanceId: string | undefined, generationId: number): number {
    if (groupId === '') return errorCodes.INVALID_GROUP_ID
    const group = this.#groups.get(groupId)
    if (group instanceof ConsumerGroup) return this.#classicMembers(group).heartbeat(memberId, groupInstanceId, generationId)
    if (group instanceof StreamsGroup || group instanceof ShareGroup) return errorCodes.UNKNOWN_MEMBER_ID
    return group?.heartbeat(memberId, groupInstanceId, generationId) ?? errorCodes.UNKNOWN_MEMBER_ID
  }

  leave(groupId: string, memberId: string, groupInstanceId: string | undefined): number {
    const group = this.#groups.get(groupId)
    if (group instanceof ConsumerGroup) return leaveConsumerGroup(group, memberId, groupInstanceId)
    if (group instanceof StreamsGroup) return leaveStreamsGroup(group, memberId)
    if (group instanceof ShareGroup) return errorCodes.UNKNOWN_MEMBER_ID
    return group?.leave(memberId, groupInstanceId) ?? errorCodes.UNKNOWN_MEMBER_ID
  }

  /**
   * Whether this member may commit now, or an answer for each partition; makes the group when an outsider commits to one that
   * does not exist.
   */
  commitRefusal(groupId: string, memberId: string, groupInstanceId: string | undefined, epoch: number, apiVersion: number): CommitRefusal {
    const group = this.#groups.get(groupId)
    if (group === undefined) {
      if (epoch >= 0) return apiVersion >= NOT_FOUND_SINCE ? errorCodes.GROUP_ID_NOT_FOUND : errorCodes.ILLEGAL_GENERATION
      this.#groupOrNew(groupId)
      return errorCodes.NONE
    }
    return group instanceof ClassicGroup ? group.commitError(memberId, groupInstanceId, epoch) : group.commitRefusal(memberId, epoch, apiVersion)
  }

  /** Why a member is not told of committed offsets. */
  fetchRefusal(groupId: string, memberId: string | undefined, memberEpoch: number): number {
    const group = this.#groups.get(groupId)
    return group === undefined || group instanceof ClassicGroup ? errorCodes.NONE : group.fetchRefusal(memberId, memberEpoch)
  }

  /**
   * Whether this member may commit in a transaction now, or an answer for each partition; makes the group when an outsider
   * commits to one that does not exist.
   */
  transactionalCommitRefusal(groupId: string, memberId: string, groupInstanceId: string | undefined, generationId: number): CommitRefusal {
    const group = this.#groups.get(groupId)
    if (group instanceof ClassicGroup) return group.transactionalCommitError(memberId, groupInstanceId, generationId)
    if (group !== undefined) {
      const isAnonymous = generationId < 0 && memberId === '' && groupInstanceId === undefined
      const refusal = isAnonymous ? errorCodes.NONE : group.commitRefusal(memberId, generationId, Infinity)
      return typeof refusal === 'number' ? inTransaction(refusal) : (topicId, partition) => inTransaction(refusal(topicId, partition))
    }
    if (generationId >= 0) return errorCodes.ILLEGAL_GENERATION
    this.#groupOrNew(groupId)
    return errorCodes.NONE
  }

  delete(groupId: string): number {
    const group = this.#groups.get(groupId)
    if (group === undefined) return errorCodes.GROUP_ID_NOT_FOUND
    if (group.members.size > 0) return errorCodes.NON_EMPTY_GROUP
    this.#remove(group)
    return errorCodes.NONE
  }

  #remove(group: Group): void {
    group.close()
    this.#groups.delete(group.id)
    this.#emptySince.delete(group.id)
    this.offsets.deleteGroup(group.id)
    this.pendingOffsets.deleteGroup(group.id)
    this.shares.delete(group.id)
    this.#journal.remove(journalKey('group', group.id))
  }

  /** Whether members of the group read a topic: its offsets must stay. */
  isSubscribed(groupId: string, topic: string): boolean {
    const group = this.#groups.get(groupId)
    if (group instanceof ConsumerGroup || group instanceof StreamsGroup || group instanceof ShareGroup) return group.subscribedTopics().has(topic)
    const topics = subscribedTopics([...(group?.members.values() ?? [])], group?.protocolType)
    return topics === undefined || topics.has(topic)
  }

  /** Forgets the offsets of groups that have been without members for `offsets.retention.minutes`. */
  expireOffsets(): void {
    const nowMs = this.#time.now()
    const retentionMs = this.#config.number('offsets.retention.minutes') * 60_000
    for (const group of [...this.#groups.values()]) {
      if (group.members.size > 0 || group.state !== 'Empty' || group instanceof ShareGroup) {
        this.#emptySince.delete(group.id)
        continue
      }
      const since = this.#emptySince.get(group.id) ?? nowMs
      this.#emptySince.set(group.id, since)
      for (const [topic, partitions] of this.offsets.topics(group.id)) {
        for (const [partition, { committedMs }] of [...partitions]) {
          if (nowMs - Math.max(since, committedMs) > retentionMs) this.offsets.delete(group.id, topic, partition)
        }
      }
      if (nowMs - since > retentionMs && !this.offsets.has(group.id) && !this.pendingOffsets.hasGroup(group.id)) this.#remove(group)
    }
  }

  close(): void {
    clearInterval(this.#timer)
    for (const group of this.#groups.values()) group.close()
    this.shares.close()
  }
}

/** Producers do not know of members' epochs. */
const inTransaction = (refusal: number): number => (refusal === errorCodes.STALE_MEMBER_EPOCH ? errorCodes.ILLEGAL_GENERATION : refusal)

const leaveStreamsGroup = (group: StreamsGroup, memberId: string): number => {
  const member = group.members.get(memberId)
  if (member === undefined) return errorCodes.UNKNOWN_MEMBER_ID
  group.remove([member])
  return errorCodes.NONE
}

/** Makes a topic that an application keeps its state in; says why that cannot be. */
const createInternalTopic = ({ name, partitions, replicationFactor, topicConfigs }: TopicInfo, parts: TopicParts): string | undefined => {
  const wish = { name, numPartitions: partitions, replicationFactor: replicationFactor === 0 ? -1 : replicationFactor, assignments: [], configs: topicConfigs.map(({ key, value }) => ({ name: key, value })) }
  const checked = checkTopicWish(wish, parts)
  if ('error' in checked) return checked.message
  parts.topics.create(name, checked.assignment, checked.configs)
  return undefined
}
