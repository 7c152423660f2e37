import type { ClientLoad } from './task-balance.ts'
import { RUNNING_TASK } from './subscription-info.ts'

/** How far the state of a task is behind with a client, in records; -2: it processes the task. */
export type LagOf = (load: ClientLoad, task: string) => number

export interface WarmUpSettings {
  readonly acceptableRecoveryLag: number
  readonly maxWarmupReplicas: number
}

/**
 * Lets clients whose state is current have the tasks for as long as it takes those to restore it that are meant to have them
 * (KIP-441). Changes `loads`, the plan, into what can be done without interrupting a task for long; answers whether they differ.
 */
export const withWarmUps = (statefulTasks: readonly string[], loads: readonly ClientLoad[], lagOf: LagOf, settings: WarmUpSettings): boolean => {
  const warmUps = new WarmUps(loads, lagOf, settings)
  return warmUps.keepActive(statefulTasks)
}

class WarmUps {
  readonly #loads: readonly ClientLoad[]
  readonly #lagOf: LagOf
  readonly #acceptable: number
  #left: number

  constructor(loads: readonly ClientLoad[], lagOf: LagOf, { acceptableRecoveryLag, maxWarmupReplicas }: WarmUpSettings) {
    this.#loads = loads
    this.#lagOf = lagOf
    this.#acceptable = acceptableRecoveryLag
    this.#left = maxWarmupReplicas
  }

  keepActive(tasks: readonly string[]): boolean {
    const planned = standbyOwners(this.#loads)
    const moves = this.#moves(tasks)
    // those that are furthest come first, so that what has been begun comes to an end
    moves.sort((a, b) => a.lag - b.lag)
    for (const { task, meant, now } of moves) this.#keep(task, meant, now)
    const isDifferent = this.#keepStandbys(tasks, planned)
    return moves.length > 0 || isDifferent
  }

  /** The tasks that are meant for clients that would have to restore them first, while another is current, or nearer to it. */
  #moves(tasks: readonly string[]): { readonly task: string; readonly meant: ClientLoad; readonly now: ClientLoad; readonly lag: number }[] {
    const meantFor = new Map(this.#loads.flatMap((load) => [...load.active].map((task) => [task, load] as const)))
    return tasks.flatMap((task) => {
      const meant = meantFor.get(task)
      if (meant === undefined || this.#isCurrent(meant, task)) return []
      const now = this.#mostCurrent(task, meant)
      return now === undefined ? [] : [{ task, meant, now, lag: this.#lagOf(meant, task) }]
    })
  }

  #isCurrent(load: ClientLoad, task: string): boolean {
    return this.#lagOf(load, task) <= this.#acceptable
  }

  /** The client that processes the task; else, of those that are current, the one with a standby, or least to do; else the nearest to it. */
  #mostCurrent(task: string, meant: ClientLoad): ClientLoad | undefined {
    const rank = (load: ClientLoad): number => {
      const lag = this.#lagOf(load, task)
      if (lag === RUNNING_TASK) return -2
      return lag <= this.#acceptable ? -1 : lag
    }
    let best: ClientLoad | undefined
    let bestRank = rank(meant)
    for (const load of this.#loads) {
      const its = rank(load)
      if (its > bestRank || load === meant) continue
      const isBetter = its < bestRank || (best !== undefined && compare(load, best, task) < 0)
      if (!isBetter) continue
      best = load
      bestRank = its
    }
    return best
  }

  #keep(task: string, meant: ClientLoad, now: ClientLoad): void {
    meant.active.delete(task)
    now.active.add(task)
    // one that was to have a standby has the task now, and leaves the standby to the other
    if (now.standby.delete(task)) meant.standby.add(task)
    else this.#warmUp(task, meant)
  }

  #warmUp(task: string, load: ClientLoad): void {
    if (this.#left === 0 || load.standby.has(task)) return
    this.#left--
    load.standby.add(task)
  }

  /** A standby that is current stays until the one that is to replace it is so, too. */
  #keepStandbys(tasks: readonly string[], planned: ReadonlyMap<string, readonly ClientLoad[]>): boolean {
    let isDifferent = false
    for (const task of tasks) {
      for (const meant of planned.get(task) ?? []) {
        if (!meant.standby.has(task) || this.#isCurrent(meant, task)) continue
        const now = this.#loads.find((load) => !load.active.has(task) && !load.standby.has(task) && load.client.previousState.has(task) && this.#isCurrent(load, task))
        if (now === undefined) continue
        isDifferent = true
        meant.standby.delete(task)
        now.standby.add(task)
        this.#warmUp(task, meant)
      }
    }
    return isDifferent
  }
}

const standbyOwners = (loads: readonly ClientLoad[]): Map<string, ClientLoad[]> => {
  const owners = new Map<string, ClientLoad[]>()
  for (const load of loads) for (const task of load.standby) owners.set(task, [...(owners.get(task) ?? []), load])
  return owners
}

const compare = (a: ClientLoad, b: ClientLoad, task: string): number =>
  Number(b.standby.has(task)) - Number(a.standby.has(task)) ||
  a.active.size / a.client.capacity - b.active.size / b.client.capacity ||
  (a.client.id < b.client.id ? -1 : 1)
