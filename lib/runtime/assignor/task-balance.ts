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
 * Gives out `tasks` so that every client gets what its threads are of all threads, rounded down or up, and as few tasks as
 * possible move: first to the clients that process them, then to those that have their state, then to whoever has most room.
 * What `loads` hold already counts against their shares.
 */
export const giveOutActive = (tasks: readonly string[], loads: readonly ClientLoad[]): void => {
  const round = new ShareRound(tasks, loads)
  round.keepPrevious()
  round.preferState()
  round.fill()
}

/** A client in one round. */
interface Seat {
  readonly load: ClientLoad
  /** What it is to have at least. One more is possible where that is rounded. */
  readonly share: number
  readonly isRounded: boolean
  /** What it processes and could keep, in the order in which it gives up: last first. */
  previous: readonly string[]
  /** How many of these somebody with room has the state of. */
  heldElsewhere: number
  /** By sub-topology. */
  readonly counts: Map<number, number>
}

class ShareRound {
  readonly #seats: readonly Seat[]
  readonly #left: Set<string>
  /** By task: who has its state. */
  readonly #holders = new Map<string, Seat[]>()
  /** How many clients can have one more than their share. */
  #extras: number

  constructor(tasks: readonly string[], loads: readonly ClientLoad[]) {
    this.#left = new Set(tasks)
    const threads = loads.reduce((sum, { client }) => sum + client.capacity, 0)
    const total = tasks.length + loads.reduce((sum, { active }) => sum + active.size, 0)
    this.#seats = loads.map((load) => {
      const exact = (total * load.client.capacity) / threads
      const share = Math.floor(exact)
      return { load, share, isRounded: exact > share, previous: [], heldElsewhere: 0, counts: countBySubtopology(load.active) }
    })
    this.#extras = this.#seats.reduce((left, { load, share }) => left - Math.max(share, load.active.size), total)
    for (const seat of this.#seats) {
      for (const id of seat.load.client.previousState.keys()) if (this.#left.has(id)) this.#holders.set(id, [...(this.#holders.get(id) ?? []), seat])
    }
    for (const seat of this.#seats) seat.previous = [...seat.load.client.previousActive].filter((id) => this.#left.has(id)).sort(compareAcrossSubtopologies)
    const hasRoom = new Set(this.#seats.filter(({ load, previous, share }) => load.active.size + previous.length < share))
    if (hasRoom.size > 0) for (const seat of this.#seats) this.#orderPrevious(seat, hasRoom)
  }

  /** What others with room have the state of, since it moves to them step by step, is given up first, where they have most of it: the plan stays the same at every step. */
  #orderPrevious(seat: Seat, hasRoom: ReadonlySet<Seat>): void {
    const held = new Map<string, number>()
    for (const id of seat.previous) {
      const others = (this.#holders.get(id) ?? []).filter((other) => other !== seat && hasRoom.has(other))
      if (others.length > 0) held.set(id, Math.max(...others.map((other) => stateOf(other, id))))
    }
    if (held.size === 0) return
    const byState = [...held].sort(([, a], [, b]) => a - b).map(([id]) => id)
    seat.previous = [...seat.previous.filter((id) => !held.has(id)), ...byState]
    seat.heldElsewhere = held.size
  }

  /** Every client keeps what it processed, up to its share; then the odd tasks go to those that would lose one. */
  keepPrevious(): void {
    for (const seat of this.#seats) for (const id of seat.previous) if (isBelowShare(seat)) this.#give(id, seat)
    const claimants = this.#seats.filter(({ previous }) => previous.some((id) => this.#left.has(id))).sort((a, b) =>
      a.heldElsewhere - b.heldElsewhere ||
      a.load.client.previousActive.size / a.load.client.capacity - b.load.client.previousActive.size / b.load.client.capacity ||
      compareClients(a, b))
    for (const seat of claimants) for (const id of seat.previous) if (this.#left.has(id) && this.#hasRoom(seat)) this.#give(id, seat)
  }

  preferState(): void {
    for (const id of [...this.#left].sort(compareTaskIds)) {
      const holder = this.#best(id, this.#holders.get(id) ?? [], (a, b) => stateOf(b, id) - stateOf(a, id))
      if (holder) this.#give(id, holder)
    }
  }

  fill(): void {
    for (const id of [...this.#left].sort(compareTaskIds)) {
      const chosen = this.#best(id, this.#seats, () => 0) ?? this.#seats.reduce((a, b) => (relativeLoad(b) < relativeLoad(a) ? b : a))
      this.#give(id, chosen)
    }
  }

  /** Of those with room: the first by `order`, then the one with least to do, also of this sub-topology. */
  #best(id: string, seats: readonly Seat[], order: (a: Seat, b: Seat) => number): Seat | undefined {
    const { subtopology } = parseTaskId(id)
    let best: Seat | undefined
    for (const seat of seats) {
      if (!this.#hasRoom(seat)) continue
      if (best === undefined || (order(seat, best) || compareRoom(seat, best, subtopology)) < 0) best = seat
    }
    return best
  }

  #give(id: string, seat: Seat): void {
    if (!isBelowShare(seat)) this.#extras--
    const { subtopology } = parseTaskId(id)
    seat.load.active.add(id)
    seat.counts.set(subtopology, (seat.counts.get(subtopology) ?? 0) + 1)
    this.#left.delete(id)
  }

  #hasRoom(seat: Seat): boolean {
    return isBelowShare(seat) || (this.#extras > 0 && seat.isRounded && seat.load.active.size === seat.share)
  }
}

const isBelowShare = ({ load, share }: Seat): boolean => load.active.size < share

const relativeLoad = ({ load }: Seat): number => load.active.size / load.client.capacity

const compareClients = (a: Seat, b: Seat): number => (a.load.client.id < b.load.client.id ? -1 : 1)

const compareRoom = (a: Seat, b: Seat, subtopology: number): number =>
  relativeLoad(a) - relativeLoad(b) ||
  // tasks of the other kind, which it may keep only while it has room for them
  a.load.client.previousActive.size / a.load.client.capacity - b.load.client.previousActive.size / b.load.client.capacity ||
  (a.counts.get(subtopology) ?? 0) - (b.counts.get(subtopology) ?? 0) ||
  compareClients(a, b)

const stateOf = ({ load }: Seat, task: string): number => load.client.previousState.get(task) ?? -Infinity

const countBySubtopology = (ids: Iterable<string>): Map<number, number> => {
  const counts = new Map<number, number>()
  for (const id of ids) {
    const { subtopology } = parseTaskId(id)
    counts.set(subtopology, (counts.get(subtopology) ?? 0) + 1)
  }
  return counts
}
