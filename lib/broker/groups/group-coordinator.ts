import type { Time } from '../../core/time.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { journalKey, journalKeyParts } from '../storage/journal.ts'
import type { Journal } from '../storage/journal.ts'
import { ClassicGroup } from './classic-group.ts'
import type { GroupHooks, JoinRequest, SyncRequest } from './classic-group.ts'
import { CommittedOffsets } from './committed-offsets.ts'
import { joinError, syncError } from './member.ts'
import type { JoinAnswer, SyncAnswer } from './member.ts'
import { restoreGroup, storeGroup } from './stored-group.ts'
import { subscribedTopics } from './subscription.ts'

/** All groups of the broker, which is the coordinator of each of them. */
export class GroupCoordinator {
  readonly offsets: CommittedOffsets
  readonly #groups = new Map<string, ClassicGroup>()
  /** When a group was found without members (ms): its offsets are kept for a while from then. */
  readonly #emptySince = new Map<string, number>()
  readonly #config: BrokerConfig
  readonly #journal: Journal
  readonly #time: Time
  readonly #hooks: GroupHooks
  #timer: NodeJS.Timeout | undefined

  constructor(config: BrokerConfig, journal: Journal, time: Time) {
    this.#config = config
    this.#journal = journal
    this.#time = time
    this.offsets = new CommittedOffsets(journal)
    this.#hooks = {
      initialRebalanceDelayMs: config.number('group.initial.rebalance.delay.ms'),
      maxSize: config.number('group.max.size'),
      changed: (group) => journal.put(journalKey('group', group.id), storeGroup(group)),
    }
    for (const [key, value] of journal.restored('group/')) {
      const id = journalKeyParts(key)[1]!
      this.#groups.set(id, restoreGroup(id, value, this.#hooks))
    }
    for (const id of this.offsets.groups()) this.#groupOrNew(id)
  }

  /** Begins to look for offsets that nobody needs any more. */
  start(): void {
    this.#timer = setInterval(() => this.expireOffsets(), this.#config.number('offsets.retention.check.interval.ms')).unref()
  }

  all(): IterableIterator<ClassicGroup> {
    return this.#groups.values()
  }

  get(id: string): ClassicGroup | undefined {
    return this.#groups.get(id)
  }

  #groupOrNew(id: string): ClassicGroup {
    let group = this.#groups.get(id)
    if (group === undefined) this.#groups.set(id, (group = new ClassicGroup(id, this.#hooks)))
    return group
  }

  join(groupId: string, request: JoinRequest): JoinAnswer | Promise<JoinAnswer> {
    if (groupId === '') return joinError(request.memberId, errorCodes.INVALID_GROUP_ID)
    const { sessionTimeoutMs } = request
    if (sessionTimeoutMs < this.#config.number('group.min.session.timeout.ms') || sessionTimeoutMs > this.#config.number('group.max.session.timeout.ms')) {
      return joinError(request.memberId, errorCodes.INVALID_SESSION_TIMEOUT)
    }
    if (request.memberId !== '' && !this.#groups.has(groupId)) return joinError(request.memberId, errorCodes.UNKNOWN_MEMBER_ID)
    return this.#groupOrNew(groupId).join(request)
  }

  sync(groupId: string, request: SyncRequest): SyncAnswer | Promise<SyncAnswer> {
    if (groupId === '') return syncError(errorCodes.INVALID_GROUP_ID)
    return this.#groups.get(groupId)?.sync(request) ?? syncError(errorCodes.UNKNOWN_MEMBER_ID)
  }

  heartbeat(groupId: string, memberId: string, groupInstanceId: string | undefined, generationId: number): number {
    if (groupId === '') return errorCodes.INVALID_GROUP_ID
    return this.#groups.get(groupId)?.heartbeat(memberId, groupInstanceId, generationId) ?? errorCodes.UNKNOWN_MEMBER_ID
  }

  leave(groupId: string, memberId: string, groupInstanceId: string | undefined): number {
    return this.#groups.get(groupId)?.leave(memberId, groupInstanceId) ?? errorCodes.UNKNOWN_MEMBER_ID
  }

  /** Whether this member may commit now; makes the group when an outsider commits to one that does not exist. */
  commitError(groupId: string, memberId: string, groupInstanceId: string | undefined, generationId: number): number {
    if (groupId === '') return errorCodes.INVALID_GROUP_ID
    const group = this.#groups.get(groupId)
    if (group === undefined) {
      if (generationId >= 0 || memberId !== '') return errorCodes.ILLEGAL_GENERATION
      this.#groupOrNew(groupId)
      return errorCodes.NONE
    }
    return group.commitError(memberId, groupInstanceId, generationId)
  }

  delete(groupId: string): number {
    const group = this.#groups.get(groupId)
    if (groupId === '') return errorCodes.INVALID_GROUP_ID
    if (group === undefined) return errorCodes.GROUP_ID_NOT_FOUND
    if (group.members.size > 0) return errorCodes.NON_EMPTY_GROUP
    this.#remove(group)
    return errorCodes.NONE
  }

  #remove(group: ClassicGroup): void {
    group.close()
    this.#groups.delete(group.id)
    this.#emptySince.delete(group.id)
    this.offsets.deleteGroup(group.id)
    this.#journal.remove(journalKey('group', group.id))
  }

  /** The topics that members of the group read: their offsets must stay. */
  subscriptions(groupId: string): ReadonlySet<string> {
    return subscribedTopics([...(this.#groups.get(groupId)?.members.values() ?? [])], this.#groups.get(groupId)?.protocolType)
  }

  /** Forgets the offsets of groups that have been without members for `offsets.retention.minutes`. */
  expireOffsets(): void {
    const nowMs = this.#time.now()
    const retentionMs = this.#config.number('offsets.retention.minutes') * 60_000
    for (const group of [...this.#groups.values()]) {
      if (group.members.size > 0 || group.state !== 'Empty') {
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
      if (nowMs - since > retentionMs && !this.offsets.has(group.id)) this.#remove(group)
    }
  }

  close(): void {
    clearInterval(this.#timer)
    for (const group of this.#groups.values()) group.close()
  }
}
