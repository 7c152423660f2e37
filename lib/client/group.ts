import type { TopicPartition } from '../core/topic-partition.ts'
import { errorCodes } from '../protocol/error-table.ts'
import { backoffMs } from './backoff.ts'
import type { Cluster } from './cluster.ts'
import { Coordinator } from './coordinator.ts'
import { deferred } from './deferred.ts'
import { ClientError, ClosedError, CommitFailedError, KafkaResponseError, MemberFencedError, RebalanceInProgressError } from './errors.ts'
import { Heartbeat } from './group-heartbeat.ts'
import { commitGroupOffsets, fetchGroupOffsets } from './group-offsets.ts'
import { resolveGroupOptions } from './group-options.ts'
import type { ResolvedGroupOptions } from './group-options.ts'
import { GroupRequests } from './group-requests.ts'
import type { Joined } from './group-requests.ts'
import { asClientError } from './kafka-errors.ts'
import { pause } from './retry.ts'
import { Signal } from './signal.ts'
import type { GroupMemberOptions, GroupMembership, GroupMetadata, GroupState, OffsetAndMetadata } from './types.ts'

/** Kafka's errors that say: the coordinator does not know this member, or not in this generation. */
const LOST: readonly (string | undefined)[] = ['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION']

/** A group that cannot be joined for some seconds is worth a line in the log. */
const FAILURES_PER_WARNING = 10

/**
 * A member of a group by the classic protocol. One loop joins, hands the assignment over, and waits for a reason to join
 * again; heartbeats run beside it from timers. What is given up, and when, is the owner's decision.
 */
export class GroupMember implements GroupMembership {
  readonly #cluster: Cluster
  readonly #options: ResolvedGroupOptions
  readonly #coordinator: Coordinator
  readonly #requests: GroupRequests
  readonly #lanes: { readonly heartbeat: number; readonly join: number }
  readonly #stopping = new AbortController()
  readonly #firstAssignment = deferred<void>()
  readonly #rejoin = new Signal()
  #loop: Promise<void> | undefined
  #heartbeat: Heartbeat | undefined
  #state: GroupState = 'unjoined'
  #memberId = ''
  #generation = -1
  #isLeader = false
  /** The owner has an assignment. */
  #owning = false
  /** The owner was told, since its last assignment, that a rebalance begins. */
  #revoked = false
  /** The first generation since the membership began, or began again after a lapse. */
  #firstGeneration = -1
  /** From the request to join until its answer: the generation may have ended already without our knowing. */
  #isJoining = false
  /** Why the membership lapsed, until the owner is told. */
  #lapse: ClientError | undefined
  /** Why this member can never join again. */
  #fatal: ClientError | undefined

  constructor(cluster: Cluster, options: GroupMemberOptions) {
    this.#cluster = cluster
    this.#options = resolveGroupOptions(options)
    this.#lanes = { heartbeat: cluster.openLane(), join: cluster.openLane() }
    this.#coordinator = new Coordinator(cluster, 'group', options.groupId)
    this.#requests = new GroupRequests(this.#coordinator, this.#options, this.#lanes)
  }

  get state(): GroupState {
    return this.#state
  }

  get memberId(): string {
    return this.#memberId
  }

  get generation(): number {
    return this.#generation
  }

  get isLeader(): boolean {
    return this.#isLeader
  }

  get groupMetadata(): GroupMetadata {
    const { groupId, groupInstanceId } = this.#options
    return { groupId, generationId: this.#generation, memberId: this.#memberId, groupInstanceId }
  }

  isOver({ memberId, generationId }: GroupMetadata): boolean {
    return memberId !== this.#memberId || this.#generation < 0 || generationId < this.#firstGeneration
  }

  join(): Promise<void> {
    if (this.#state === 'unjoined') {
      this.#state = 'joining'
      this.#loop = this.#run()
    }
    return this.#firstAssignment.promise
  }

  requestRejoin(reason = 'the member asked for it'): void {
    this.#rejoin.raise(reason)
  }

  async leave(options: { force?: boolean; reason?: string } = {}): Promise<void> {
    if (this.#stopping.signal.aborted) {
      await this.#loop
      return
    }
    const stopped = new ClosedError(`the member left group ${this.#options.groupId}`)
    const failed = this.#state === 'failed'
    if (!failed) this.#state = 'leaving'
    this.#stopping.abort(stopped)
    this.#rejoin.raise('the member leaves')
    this.#heartbeat?.stop()
    this.#cluster.closeLane(this.#lanes.join)
    this.#firstAssignment.reject(stopped)
    await this.#loop
    const stays = this.#options.groupInstanceId !== undefined && options.force !== true
    if (this.#memberId !== '' && !stays && !failed) await this.#sayGoodbye(options.reason ?? 'the member closes')
    this.#cluster.closeLane(this.#lanes.heartbeat)
    this.#generation = -1
    this.#state = 'closed'
  }

  async commitOffsets(offsets: ReadonlyMap<string, OffsetAndMetadata>): Promise<void> {
    if (offsets.size === 0) return
    const group = this.groupMetadata
    try {
      await this.#cluster.retrying(
        `committing offsets of group ${group.groupId}`,
        () => {
          if (this.#fatal !== undefined) throw this.#fatal
          if (this.isOver(group)) throw this.#commitFailed()
          return commitGroupOffsets(this.#coordinator, group, offsets, this.#lanes.heartbeat)
        },
        { retriable: (error) => error.retriable && !(error instanceof RebalanceInProgressError) },
      )
    } catch (error) {
      if (!(error instanceof ClientError)) throw error
      const current = this.#generation === group.generationId
      if (error instanceof RebalanceInProgressError && this.#state === 'stable') this.#rejoin.raise('the group rebalances')
      // the others have joined already, and the answer that tells the new generation is under way, or has just come
      if (error.kafkaName === 'ILLEGAL_GENERATION' && (this.#isJoining || !current) && !this.isOver(group)) {
        throw new RebalanceInProgressError(error.message, { cause: error })
      }
      if (error instanceof MemberFencedError && current) this.#noteError(error)
      if (!LOST.includes(error.kafkaName)) throw error
      if (current) this.#noteError(error)
      throw this.#commitFailed(error)
    }
  }

  fetchOffsets(partitions: readonly TopicPartition[], options: { requireStable?: boolean } = {}): Promise<Map<string, OffsetAndMetadata>> {
    const { groupId } = this.#options
    return this.#cluster.retrying(`fetching offsets of group ${groupId}`, () =>
      fetchGroupOffsets(this.#coordinator, groupId, partitions, options.requireStable ?? true, this.#lanes.heartbeat),
    )
  }

  /** Joins and joins again until the member leaves or fails for good. */
  async #run(): Promise<void> {
    const { retryBackoffMs: baseMs, retryBackoffMaxMs: maxMs, logger } = this.#cluster.options
    const { signal } = this.#stopping
    for (let failures = 0; !signal.aborted; ) {
      try {
        await this.#prepareJoin()
        if (signal.aborted) return
        await this.#joinOnce()
        failures = 0
        await this.#rejoin.wait()
      } catch (error) {
        if (signal.aborted) return
        this.#noteError(asClientError(error, `membership in group ${this.#options.groupId}`))
        if (this.#fatal !== undefined) return this.#fail(this.#fatal)
        failures++
        const level = failures % FAILURES_PER_WARNING === 0 ? 'warn' : 'debug'
        logger[level]({ error: (error as Error).message, groupId: this.#options.groupId, attempts: failures }, 'joining the group again')
        await pause(backoffMs(failures - 1, { baseMs, maxMs }), signal).catch(() => {})
      }
      if (this.#fatal !== undefined && !signal.aborted) return this.#fail(this.#fatal)
    }
  }

  /** Tells the owner what it needs to know before the old generation ends. */
  async #prepareJoin(): Promise<void> {
    const { onRevoke, onLost } = this.#options
    if (this.#state !== 'leaving') this.#state = 'joining'
    if (this.#owning && !this.#revoked && this.#lapse === undefined) {
      this.#revoked = true
      await this.#hook('onRevoke', () => onRevoke?.())
    }
    const lapse = this.#lapse
    if (lapse === undefined) return
    this.#lapse = undefined
    this.#heartbeat?.stop()
    this.#generation = -1
    if (this.#owning) {
      this.#owning = false
      await this.#hook('onLost', () => onLost?.(lapse))
    }
  }

  async #joinOnce(): Promise<void> {
    const joined = await this.#joinGroup().finally(() => {
      this.#isJoining = false
    })
    // it lapsed meanwhile: the owner has to know before it is given anything
    if (this.#lapse !== undefined) return
    this.#generation = joined.generationId
    this.#isLeader = joined.leader === joined.memberId
    if (!this.#owning) this.#firstGeneration = joined.generationId
    this.#heartbeat?.stop()
    this.#heartbeat = this.#startHeartbeat()
    const protocolName = joined.protocolName ?? ''
    const assignments = this.#isLeader && !joined.skipAssignment ? await this.#assign(joined, protocolName) : new Map<string, Buffer>()
    const sentAt = this.#options.lease?.instant()
    const { assignment } = await this.#requests.sync(this.groupMetadata, protocolName, assignments)
    if (sentAt !== undefined) this.#options.lease?.renew(sentAt, this.#options.sessionTimeoutMs)
    if (this.#stopping.signal.aborted) return
    this.#owning = true
    this.#revoked = false
    const { generation } = this
    await this.#hook('onAssignment', () => this.#options.onAssignment(assignment, generation, protocolName))
    if (this.#stopping.signal.aborted) return
    this.#state = 'stable'
    this.#firstAssignment.resolve()
  }

  /** Heartbeats of the old generation go on meanwhile: its owner may be at work, and wants to know that it still may. */
  async #joinGroup(): Promise<Joined> {
    this.#isJoining = true
    const reason = this.#rejoin.lower() ?? 'the member starts'
    let joined = await this.#requests.join(this.#memberId, reason).catch((error: unknown) => this.#joinRefused(error, reason))
    this.#memberId = joined.memberId
    if (joined.errorCode === errorCodes.MEMBER_ID_REQUIRED) {
      joined = await this.#requests.join(this.#memberId, reason)
      this.#memberId = joined.memberId
    }
    return joined
  }

  /** The members have no protocol in common: the owner may have another to offer. */
  async #joinRefused(error: unknown, reason: string): Promise<Joined> {
    const { onProtocolRefused } = this.#options
    const isRefused = error instanceof ClientError && error.kafkaName === 'INCONSISTENT_GROUP_PROTOCOL'
    if (!isRefused || onProtocolRefused === undefined) throw error
    let hasAnother = false
    await this.#hook('onProtocolRefused', async () => void (hasAnother = await onProtocolRefused()))
    if (!hasAnother) throw error
    return this.#requests.join(this.#memberId, reason)
  }

  async #assign(joined: Joined, protocolName: string): Promise<ReadonlyMap<string, Buffer>> {
    try {
      return await this.#options.assign(joined.memberId, protocolName, joined.members)
    } catch (error) {
      throw new KafkaResponseError(`assigning partitions of group ${this.#options.groupId} failed: ${(error as Error).message}`, {
        cause: error,
        retriable: true,
      })
    }
  }

  #startHeartbeat(): Heartbeat {
    const group = this.groupMetadata
    const { heartbeatIntervalMs, lease } = this.#options
    return new Heartbeat({
      intervalMs: heartbeatIntervalMs,
      retryMs: this.#cluster.options.retryBackoffMs,
      beat: () => this.#beat(group),
      // one that was under way while the process was stopped proves nothing
      isUrgent: () => lease?.isOpen === false,
      onError: (error) => {
        // what becomes of the member is in the answer to its request to join
        if (this.#isJoining) return
        if (error instanceof RebalanceInProgressError) this.#rejoin.raise('the group rebalances')
        else if (!error.retriable) this.#noteError(error)
      },
    })
  }

  /** One heartbeat. Also the answer that the group rebalances says that the member is alive. */
  async #beat(group: GroupMetadata): Promise<void> {
    const { lease, sessionTimeoutMs } = this.#options
    const sentAt = lease?.instant()
    const renew = (): void => {
      if (sentAt !== undefined && this.#generation === group.generationId) lease?.renew(sentAt, sessionTimeoutMs)
    }
    try {
      await this.#requests.heartbeat(group)
      renew()
    } catch (error) {
      if (error instanceof RebalanceInProgressError) renew()
      throw error
    }
  }

  /** Draws the conclusions from an answer of the coordinator; the loop acts on them. */
  #noteError(error: ClientError): void {
    if (LOST.includes(error.kafkaName)) {
      this.#lapse = error
      this.#generation = -1
      this.#options.lease?.end()
      if (error.kafkaName === 'UNKNOWN_MEMBER_ID') this.#memberId = ''
      this.#heartbeat?.stop()
    } else if (!error.retriable) {
      this.#fatal ??= error
      this.#options.lease?.end()
      this.#heartbeat?.stop()
    } else {
      return
    }
    this.#rejoin.raise(error.kafkaName ?? error.message)
  }

  async #fail(error: ClientError): Promise<void> {
    this.#heartbeat?.stop()
    this.#generation = -1
    this.#state = 'failed'
    this.#firstAssignment.reject(error)
    if (this.#owning) {
      this.#owning = false
      await this.#hook('onLost', () => this.#options.onLost?.(error)).catch(() => {})
    }
    await this.#hook('onError', () => this.#options.onError?.(error)).catch((thrown: ClientError) => {
      this.#cluster.options.logger.error({ error: thrown.message }, 'a hook failed')
    })
  }

  async #hook(name: string, call: () => void | Promise<void>): Promise<void> {
    try {
      await call()
    } catch (error) {
      throw new ClientError('MILLRACE_CLIENT_HOOK_FAILED', `${name} of group ${this.#options.groupId} failed: ${(error as Error).message}`, {
        cause: error,
      })
    }
  }

  async #sayGoodbye(reason: string): Promise<void> {
    try {
      await this.#requests.leave(this.groupMetadata, reason)
    } catch (error) {
      this.#cluster.options.logger.info({ error: (error as Error).message }, 'the coordinator did not hear that the member leaves')
    }
  }

  #commitFailed(cause?: ClientError): CommitFailedError {
    return new CommitFailedError(
      `offsets of group ${this.#options.groupId} were not committed: the group went on without member '${this.#memberId}'; processing was slower than the session or rebalance time-out, or the member left`,
      { cause, kafkaName: cause?.kafkaName },
    )
  }
}
