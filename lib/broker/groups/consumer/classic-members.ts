import { encodeConsumerAssignment, decodeConsumerSubscription } from '../../../protocol/consumer-protocol.ts'
import type { ConsumerSubscription } from '../../../protocol/index.ts'
import { errorCodes } from '../../../protocol/error-table.ts'
import type { JoinRequest, SyncRequest } from '../classic-group.ts'
import { joinError, syncError } from '../member.ts'
import type { JoinAnswer, MemberProtocol, SyncAnswer } from '../member.ts'
import type { ConsumerGroup, TopicSource } from './consumer-group.ts'
import { newMember, newMemberId } from './consumer-member.ts'
import type { ConsumerMember } from './consumer-member.ts'
import type { PartitionEpochs, TopicPartitions } from './topic-partitions.ts'

/** What a member of the classic protocol subscribes to; `undefined` when that cannot be read. */
export const subscriptionOf = (protocols: readonly MemberProtocol[]): ConsumerSubscription | undefined => {
  try {
    return protocols.length === 0 ? undefined : decodeConsumerSubscription(protocols[0]!.metadata)
  } catch {
    return undefined
  }
}

/** Partitions by topic id from partitions by topic name; topics that do not exist are left out. */
export const byTopicId = (lists: readonly { readonly topic: string; readonly partitions: readonly number[] }[], topics: TopicSource): TopicPartitions =>
  new Map(lists.flatMap(({ topic, partitions }) => {
    const id = topics.get(topic)?.id
    return id === undefined ? [] : [[id, new Set(partitions)] as const]
  }))

/** What a member holds, in the words of the classic protocol. */
export const classicAssignment = (assigned: PartitionEpochs, topics: TopicSource): Buffer =>
  encodeConsumerAssignment({
    assignedPartitions: [...assigned].flatMap(([topicId, partitions]) => {
      const topic = topics.byId(topicId)?.name
      return topic === undefined ? [] : [{ topic, partitions: [...partitions.keys()].sort((a, b) => a - b) }]
    }),
    userData: undefined,
  }, 0)

/** The members of a consumer group that speak the classic protocol, while a group moves from one to the other. */
export class ClassicMembers {
  readonly #group: ConsumerGroup
  readonly #topics: TopicSource

  constructor(group: ConsumerGroup, topics: TopicSource) {
    this.#group = group
    this.#topics = topics
  }

  join(request: JoinRequest): JoinAnswer {
    const { groupInstanceId, protocols } = request
    if (request.memberId === '' && groupInstanceId === undefined && request.requiresKnownMemberId) return joinError(newMemberId(), errorCodes.MEMBER_ID_REQUIRED)
    const subscription = request.protocolType === 'consumer' ? subscriptionOf(protocols) : undefined
    const [protocol] = this.#common(request)
    if (subscription === undefined || protocol === undefined) return joinError(request.memberId, errorCodes.INCONSISTENT_GROUP_PROTOCOL)
    const found = this.#memberFor(request)
    if ('errorCode' in found) return found
    const isNew = !this.#group.members.has(found.id)
    const before = found.topicNames
    found.instanceId = groupInstanceId
    found.clientId = request.clientId
    found.clientHost = request.clientHost
    found.rackId = subscription.rackId ?? found.rackId
    found.rebalanceTimeoutMs = request.rebalanceTimeoutMs
    found.topicNames = subscription.topics
    found.topicRegex = ''
    found.classic = { sessionTimeoutMs: request.sessionTimeoutMs, protocols }
    if (isNew) this.#group.add(found)
    const resubscribed = before.length !== found.topicNames.length || found.topicNames.some((name) => !before.includes(name))
    this.#group.rejoined(found)
    this.#group.advance(found, byTopicId(subscription.ownedPartitions, this.#topics), isNew || resubscribed)
    this.#group.classicSession(found)
    return {
      errorCode: errorCodes.NONE,
      memberId: found.id,
      generationId: found.holding.epoch,
      protocolType: 'consumer',
      protocolName: protocol,
      leader: '',
      skipAssignment: false,
      members: [],
    }
  }

  /** The assignors, of no consequence here, that all members of the classic protocol name. */
  #common({ memberId, protocols }: JoinRequest): string[] {
    const others = [...this.#group.members.values()].filter(({ id, classic }) => id !== memberId && classic !== undefined)
    return protocols.map(({ name }) => name).filter((name) => others.every(({ classic }) => classic!.protocols.some((protocol) => protocol.name === name)))
  }

  #memberFor(request: JoinRequest): ConsumerMember | JoinAnswer {
    const { memberId, groupInstanceId } = request
    const group = this.#group
    if (groupInstanceId !== undefined) {
      const holder = group.staticMember(groupInstanceId)
      if (memberId === '') return holder === undefined ? newMember(newMemberId()) : group.replaceStatic(holder, newMemberId())
      if (holder === undefined) return joinError(memberId, errorCodes.UNKNOWN_MEMBER_ID)
      return holder.id === memberId ? holder : joinError(memberId, errorCodes.FENCED_INSTANCE_ID)
    }
    const member = group.members.get(memberId)
    return member ?? newMember(memberId === '' ? newMemberId() : memberId)
  }

  /** The member that sends a request, or what is wrong with that. */
  #sender(memberId: string, groupInstanceId: string | undefined, generationId: number): ConsumerMember | number {
    if (groupInstanceId !== undefined) {
      const holder = this.#group.staticMember(groupInstanceId)
      if (holder === undefined) return errorCodes.UNKNOWN_MEMBER_ID
      if (holder.id !== memberId) return errorCodes.FENCED_INSTANCE_ID
    }
    const member = this.#group.members.get(memberId)
    if (member?.classic === undefined) return errorCodes.UNKNOWN_MEMBER_ID
    return member.holding.epoch === generationId ? member : errorCodes.ILLEGAL_GENERATION
  }

  sync({ memberId, groupInstanceId, generationId, protocolType, protocolName }: SyncRequest): SyncAnswer {
    const found = this.#sender(memberId, groupInstanceId, generationId)
    if (typeof found === 'number') return syncError(found)
    if (protocolType !== undefined && protocolType !== 'consumer') return syncError(errorCodes.INCONSISTENT_GROUP_PROTOCOL)
    this.#group.classicSession(found)
    if (this.#group.epoch > found.holding.epoch && found.holding.state !== 'unrevoked') {
      this.#group.expectRejoin(found)
      return syncError(errorCodes.REBALANCE_IN_PROGRESS)
    }
    return { errorCode: errorCodes.NONE, protocolType: 'consumer', protocolName, assignment: classicAssignment(found.holding.assigned, this.#topics) }
  }

  heartbeat(memberId: string, groupInstanceId: string | undefined, generationId: number): number {
    const found = this.#sender(memberId, groupInstanceId, generationId)
    if (typeof found === 'number') return found
    this.#group.classicSession(found)
    if (!this.#group.hasStepFor(found)) return errorCodes.NONE
    this.#group.expectRejoin(found)
    return errorCodes.REBALANCE_IN_PROGRESS
  }
}

/** Removes a member of either protocol, found by its instance id when it has one. */
export const leaveConsumerGroup = (group: ConsumerGroup, memberId: string, groupInstanceId: string | undefined): number => {
  const member = groupInstanceId === undefined ? group.members.get(memberId) : group.staticMember(groupInstanceId)
  if (member === undefined) return errorCodes.UNKNOWN_MEMBER_ID
  if (memberId !== '' && member.id !== memberId) return errorCodes.FENCED_INSTANCE_ID
  group.remove([member])
  return errorCodes.NONE
}
