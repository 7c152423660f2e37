import { restoreEpochs, storeEpochs } from '../consumer/stored-consumer-group.ts'
import type { StoredEpochs } from '../consumer/stored-consumer-group.ts'
import type { MemberState } from '../consumer/reconciliation.ts'
import type { JsonValue } from '../../storage/journal.ts'
import { StreamsGroup } from './streams-group.ts'
import type { StreamsGroupHooks } from './streams-group.ts'
import { idsOfTasks, joined, separated, tasksFromIds } from './streams-member.ts'
import type { StreamsMember, TaskIds } from './streams-member.ts'
import type { StreamsTopology } from './streams-topology.ts'
import { NO_TASKS } from './task-assignor.ts'

type StoredMember = Omit<StreamsMember, 'holding'> & {
  readonly epoch: number
  readonly previousEpoch: number
  readonly state: MemberState
  readonly assigned: StoredEpochs
  readonly revoking: StoredEpochs
  readonly target: readonly TaskIds[]
}

interface StoredStreamsGroup {
  readonly type: 'streams'
  readonly epoch: number
  readonly assignmentEpoch: number
  readonly topology?: StreamsTopology
  readonly members: readonly StoredMember[]
}

/** Whether what the journal keeps under a group's key is a streams group. */
export const isStreamsGroup = (value: JsonValue): boolean => (value as { readonly type?: string }).type === 'streams'

export const storeStreamsGroup = (group: StreamsGroup): JsonValue => {
  const members = [...group.members.values()].map(({ holding, ...member }): StoredMember => ({
    ...member,
    epoch: holding.epoch,
    previousEpoch: holding.previousEpoch,
    state: holding.state,
    assigned: storeEpochs(holding.assigned),
    revoking: storeEpochs(holding.revoking),
    target: idsOfTasks(joined(group.target.get(member.id) ?? NO_TASKS)),
  }))
  const stored: StoredStreamsGroup = {
    type: 'streams', epoch: group.epoch, assignmentEpoch: group.assignmentEpoch, members, ...(group.topology === undefined ? {} : { topology: group.topology }),
  }
  return stored as unknown as JsonValue
}

/** The group as it was: its members go on with their epochs, or run into their session time-out. */
export const restoreStreamsGroup = (id: string, value: JsonValue, hooks: StreamsGroupHooks): StreamsGroup => {
  const stored = value as unknown as StoredStreamsGroup
  const group = new StreamsGroup(id, hooks)
  group.epoch = stored.epoch
  group.assignmentEpoch = stored.assignmentEpoch
  group.topology = stored.topology
  const members = stored.members.map(({ epoch, previousEpoch, state, assigned, revoking, target, ...member }): StreamsMember => {
    group.target.set(member.id, separated(tasksFromIds(target)))
    return {
      ...member,
      rackId: member.rackId,
      userEndpoint: member.userEndpoint,
      holding: { epoch, previousEpoch, state, assigned: restoreEpochs(assigned), revoking: restoreEpochs(revoking) },
    }
  })
  group.takeOver(members)
  return group
}
