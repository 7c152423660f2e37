import type { JsonValue } from '../../storage/journal.ts'
import { ConsumerGroup } from './consumer-group.ts'
import type { ConsumerGroupHooks } from './consumer-group.ts'
import type { ConsumerMember } from './consumer-member.ts'
import type { MemberState } from './reconciliation.ts'
import { fromLists, toLists } from './topic-partitions.ts'
import type { PartitionEpochs, TopicPartitionList } from './topic-partitions.ts'

export type StoredEpochs = readonly (readonly [topicId: string, partitions: readonly (readonly [partition: number, epoch: number])[]])[]

interface StoredMember {
  readonly id: string
  readonly instanceId?: string
  readonly rackId?: string
  readonly clientId: string
  readonly clientHost: string
  readonly rebalanceTimeoutMs: number
  readonly serverAssignor?: string
  readonly topicNames: readonly string[]
  readonly topicRegex: string
  readonly epoch: number
  readonly previousEpoch: number
  readonly state: MemberState
  readonly assigned: StoredEpochs
  readonly revoking: StoredEpochs
  readonly target: readonly TopicPartitionList[]
  readonly classic?: { readonly sessionTimeoutMs: number; readonly protocols: readonly (readonly [name: string, metadata: string])[] }
}

interface StoredConsumerGroup {
  readonly type: 'consumer'
  readonly epoch: number
  readonly assignmentEpoch: number
  readonly members: readonly StoredMember[]
}

export const storeEpochs = (partitions: PartitionEpochs): StoredEpochs => [...partitions].map(([topicId, of]) => [topicId, [...of]])
export const restoreEpochs = (stored: StoredEpochs): PartitionEpochs => new Map(stored.map(([topicId, of]) => [topicId, new Map(of)]))

/** Whether what the journal keeps under a group's key is a consumer group. */
export const isConsumerGroup = (value: JsonValue): boolean => (value as { readonly type?: string }).type === 'consumer'

/** A group as the journal keeps it; bytes as base64. */
export const storeConsumerGroup = (group: ConsumerGroup): JsonValue => {
  const members = [...group.members.values()].map(({ holding, classic, ...member }): StoredMember => ({
    ...definedOf(member),
    epoch: holding.epoch,
    previousEpoch: holding.previousEpoch,
    state: holding.state,
    assigned: storeEpochs(holding.assigned),
    revoking: storeEpochs(holding.revoking),
    target: toLists(group.target.get(member.id) ?? new Map()),
    ...(classic === undefined
      ? {}
      : { classic: { sessionTimeoutMs: classic.sessionTimeoutMs, protocols: classic.protocols.map(({ name, metadata }) => [name, metadata.toString('base64')] as const) } }),
  }))
  const stored: StoredConsumerGroup = { type: 'consumer', epoch: group.epoch, assignmentEpoch: group.assignmentEpoch, members }
  return stored as unknown as JsonValue
}

const definedOf = ({ instanceId, rackId, serverAssignor, ...member }: Omit<ConsumerMember, 'holding' | 'classic'>) => ({
  ...member,
  ...(instanceId === undefined ? {} : { instanceId }),
  ...(rackId === undefined ? {} : { rackId }),
  ...(serverAssignor === undefined ? {} : { serverAssignor }),
})

/** The group as it was: its members go on with their epochs, or run into their session time-out. */
export const restoreConsumerGroup = (id: string, value: JsonValue, hooks: ConsumerGroupHooks): ConsumerGroup => {
  const stored = value as unknown as StoredConsumerGroup
  const group = new ConsumerGroup(id, hooks)
  group.epoch = stored.epoch
  group.assignmentEpoch = stored.assignmentEpoch
  const members = stored.members.map(({ epoch, previousEpoch, state, assigned, revoking, target, classic, ...member }): ConsumerMember => {
    group.target.set(member.id, fromLists(target))
    return {
      ...member,
      instanceId: member.instanceId,
      rackId: member.rackId,
      serverAssignor: member.serverAssignor,
      holding: { epoch, previousEpoch, state, assigned: restoreEpochs(assigned), revoking: restoreEpochs(revoking) },
      classic: classic && {
        sessionTimeoutMs: classic.sessionTimeoutMs,
        protocols: classic.protocols.map(([name, metadata]) => ({ name, metadata: Buffer.from(metadata, 'base64') })),
      },
    }
  })
  group.takeOver(members)
  return group
}
