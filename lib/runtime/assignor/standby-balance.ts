import type { ClientLoad } from './task-balance.ts'
import { compareTaskIds } from './task-ids.ts'

/**
 * Gives each stateful task `replicas` standbys on clients that do not have the task, preferring those that already hold
 * its state, then the least loaded. With too few clients a task gets as many as there are; answers those tasks.
 */
export const giveOutStandbys = (
  statefulTasks: readonly string[],
  loads: readonly ClientLoad[],
  replicas: number,
): readonly string[] => {
  const short: string[] = []
  for (const task of [...statefulTasks].sort(compareTaskIds)) {
    const candidates = loads
      .filter((load) => !load.active.has(task) && !load.standby.has(task))
      .sort((a, b) => Number(heldState(b, task)) - Number(heldState(a, task)) || loadOf(a) - loadOf(b) || (a.client.id < b.client.id ? -1 : 1))
    for (const load of candidates.slice(0, replicas)) load.standby.add(task)
    if (candidates.length < replicas) short.push(task)
  }
  return short
}

const heldState = ({ client }: ClientLoad, task: string): boolean =>
  client.previousState.has(task) || client.previousActive.has(task)

const loadOf = ({ client, active, standby }: ClientLoad): number => (active.size + standby.size) / client.capacity
