import type { ClientLoad } from './task-balance.ts'
import { compareTaskIds } from './task-ids.ts'

/**
 * Gives each stateful task `replicas` standbys on clients that do not have the task: clients whose `tags` nobody else with the
 * task has come first, then those that already hold its state, then the least loaded. What `loads` have counts. With too few
 * clients a task gets as many as there are; answers those tasks.
 */
export const giveOutStandbys = (
  statefulTasks: readonly string[],
  loads: readonly ClientLoad[],
  replicas: number,
  tags: readonly string[] = [],
): readonly string[] => {
  const short: string[] = []
  for (const task of [...statefulTasks].sort(compareTaskIds)) {
    for (let have = loads.filter(({ standby }) => standby.has(task)).length; have < replicas; have++) {
      const owners = loads.filter((load) => hasTask(load, task))
      const chosen = loads.filter((load) => !hasTask(load, task)).sort((a, b) =>
        sharedTags(a, owners, tags) - sharedTags(b, owners, tags) ||
        Number(heldState(b, task)) - Number(heldState(a, task)) ||
        loadOf(a) - loadOf(b) ||
        (a.client.id < b.client.id ? -1 : 1))[0]
      if (chosen === undefined) {
        short.push(task)
        break
      }
      chosen.standby.add(task)
    }
  }
  return short
}

const hasTask = ({ active, standby }: ClientLoad, task: string): boolean => active.has(task) || standby.has(task)

/** In how many of these tags a client would share the fate of another one with the task. */
const sharedTags = ({ client }: ClientLoad, owners: readonly ClientLoad[], tags: readonly string[]): number =>
  tags.filter((tag) => owners.some((owner) => owner.client.tags[tag] === client.tags[tag])).length

const heldState = ({ client }: ClientLoad, task: string): boolean =>
  client.previousState.has(task) || client.previousActive.has(task)

const loadOf = ({ client, active, standby }: ClientLoad): number => (active.size + standby.size) / client.capacity
