import type { MemberTasks } from './plan-assignment.ts'
import type { SubscriptionInfo } from './subscription-info.ts'

/** Asks for the next rebalance as soon as this one is over. */
export const AT_ONCE = 0

/** Who has which active tasks, by what the members say. */
const ownersOf = (infos: ReadonlyMap<string, SubscriptionInfo>): Map<string, readonly string[]> => {
  const owners = new Map<string, readonly string[]>()
  for (const [memberId, { ownedTasks }] of infos) for (const id of ownedTasks) owners.set(id, [...(owners.get(id) ?? []), memberId])
  return owners
}

/**
 * What of a plan can be had now, when members go on with the tasks that they own (KIP-429): a task that another member still has
 * is given to nobody. Its owner learns so that it is to give it up, and the next rebalance, for which all ask at once, gives it to
 * the one that the plan means; in another process that one gets a task with state as a standby until then.
 */
export const withoutOwnedByOthers = (
  plan: ReadonlyMap<string, MemberTasks>, infos: ReadonlyMap<string, SubscriptionInfo>, isStateful: (id: string) => boolean,
): ReadonlyMap<string, MemberTasks> => {
  const owners = ownersOf(infos)
  const isElsewhere = (id: string, memberId: string): boolean => owners.get(id)?.some((owner) => owner !== memberId) === true
  const processOf = (memberId: string): string | undefined => infos.get(memberId)?.processId
  const waitsInside = (id: string, memberId: string): boolean => owners.get(id)?.some((owner) => processOf(owner) === processOf(memberId)) === true
  let isComplete = true
  const now = new Map<string, MemberTasks>()
  for (const [memberId, tasks] of plan) {
    const held = tasks.active.filter((id) => isElsewhere(id, memberId))
    if (held.length > 0) isComplete = false
    const active = held.length === 0 ? tasks.active : tasks.active.filter((id) => !isElsewhere(id, memberId))
    // a directory belongs to one thread of the process at a time
    const waiting = held.filter((id) => isStateful(id) && !waitsInside(id, memberId))
    now.set(memberId, { ...tasks, active, standby: [...tasks.standby, ...waiting] })
  }
  if (isComplete) return now
  return new Map([...now].map(([memberId, tasks]) => [memberId, { ...tasks, followupRebalanceMs: AT_ONCE }]))
}
