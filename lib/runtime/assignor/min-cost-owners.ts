/** A task of which an owner has to be found: clients are numbers from 0 on. */
export interface OwnedTask {
  /** Who has it now. */
  readonly owner: number
  /** What it costs with each client: whole numbers. */
  readonly costs: readonly number[]
  /** Tasks of one group can be limited together; without limits it does not matter. @default 0 */
  readonly group?: number
}

export interface OwnerLimits {
  readonly groups: number
  /** How many tasks of a group a client may have. */
  readonly limitOf: (group: number, client: number) => number
}

const NO_LIMITS: OwnerLimits = { groups: 1, limitOf: () => Infinity }
const NONE = -1

/**
 * The owners with which all tasks together cost least while every client has as many tasks as before; of several such answers one
 * that moves fewest tasks. A min-cost flow from tasks to clients, by shortest augmenting paths: tasks come in one by one, each
 * where it makes everything cheapest, whatever others have to give way for it. The limits have to allow some answer.
 */
export const minCostOwners = (tasks: readonly OwnedTask[], clients: number, limits: OwnerLimits = NO_LIMITS): number[] => {
  const flow = new OwnerFlow(tasks, clients, limits)
  tasks.forEach((_, task) => flow.add(task))
  return flow.owners
}

/**
 * The residual graph has a node for each group at each client (a cell: its tasks) and behind them a node for each client. An edge
 * between two cells of a group costs what the cheapest of the first one's tasks costs more in the second one.
 */
class OwnerFlow {
  readonly owners: number[]
  readonly #clients: number
  readonly #cells: number
  readonly #costs: readonly Float64Array[]
  readonly #groups: readonly number[]
  readonly #tasksOf: readonly Set<number>[]
  readonly #limits: readonly number[]
  /** How many tasks a client can still take. */
  readonly #room: number[]
  /** By cell and client: the extra cost of the cheapest move, and its task. */
  readonly #extra: Float64Array
  readonly #mover: Int32Array
  readonly #distance: Float64Array
  readonly #cameFrom: Int32Array
  readonly #waits: Uint8Array

  constructor(tasks: readonly OwnedTask[], clients: number, { groups, limitOf }: OwnerLimits) {
    this.#clients = clients
    this.#cells = groups * clients
    this.owners = tasks.map(() => NONE)
    this.#groups = tasks.map(({ group = 0 }) => (groups === 1 ? 0 : group))
    // moving costs a little by itself, less than 1 for all tasks together: with equal costs tasks stay
    this.#costs = tasks.map(({ costs, owner }) => Float64Array.from(costs, (cost, client) => cost * (tasks.length + 1) + (client === owner ? 0 : 1)))
    this.#room = Array.from({ length: clients }, () => 0)
    for (const { owner } of tasks) this.#room[owner]! += 1
    this.#tasksOf = Array.from({ length: this.#cells }, () => new Set<number>())
    this.#limits = this.#tasksOf.map((_, cell) => limitOf(Math.floor(cell / clients), cell % clients))
    this.#extra = new Float64Array(this.#cells * clients).fill(Infinity)
    this.#mover = new Int32Array(this.#cells * clients).fill(NONE)
    this.#distance = new Float64Array(this.#cells + clients)
    this.#cameFrom = new Int32Array(this.#cells + clients)
    this.#waits = new Uint8Array(this.#cells + clients)
  }

  add(task: number): void {
    this.#findPaths(task)
    let end = NONE
    for (let client = 0; client < this.#clients; client++) {
      const isNearer = this.#distance[this.#cells + client]! < (end === NONE ? Infinity : this.#distance[end]!)
      if (this.#room[client]! > 0 && isNearer) end = this.#cells + client
    }
    if (end === NONE) throw new RangeError('the limits leave no room for all tasks')
    this.#room[end - this.#cells]! -= 1
    this.#follow(end, task)
  }

  /** Distances from a task that is not there yet to everything. */
  #findPaths(task: number): void {
    const [distance, cameFrom, waits] = [this.#distance, this.#cameFrom, this.#waits]
    const queue: number[] = []
    const reach = (node: number, at: number, from: number): void => {
      if (at >= distance[node]!) return
      distance[node] = at
      cameFrom[node] = from
      if (waits[node] === 1) return
      waits[node] = 1
      queue.push(node)
    }
    distance.fill(Infinity)
    const first = this.#groups[task]! * this.#clients
    for (let client = 0; client < this.#clients; client++) reach(first + client, this.#costs[task]![client]!, NONE)
    for (let next = 0; next < queue.length; next++) {
      const node = queue[next]!
      waits[node] = 0
      if (node < this.#cells) this.#leaveCell(node, reach)
      else for (let cell = node - this.#cells; cell < this.#cells; cell += this.#clients) if (this.#tasksOf[cell]!.size > 0) reach(cell, distance[node]!, node)
    }
  }

  #leaveCell(cell: number, reach: (node: number, at: number, from: number) => void): void {
    const at = this.#distance[cell]!
    const client = cell % this.#clients
    const tasks = this.#tasksOf[cell]!
    if (tasks.size < this.#limits[cell]!) reach(this.#cells + client, at, cell)
    if (tasks.size === 0) return
    const row = cell * this.#clients
    for (let to = 0; to < this.#clients; to++) if (to !== client) reach(cell - client + to, at + this.#extra[row + to]!, cell)
  }

  /** Goes a path from its end to its start and moves the tasks that give way. */
  #follow(end: number, task: number): void {
    const changed: number[] = []
    const put = (mover: number, cell: number): void => {
      this.#tasksOf[cell]!.add(mover)
      this.owners[mover] = cell % this.#clients
      changed.push(cell)
    }
    for (let node = end; ; node = this.#cameFrom[node]!) {
      const from = this.#cameFrom[node]!
      if (from === NONE) {
        put(task, node)
        break
      }
      if (node >= this.#cells || from >= this.#cells) continue
      const mover = this.#mover[from * this.#clients + (node % this.#clients)]!
      this.#tasksOf[from]!.delete(mover)
      put(mover, node)
      changed.push(from)
    }
    for (const cell of new Set(changed)) this.#findMoves(cell)
  }

  #findMoves(cell: number): void {
    const row = cell * this.#clients
    this.#extra.fill(Infinity, row, row + this.#clients)
    for (const task of this.#tasksOf[cell]!) {
      const costs = this.#costs[task]!
      const here = costs[cell % this.#clients]!
      for (let to = 0; to < this.#clients; to++) {
        if (costs[to]! - here >= this.#extra[row + to]!) continue
        this.#extra[row + to] = costs[to]! - here
        this.#mover[row + to] = task
      }
    }
  }
}
