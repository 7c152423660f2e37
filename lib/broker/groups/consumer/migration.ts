import { errorCodes } from '../../../protocol/error-table.ts'
import { decodeConsumerAssignment } from '../../../protocol/consumer-protocol.ts'
import { ClassicGroup } from '../classic-group.ts'
import type { GroupHooks } from '../classic-group.ts'
import { joinError, syncError } from '../member.ts'
import { chooseProtocol } from '../protocol-choice.ts'
import { byTopicId, classicAssignment, subscriptionOf } from './classic-members.ts'
import { ConsumerGroup } from './consumer-group.ts'
import type { ConsumerGroupHooks } from './consumer-group.ts'
import type { ConsumerMember } from './consumer-member.ts'
import { NO_PARTITIONS } from './topic-partitions.ts'
import type { TopicPartitions } from './topic-partitions.ts'

const heldBy = (assignment: Buffer, hooks: ConsumerGroupHooks): TopicPartitions | undefined => {
  try {
    return byTopicId(decodeConsumerAssignment(assignment).assignedPartitions, hooks.topics)
  } catch {
    return undefined
  }
}

/**
 * A classic group as a consumer group, its members as they are; `undefined` when they do not speak the consumers' protocol.
 * Who waits for something is told to join again.
 */
export const upgraded = (classic: ClassicGroup, hooks: ConsumerGroupHooks): ConsumerGroup | undefined => {
  if (classic.members.size > 0 && classic.protocolType !== 'consumer') return undefined
  const group = new ConsumerGroup(classic.id, hooks)
  group.epoch = classic.generationId
  group.assignmentEpoch = classic.generationId
  const members: ConsumerMember[] = []
  for (const member of classic.members.values()) {
    const subscription = subscriptionOf(member.protocols)
    const held = heldBy(member.assignment, hooks)
    if (subscription === undefined || held === undefined) return undefined
    group.target.set(member.id, held)
    const assigned = new Map([...held].map(([topicId, partitions]) => [topicId, new Map([...partitions].map((partition) => [partition, group.epoch]))]))
    members.push({
      id: member.id,
      instanceId: member.instanceId,
      rackId: subscription.rackId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      rebalanceTimeoutMs: member.rebalanceTimeoutMs,
      serverAssignor: undefined,
      topicNames: subscription.topics,
      topicRegex: '',
      holding: { epoch: group.epoch, previousEpoch: group.epoch, state: 'stable', assigned, revoking: NO_PARTITIONS },
      classic: { sessionTimeoutMs: member.sessionTimeoutMs, protocols: member.protocols },
    })
  }
  for (const member of classic.members.values()) {
    member.join?.(joinError(member.id, errorCodes.REBALANCE_IN_PROGRESS))
    member.sync?.(syncError(errorCodes.REBALANCE_IN_PROGRESS))
  }
  classic.close()
  group.takeOver(members)
  return group
}

/** A consumer group whose members all speak the classic protocol, as a classic group that begins to rebalance. */
export const downgraded = (group: ConsumerGroup, hooks: GroupHooks, topics: ConsumerGroupHooks['topics']): ClassicGroup => {
  const classic = new ClassicGroup(group.id, hooks)
  // The generation its members know, so that what they are told is to join again.
  classic.generationId = Math.max(...[...group.members.values()].map(({ holding }) => holding.epoch))
  classic.protocolType = 'consumer'
  classic.state = 'Stable'
  for (const { classic: membership, holding, id, instanceId, clientId, clientHost, rebalanceTimeoutMs } of group.members.values()) {
    classic.restoreMember({
      id,
      instanceId,
      clientId,
      clientHost,
      sessionTimeoutMs: membership!.sessionTimeoutMs,
      rebalanceTimeoutMs,
      protocols: membership!.protocols,
      assignment: classicAssignment(holding.assigned, topics),
      join: undefined,
      sync: undefined,
      sessionTimer: undefined,
    })
    classic.leaderId ??= id
  }
  classic.protocolName = chooseProtocol([...classic.members.values()])
  group.close()
  return classic
}
