import { groupByProcess } from './application-state.ts'
import type { Members } from './application-state.ts'
import type { KafkaStreamsAssignment } from './kafka-streams-assignment.ts'
import { RUNNING_TASK } from './subscription-info.ts'
import type { SubscriptionInfo } from './subscription-info.ts'
import { emptyLoads, giveOutActive } from './task-balance.ts'
import type { AssignmentClient } from './task-balance.ts'
import type { ApplicationState } from './task-assignor.ts'

/** What a member gets. */
export interface MemberTasks {
  readonly active: readonly string[]
  readonly standby: readonly string[]
  /** When it is to ask for another rebalance, ms since the epoch. */
  readonly followupRebalanceMs?: number | undefined
}

/**
 * Divides the tasks that each process was assigned among its own members, by member id: with the rules by which the default
 * assignor divides them among the processes, so that state stays with the thread that has it open.
 */
export const divideAmongMembers = (
  assignments: Iterable<KafkaStreamsAssignment>, members: Members, { allTasks }: ApplicationState,
): ReadonlyMap<string, MemberTasks> => {
  const processes = groupByProcess(members)
  const plan = new Map<string, MemberTasks>()
  for (const { processId, tasks, followupRebalanceDeadline } of assignments) {
    const given = [...tasks.values()]
    const active = given.filter(({ type }) => type === 'ACTIVE').map(({ id }) => id)
    const standby = given.filter(({ type }) => type === 'STANDBY').map(({ id }) => id)
    const threads = emptyLoads([...(processes.get(processId) ?? [])].map(([memberId, info]) => memberClient(memberId, info)))
    const isStateful = (id: string): boolean => allTasks.get(id)?.isStateful === true
    giveOutActive(active.filter(isStateful), threads)
    giveOutActive(active.filter((id) => !isStateful(id)), threads)
    for (const task of standby) {
      const holder = threads.find(({ client }) => client.previousState.has(task) || client.previousActive.has(task))
      const share = Math.ceil(standby.length / threads.length)
      const least = threads.reduce((a, b) => (b.active.size + b.standby.size < a.active.size + a.standby.size ? b : a))
      const chosen = holder !== undefined && holder.standby.size < share ? holder : least
      chosen.standby.add(task)
    }
    threads.forEach((thread, at) => plan.set(thread.client.id, {
      active: [...thread.active],
      standby: [...thread.standby],
      followupRebalanceMs: at === 0 ? followupRebalanceDeadline : undefined,
    }))
  }
  return plan
}

const memberClient = (id: string, { taskOffsetSums, ownedTasks }: SubscriptionInfo): AssignmentClient => ({
  id,
  capacity: 1,
  previousActive: new Set([...ownedTasks, ...[...taskOffsetSums].filter(([, sum]) => sum === RUNNING_TASK).map(([task]) => task)]),
  previousState: new Map([...taskOffsetSums].filter(([, sum]) => sum !== RUNNING_TASK)),
  tags: {},
  rack: undefined,
})
