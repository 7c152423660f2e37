import type { ClientLoad } from './task-balance.ts'
import { compareTaskIds } from './task-ids.ts'

/**
 * Gives each stateful task `replicas` standbys on clients that do not have the task: clients whose `tags` nobody else with the
 * task has come first, then those that already hold its state and have not more than their share, then the least loaded. What
 * `loads` have counts. With too few clients a task gets as many as there are; answers those tasks.
 */
export const giveOutStandbys = (
  statefulTasks: readonly string[],
  loads: readonly ClientLoad[],
  replicas: number,
  tags: readonly string[] = [],
): readonly string[] => {
  if (replicas === 0) return []
  const short: string[] = []
  const owners = ownersOf(loads)
  const copies = Math.min(replicas, Math.max(0, loads.length - 1))
  const threads = loads.reduce((sum, { client }) => sum + client.capacity, 0)
  const total = loads.reduce((sum, { active }) => sum + active.size, 0) + statefulTasks.length * copies
  const isFull = ({ client, active, standby }: ClientLoad): boolean => active.size + standby.size >= Math.ceil((total * client.capacity) / threads)
  for (const task of [...statefulTasks].sort(compareTaskIds)) {
    const having = owners.get(task) ?? []
    for (let have = having.filter(({ standby }) => standby.has(task)).length; have < replicas; have++) {
      let chosen: ClientLoad | undefined
      for (const load of loads) if (!having.includes(load) && (chosen === undefined || compare(load, chosen, task, having, tags, isFull) < 0)) chosen = load
      if (chosen === undefined) {
        short.push(task)
        break
      }
      chosen.standby.add(task)
      having.push(chosen)
    }
  }
  return short
}

const ownersOf = (loads: readonly ClientLoad[]): Map<string, ClientLoad[]> => {
  const owners = new Map<string, ClientLoad[]>()
  const note = (task: string, load: ClientLoad): void => {
    const list = owners.get(task)
    if (list === undefined) owners.set(task, [load])
    else list.push(load)
  }
  for (const load of loads) {
    for (const task of load.active) note(task, load)
    for (const task of load.standby) note(task, load)
  }
  return owners
}

const compare = (
  a: ClientLoad, b: ClientLoad, task: string, owners: readonly ClientLoad[], tags: readonly string[], isFull: (load: ClientLoad) => boolean,
): number =>
  (tags.length === 0 ? 0 : sharedTags(a, owners, tags) - sharedTags(b, owners, tags)) ||
  Number(isFull(a)) - Number(isFull(b)) ||
  Number(heldState(b, task)) - Number(heldState(a, task)) ||
  loadOf(a) - loadOf(b) ||
  (a.client.id < b.client.id ? -1 : 1)

/** In how many of these tags a client would share the fate of another one with the task. */
const sharedTags = ({ client }: ClientLoad, owners: readonly ClientLoad[], tags: readonly string[]): number =>
  tags.filter((tag) => owners.some((owner) => owner.client.tags[tag] === client.tags[tag])).length

const heldState = ({ client }: ClientLoad, task: string): boolean =>
  client.previousState.has(task) || client.previousActive.has(task)

const loadOf = ({ client, active, standby }: ClientLoad): number => (active.size + standby.size) / client.capacity
