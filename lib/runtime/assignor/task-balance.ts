import { compareAcrossSubtopologies, compareTaskIds, parseTaskId } from './task-ids.ts'

/** One process as the assignor sees it. */
export interface AssignmentClient {
  readonly id: string
  /** Stream threads, each of which can take a share of the tasks. */
  readonly capacity: number
  /** Tasks it processed until now. */
  readonly previousActive: ReadonlySet<string>
  /** Tasks whose state it has on disk or in memory without processing them, the larger number for more of it. */
  readonly previousState: ReadonlyMap<string, number>
  /** Its `client.tag.*` settings. */
  readonly tags: Readonly<Record<string, string>>
  /** Its `client.rack`. */
  readonly rack: string | undefined
}

/** A client and what it was given so far. */
export interface ClientLoad {
  readonly client: AssignmentClient
  readonly active: Set<string>
  readonly standby: Set<string>
}

export const emptyLoads = (clients: readonly AssignmentClient[]): ClientLoad[] =>
  [...clients]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((client) => ({ client, active: new Set<string>(), standby: new Set<string>() }))

/**
 * Gives out `tasks` so that every thread gets its share (shares differ by one at most) and as few tasks as possible move:
 * first to the clients that process them, then to those that have their state, then to whoever has most room.
 * What `loads` hold already counts against their shares.
 */
export const giveOutActive = (tasks: readonly string[], loads: readonly ClientLoad[]): void => {
  const round = new ShareRound(tasks, loads)
  round.keepPrevious()
  round.preferState()
  round.fill()
}

class ShareRound {
  readonly #loads: readonly ClientLoad[]
  readonly #left: Set<string>
  readonly #share: number
  #extras: number

  constructor(tasks: readonly string[], loads: readonly ClientLoad[]) {
    this.#loads = loads
    this.#left = new Set(tasks)
    const threads = loads.reduce((sum, load) => sum + load.client.capacity, 0)
    const total = tasks.length + loads.reduce((sum, load) => sum + load.active.size, 0)
    this.#share = Math.floor(total / threads)
    this.#extras = total % threads
    for (const load of loads) this.#extras -= Math.max(0, load.active.size - this.#share * load.client.capacity)
  }

  /** Every client keeps what it processed, up to its share; then the odd tasks go to those that would lose one. */
  keepPrevious(): void {
    for (const load of this.#loads) {
      for (const task of this.#previous(load)) if (this.#belowShare(load)) this.#give(task, load)
    }
    for (const load of this.#loads) {
      for (const task of this.#previous(load)) if (this.#hasRoom(load)) this.#give(task, load)
    }
  }

  preferState(): void {
    for (const task of [...this.#left].sort(compareTaskIds)) {
      const holder = this.#loads
        .filter((load) => load.client.previousState.has(task) && this.#hasRoom(load))
        .sort((a, b) => stateOf(b, task) - stateOf(a, task) || this.#compareRoom(a, b, task))[0]
      if (holder) this.#give(task, holder)
    }
  }

  fill(): void {
    for (const task of [...this.#left].sort(compareTaskIds)) {
      const roomiest = this.#loads.filter((load) => this.#hasRoom(load)).sort((a, b) => this.#compareRoom(a, b, task))[0]
      if (roomiest) this.#give(task, roomiest)
    }
  }

  #previous(load: ClientLoad): string[] {
    return [...load.client.previousActive].filter((task) => this.#left.has(task)).sort(compareAcrossSubtopologies)
  }

  #give(task: string, load: ClientLoad): void {
    if (!this.#belowShare(load)) this.#extras--
    load.active.add(task)
    this.#left.delete(task)
  }

  #belowShare(load: ClientLoad): boolean {
    return load.active.size < this.#share * load.client.capacity
  }

  #hasRoom(load: ClientLoad): boolean {
    if (this.#belowShare(load)) return true
    return this.#extras > 0 && load.active.size < (this.#share + 1) * load.client.capacity
  }

  #compareRoom(a: ClientLoad, b: ClientLoad, task: string): number {
    const { subtopology } = parseTaskId(task)
    return (
      a.active.size / a.client.capacity - b.active.size / b.client.capacity ||
      countOf(a, subtopology) - countOf(b, subtopology) ||
      (a.client.id < b.client.id ? -1 : 1)
    )
  }
}

const stateOf = (load: ClientLoad, task: string): number => load.client.previousState.get(task) ?? -Infinity

const countOf = (load: ClientLoad, subtopology: number): number => {
  let count = 0
  for (const task of load.active) if (parseTaskId(task).subtopology === subtopology) count++
  return count
}
