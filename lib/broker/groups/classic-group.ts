import { randomUUID } from 'node:crypto'
import { errorCodes } from '../../protocol/error-table.ts'
import { NO_BYTES, hasSameProtocols, joinError, metadataFor, syncError } from './member.ts'
import type { JoinAnswer, Member, MemberProtocol, SyncAnswer } from './member.ts'
import { chooseProtocol, hasProtocolInCommon } from './protocol-choice.ts'

export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable' | 'Dead'

export interface JoinRequest {
  readonly memberId: string
  readonly groupInstanceId: string | undefined
  readonly clientId: string
  readonly clientHost: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly protocolType: string
  readonly protocols: readonly MemberProtocol[]
  /** The client knows MEMBER_ID_REQUIRED: it is given an id first and joins with it. */
  readonly requiresKnownMemberId: boolean
  /** The client knows that a leader that came back need not assign again. */
  readonly canSkipAssignment: boolean
}

export interface SyncRequest {
  readonly memberId: string
  readonly groupInstanceId: string | undefined
  readonly generationId: number
  readonly protocolType: string | undefined
  readonly protocolName: string | undefined
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Buffer }[]
}

export interface GroupHooks {
  /** How long the first members of an empty group wait for others (ms). */
  readonly initialRebalanceDelayMs: number
  readonly maxSize: number
  /** Called when generation, members or assignment changed for good. */
  changed(group: ClassicGroup): void
}

/** A group of the classic protocol: its members agree on a generation, and the leader among them on who reads what. */
export class ClassicGroup {
  readonly id: string
  readonly members = new Map<string, Member>()
  state: GroupState = 'Empty'
  generationId = 0
  protocolType: string | undefined
  protocolName: string | undefined
  leaderId: string | undefined
  readonly #hooks: GroupHooks
  readonly #staticIds = new Map<string, string>()
  /** Ids given out by MEMBER_ID_REQUIRED and not joined with yet. */
  readonly #pending = new Map<string, NodeJS.Timeout>()
  /** Members of this generation that have not asked for their assignment yet. */
  #unsynced = new Set<string>()
  #rebalanceTimer: NodeJS.Timeout | undefined
  #initialDelayUntil: number | undefined

  constructor(id: string, hooks: GroupHooks) {
    this.id = id
    this.#hooks = hooks
  }

  join(request: JoinRequest): JoinAnswer | Promise<JoinAnswer> {
    const { memberId, groupInstanceId, protocols } = request
    if (this.#clashes(request)) return joinError(memberId, errorCodes.INCONSISTENT_GROUP_PROTOCOL)
    if (memberId === '') return groupInstanceId === undefined ? this.#joinUnknown(request) : this.#joinStatic(request, groupInstanceId)
    const pending = this.#pending.get(memberId)
    if (pending !== undefined) {
      if (groupInstanceId !== undefined) return joinError(memberId, errorCodes.UNKNOWN_MEMBER_ID)
      clearTimeout(pending)
      this.#pending.delete(memberId)
      return this.#add(memberId, request)
    }
    const error = this.#memberError(memberId, groupInstanceId)
    if (error !== errorCodes.NONE) return joinError(memberId, error)
    const member = this.members.get(memberId)!
    const unchanged = hasSameProtocols(member, protocols)
    const leads = this.leaderId === memberId
    if (unchanged && (this.state === 'CompletingRebalance' || (this.state === 'Stable' && !leads))) {
      this.#restartSession(member)
      return this.#currentGeneration(member, leads ? this.#membersForLeader() : [])
    }
    return this.#rejoin(member, request)
  }

  #clashes(request: JoinRequest): boolean {
    if (request.protocolType === '' || request.protocols.length === 0) return true
    if (this.members.size === 0) return false
    if (request.protocolType !== this.protocolType) return true
    return !hasProtocolInCommon([...this.members.values()].filter((member) => member.id !== request.memberId), request.protocols)
  }

  #joinUnknown(request: JoinRequest): JoinAnswer | Promise<JoinAnswer> {
    const memberId = `${request.clientId}-${randomUUID()}`
    if (this.#isFull()) return joinError('', errorCodes.GROUP_MAX_SIZE_REACHED)
    if (!request.requiresKnownMemberId) return this.#add(memberId, request)
    const forget = (): void => {
      this.#pending.delete(memberId)
      this.#completeJoinIfReady()
    }
    this.#pending.set(memberId, setTimeout(forget, request.sessionTimeoutMs).unref())
    return joinError(memberId, errorCodes.MEMBER_ID_REQUIRED)
  }

  #isFull(): boolean {
    return this.members.size + this.#pending.size >= this.#hooks.maxSize
  }

  /** A static member comes (back) without an id: it takes the place of its predecessor, mostly without a rebalance. */
  #joinStatic(request: JoinRequest, instanceId: string): JoinAnswer | Promise<JoinAnswer> {
    const newId = `${instanceId}-${randomUUID()}`
    const oldId = this.#staticIds.get(instanceId)
    const old = oldId === undefined ? undefined : this.members.get(oldId)
    if (old === undefined) return this.#isFull() ? joinError('', errorCodes.GROUP_MAX_SIZE_REACHED) : this.#add(newId, request)
    old.join?.(joinError(old.id, errorCodes.FENCED_INSTANCE_ID))
    old.sync?.(syncError(errorCodes.FENCED_INSTANCE_ID))
    clearTimeout(old.sessionTimer)
    const member: Member = { ...old, id: newId, clientId: request.clientId, clientHost: request.clientHost, join: undefined, sync: undefined, sessionTimer: undefined }
    this.#replace(old.id, member)
    const led = this.leaderId === old.id
    if (led) this.leaderId = newId
    const before = this.protocolName
    member.protocols = request.protocols
    member.sessionTimeoutMs = request.sessionTimeoutMs
    member.rebalanceTimeoutMs = request.rebalanceTimeoutMs
    if (this.state !== 'Stable' || chooseProtocol([...this.members.values()]) !== before) return this.#rejoin(member, request)
    this.#restartSession(member)
    this.#hooks.changed(this)
    if (!led) return this.#currentGeneration(member, [])
    // Clients that cannot skip are told that the old id leads, so that they only ask for their assignment.
    return request.canSkipAssignment
      ? { ...this.#currentGeneration(member, this.#membersForLeader()), skipAssignment: true }
      : { ...this.#currentGeneration(member, []), leader: old.id }
  }

  /** Keeps the place in the order of members, which the order of joining is. */
  #replace(oldId: string, member: Member): void {
    const all = [...this.members.values()]
    this.members.clear()
    for (const other of all) {
      if (other.id === oldId) this.members.set(member.id, member)
      else this.members.set(other.id, other)
    }
    if (member.instanceId !== undefined) this.#staticIds.set(member.instanceId, member.id)
  }

  #add(memberId: string, request: JoinRequest): Promise<JoinAnswer> {
    const member: Member = {
      id: memberId,
      instanceId: request.groupInstanceId,
      clientId: request.clientId,
      clientHost: request.clientHost,
      sessionTimeoutMs: request.sessionTimeoutMs,
      rebalanceTimeoutMs: request.rebalanceTimeoutMs,
      protocols: request.protocols,
      assignment: NO_BYTES,
      join: undefined,
      sync: undefined,
      sessionTimer: undefined,
    }
    const first = this.state === 'Empty'
    if (this.members.size === 0) this.protocolType = request.protocolType
    this.members.set(memberId, member)
    if (member.instanceId !== undefined) this.#staticIds.set(member.instanceId, memberId)
    this.leaderId ??= memberId
    if (first && this.#hooks.initialRebalanceDelayMs > 0) this.#initialDelayUntil = Date.now() + request.rebalanceTimeoutMs
    return this.#awaitJoin(member)
  }

  #rejoin(member: Member, request: JoinRequest): Promise<JoinAnswer> {
    member.protocols = request.protocols
    member.sessionTimeoutMs = request.sessionTimeoutMs
    member.rebalanceTimeoutMs = request.rebalanceTimeoutMs
    return this.#awaitJoin(member)
  }

  #awaitJoin(member: Member): Promise<JoinAnswer> {
    clearTimeout(member.sessionTimer)
    return new Promise((resolve) => {
      member.join?.(joinError(member.id, errorCodes.REBALANCE_IN_PROGRESS))
      member.join = resolve
      if (this.state !== 'PreparingRebalance') this.#prepareRebalance()
      else if (this.#initialDelayUntil === undefined) this.#completeJoinIfReady()
      else this.#extendInitialDelay()
    })
  }

  #currentGeneration(member: Member, members: JoinAnswer['members']): JoinAnswer {
    return {
      errorCode: errorCodes.NONE,
      memberId: member.id,
      generationId: this.generationId,
      protocolType: this.protocolType,
      protocolName: this.protocolName,
      leader: this.leaderId ?? '',
      skipAssignment: false,
      members,
    }
  }

  #membersForLeader(): JoinAnswer['members'] {
    return [...this.members.values()].map((member) => ({ memberId: member.id, groupInstanceId: member.instanceId, metadata: metadataFor(member, this.protocolName) }))
  }

  /** Tells all members to join again. */
  rebalance(): void {
    this.#prepareRebalance()
  }

  #prepareRebalance(): void {
    for (const member of this.members.values()) {
      member.sync?.(syncError(errorCodes.REBALANCE_IN_PROGRESS))
      if (member.sync !== undefined) this.#restartSession(member)
      member.sync = undefined
    }
    this.state = 'PreparingRebalance'
    if (this.#initialDelayUntil !== undefined) this.#extendInitialDelay()
    else this.#completeJoinIfReady()
    if (this.state === 'PreparingRebalance' && this.#initialDelayUntil === undefined) {
      this.#setRebalanceTimer(this.#rebalanceTimeoutMs(), () => this.#completeJoin())
    }
  }

  /** Members that come while an empty group waits for more make it wait again, up to their rebalance time-out. */
  #extendInitialDelay(): void {
    const wait = Math.min(this.#hooks.initialRebalanceDelayMs, this.#initialDelayUntil! - Date.now())
    this.#setRebalanceTimer(Math.max(0, wait), () => {
      this.#initialDelayUntil = undefined
      this.#completeJoin()
    })
  }

  #rebalanceTimeoutMs(): number {
    let longest = 0
    for (const member of this.members.values()) longest = Math.max(longest, member.rebalanceTimeoutMs)
    return longest
  }

  #setRebalanceTimer(ms: number, then: () => void): void {
    clearTimeout(this.#rebalanceTimer)
    this.#rebalanceTimer = setTimeout(then, ms).unref()
  }

  #completeJoinIfReady(): void {
    if (this.state !== 'PreparingRebalance' || this.#initialDelayUntil !== undefined || this.#pending.size > 0) return
    for (const member of this.members.values()) if (member.join === undefined) return
    this.#completeJoin()
  }

  /** All are there, or the time is up: who is not is out, except static members, who are until their session ends. */
  #completeJoin(): void {
    clearTimeout(this.#rebalanceTimer)
    for (const member of [...this.members.values()]) if (member.join === undefined && member.instanceId === undefined) this.#forget(member)
    this.generationId++
    if (this.members.size === 0) {
      this.#becomeEmpty()
      return
    }
    if (this.members.get(this.leaderId ?? '')?.join === undefined) {
      const joined = [...this.members.values()].find((member) => member.join !== undefined)
      if (joined === undefined) {
        this.#setRebalanceTimer(this.#rebalanceTimeoutMs(), () => this.#completeJoin())
        return
      }
      this.leaderId = joined.id
    }
    this.protocolName = chooseProtocol([...this.members.values()])
    this.state = 'CompletingRebalance'
    this.#unsynced = new Set(this.members.keys())
    this.#setRebalanceTimer(this.#rebalanceTimeoutMs(), () => this.#expireUnsynced())
    for (const member of this.members.values()) {
      const { join } = member
      member.join = undefined
      if (join === undefined) continue
      this.#restartSession(member)
      join(this.#currentGeneration(member, member.id === this.leaderId ? this.#membersForLeader() : []))
    }
  }

  #becomeEmpty(): void {
    clearTimeout(this.#rebalanceTimer)
    this.state = 'Empty'
    this.protocolName = undefined
    this.leaderId = undefined
    this.#hooks.changed(this)
  }

  #expireUnsynced(): void {
    const late = [...this.#unsynced].flatMap((id) => this.members.get(id) ?? [])
    if (late.length === 0) return
    for (const member of late) this.#forget(member)
    this.#afterRemoval()
  }

  sync(request: SyncRequest): SyncAnswer | Promise<SyncAnswer> {
    const error = this.#memberError(request.memberId, request.groupInstanceId)
    if (error !== errorCodes.NONE) return syncError(error)
    if (request.generationId !== this.generationId) return syncError(errorCodes.ILLEGAL_GENERATION)
    const otherType = request.protocolType !== undefined && request.protocolType !== this.protocolType
    const otherName = request.protocolName !== undefined && request.protocolName !== this.protocolName
    if (otherType || otherName) return syncError(errorCodes.INCONSISTENT_GROUP_PROTOCOL)
    if (this.state === 'PreparingRebalance') return syncError(errorCodes.REBALANCE_IN_PROGRESS)
    const member = this.members.get(request.memberId)!
    this.#unsynced.delete(member.id)
    this.#restartSession(member)
    if (this.state === 'Stable') return this.#assignmentOf(member)
    return new Promise((resolve) => {
      clearTimeout(member.sessionTimer)
      member.sync?.(syncError(errorCodes.REBALANCE_IN_PROGRESS))
      member.sync = resolve
      if (member.id === this.leaderId) this.#assign(request.assignments)
    })
  }

  #assign(assignments: SyncRequest['assignments']): void {
    const given = new Map(assignments.map(({ memberId, assignment }) => [memberId, Buffer.from(assignment)]))
    this.state = 'Stable'
    for (const member of this.members.values()) member.assignment = given.get(member.id) ?? NO_BYTES
    this.#hooks.changed(this)
    for (const member of this.members.values()) {
      const { sync } = member
      member.sync = undefined
      if (sync === undefined) continue
      this.#restartSession(member)
      sync(this.#assignmentOf(member))
    }
  }

  #assignmentOf(member: Member): SyncAnswer {
    return { errorCode: errorCodes.NONE, protocolType: this.protocolType, protocolName: this.protocolName, assignment: member.assignment }
  }

  heartbeat(memberId: string, groupInstanceId: string | undefined, generationId: number): number {
    const error = this.#memberError(memberId, groupInstanceId)
    if (error !== errorCodes.NONE) return error
    if (generationId !== this.generationId) return errorCodes.ILLEGAL_GENERATION
    const member = this.members.get(memberId)!
    if (member.join === undefined && member.sync === undefined) this.#restartSession(member)
    return this.state === 'PreparingRebalance' ? errorCodes.REBALANCE_IN_PROGRESS : errorCodes.NONE
  }

  /** Removes a member, found by its instance id when it has one. */
  leave(memberId: string, groupInstanceId: string | undefined): number {
    const pending = this.#pending.get(memberId)
    if (pending !== undefined && groupInstanceId === undefined) {
      clearTimeout(pending)
      this.#pending.delete(memberId)
      this.#completeJoinIfReady()
      return errorCodes.NONE
    }
    // Admins remove static members by instance id alone.
    const id = memberId === '' && groupInstanceId !== undefined ? (this.#staticIds.get(groupInstanceId) ?? '') : memberId
    const error = this.#memberError(id, groupInstanceId)
    if (error !== errorCodes.NONE) return error
    this.#forget(this.members.get(id)!)
    this.#afterRemoval()
    return errorCodes.NONE
  }

  /** 0 when there is such a member and, if it is static, nobody has taken its place. */
  #memberError(memberId: string, groupInstanceId: string | undefined): number {
    if (groupInstanceId !== undefined) {
      const current = this.#staticIds.get(groupInstanceId)
      if (current === undefined) return errorCodes.UNKNOWN_MEMBER_ID
      if (current !== memberId) return errorCodes.FENCED_INSTANCE_ID
    }
    return this.members.has(memberId) ? errorCodes.NONE : errorCodes.UNKNOWN_MEMBER_ID
  }

  /** Whether a member may commit offsets now; anyone may while the group has no members. */
  commitError(memberId: string, groupInstanceId: string | undefined, generationId: number): number {
    if (generationId < 0 && this.state === 'Empty') return errorCodes.NONE
    if (memberId === '' && groupInstanceId === undefined && generationId < 0) return errorCodes.UNKNOWN_MEMBER_ID
    const error = this.#memberError(memberId, groupInstanceId)
    if (error !== errorCodes.NONE) return error
    if (generationId !== this.generationId) return errorCodes.ILLEGAL_GENERATION
    if (this.state === 'CompletingRebalance') return errorCodes.REBALANCE_IN_PROGRESS
    const member = this.members.get(memberId)!
    if (member.join === undefined) this.#restartSession(member)
    return errorCodes.NONE
  }

  /** Whether this member may commit in a transaction now; older clients do not say who they are. */
  transactionalCommitError(memberId: string, groupInstanceId: string | undefined, generationId: number): number {
    if (generationId < 0 && (this.state === 'Empty' || (memberId === '' && groupInstanceId === undefined))) return errorCodes.NONE
    const error = this.#memberError(memberId, groupInstanceId)
    if (error !== errorCodes.NONE) return error
    return generationId === this.generationId ? errorCodes.NONE : errorCodes.ILLEGAL_GENERATION
  }

  #restartSession(member: Member): void {
    if (member.sessionTimer !== undefined) clearTimeout(member.sessionTimer)
    member.sessionTimer = setTimeout(() => {
      this.#forget(member)
      this.#afterRemoval()
    }, member.sessionTimeoutMs).unref()
  }

  #forget(member: Member): void {
    clearTimeout(member.sessionTimer)
    this.members.delete(member.id)
    if (member.instanceId !== undefined && this.#staticIds.get(member.instanceId) === member.id) this.#staticIds.delete(member.instanceId)
    if (this.leaderId === member.id) this.leaderId = this.members.keys().next().value
    member.join?.(joinError(member.id, errorCodes.UNKNOWN_MEMBER_ID))
    member.sync?.(syncError(errorCodes.UNKNOWN_MEMBER_ID))
  }

  #afterRemoval(): void {
    if (this.state === 'PreparingRebalance') {
      this.#completeJoinIfReady()
    } else if (this.members.size === 0) {
      this.generationId++
      this.#becomeEmpty()
    } else {
      this.#prepareRebalance()
    }
  }

  /** Takes over a member that was there when the broker stopped; its session begins anew. */
  restoreMember(member: Member): void {
    this.members.set(member.id, member)
    if (member.instanceId !== undefined) this.#staticIds.set(member.instanceId, member.id)
    this.#restartSession(member)
  }

  /** Ends all timers; the group is not used any more. */
  close(): void {
    this.state = 'Dead'
    clearTimeout(this.#rebalanceTimer)
    for (const timer of this.#pending.values()) clearTimeout(timer)
    for (const member of this.members.values()) clearTimeout(member.sessionTimer)
  }
}
