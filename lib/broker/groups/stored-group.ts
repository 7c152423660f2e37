import type { JsonValue } from '../storage/journal.ts'
import { ClassicGroup } from './classic-group.ts'
import type { GroupHooks } from './classic-group.ts'

interface StoredMember {
  readonly id: string
  readonly instanceId?: string
  readonly clientId: string
  readonly clientHost: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly protocols: readonly (readonly [name: string, metadata: string])[]
  readonly assignment: string
}

interface StoredGroup {
  readonly generationId: number
  readonly protocolType?: string
  readonly protocolName?: string
  readonly leaderId?: string
  readonly members: readonly StoredMember[]
}

/** A group as the journal keeps it; bytes as base64. */
export const storeGroup = (group: ClassicGroup): JsonValue => {
  const members = [...group.members.values()].map((member): StoredMember => ({
    id: member.id,
    ...(member.instanceId === undefined ? {} : { instanceId: member.instanceId }),
    clientId: member.clientId,
    clientHost: member.clientHost,
    sessionTimeoutMs: member.sessionTimeoutMs,
    rebalanceTimeoutMs: member.rebalanceTimeoutMs,
    protocols: member.protocols.map(({ name, metadata }) => [name, metadata.toString('base64')] as const),
    assignment: member.assignment.toString('base64'),
  }))
  const stored: StoredGroup = { generationId: group.generationId, protocolType: group.protocolType, protocolName: group.protocolName, leaderId: group.leaderId, members }
  return stored as unknown as JsonValue
}

/** The group as it was: its members go on with their generation, or run into their session time-out. */
export const restoreGroup = (id: string, value: JsonValue, hooks: GroupHooks): ClassicGroup => {
  const stored = value as unknown as StoredGroup
  const group = new ClassicGroup(id, hooks)
  group.generationId = stored.generationId
  group.protocolType = stored.protocolType
  group.protocolName = stored.protocolName
  group.leaderId = stored.leaderId
  group.state = stored.members.length === 0 ? 'Empty' : 'Stable'
  for (const { instanceId, protocols, assignment, ...member } of stored.members) {
    group.restoreMember({
      ...member,
      instanceId,
      protocols: protocols.map(([name, metadata]) => ({ name, metadata: Buffer.from(metadata, 'base64') })),
      assignment: Buffer.from(assignment, 'base64'),
      join: undefined,
      sync: undefined,
      sessionTimer: undefined,
    })
  }
  return group
}
