import type { TopicPartitions } from '../consumer/topic-partitions.ts'

/** The three ways to have a task. */
export interface Tasks {
  readonly active: TopicPartitions
  readonly standby: TopicPartitions
  readonly warmup: TopicPartitions
}

export const NO_TASKS: Tasks = { active: new Map(), standby: new Map(), warmup: new Map() }

export interface StreamsAssignee {
  /** Members of one process share their state on disk. */
  readonly processId: string
  readonly current: Tasks
}

export interface TaskSpec {
  readonly members: ReadonlyMap<string, StreamsAssignee>
  readonly subtopologies: readonly { readonly id: string; readonly tasks: number; readonly stateful: boolean }[]
  readonly standbyReplicas: number
}

type Task = readonly [subtopologyId: string, partition: number]

const keyOf = ([subtopologyId, partition]: Task): string => `${subtopologyId}/${partition}`

class Worker {
  readonly id: string
  readonly processId: string
  readonly active = new Map<string, Task>()
  readonly standby = new Map<string, Task>()

  constructor(id: string, processId: string) {
    this.id = id
    this.processId = processId
  }

  get load(): number {
    return this.active.size + this.standby.size
  }
}

const grouped = (tasks: Iterable<Task>): TopicPartitions => {
  const all = new Map<string, Set<number>>()
  for (const [subtopologyId, partition] of tasks) all.set(subtopologyId, (all.get(subtopologyId) ?? new Set<number>()).add(partition))
  return all
}

const keys = (tasks: TopicPartitions): string[] => [...tasks].flatMap(([subtopologyId, partitions]) => [...partitions].map((partition) => keyOf([subtopologyId, partition])))

/** The first of those with the least of something. */
const least = (workers: Iterable<Worker>, of: (worker: Worker) => number): Worker | undefined => {
  let chosen: Worker | undefined
  for (const worker of workers) if (chosen === undefined || of(worker) < of(chosen)) chosen = worker
  return chosen
}

class TaskAssignment {
  readonly #spec: TaskSpec
  readonly #workers: readonly Worker[]
  readonly #byId: ReadonlyMap<string, Worker>
  readonly #byProcess = new Map<string, Worker[]>()
  /** Who had a task as active, and who as standby. */
  readonly #wasActive = new Map<string, Worker>()
  readonly #wasStandby = new Map<string, Worker[]>()

  constructor(spec: TaskSpec) {
    this.#spec = spec
    this.#workers = [...spec.members].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, { processId }]) => new Worker(id, processId))
    this.#byId = new Map(this.#workers.map((worker) => [worker.id, worker]))
    for (const worker of this.#workers) {
      this.#byProcess.set(worker.processId, [...(this.#byProcess.get(worker.processId) ?? []), worker])
      const { active, standby } = spec.members.get(worker.id)!.current
      for (const key of keys(active)) this.#wasActive.set(key, worker)
      for (const key of keys(standby)) this.#wasStandby.set(key, [...(this.#wasStandby.get(key) ?? []), worker])
    }
  }

  #tasks(stateful?: boolean): Task[] {
    const wanted = this.#spec.subtopologies.filter((subtopology) => stateful === undefined || subtopology.stateful === stateful)
    return wanted.flatMap(({ id, tasks }) => Array.from({ length: tasks }, (_, partition): Task => [id, partition]))
  }

  run(): Map<string, Tasks> {
    this.#assignActive()
    for (let replica = 0; replica < this.#spec.standbyReplicas; replica++) this.#assignStandbys()
    return new Map(this.#workers.map(({ id, active, standby }) => [id, { active: grouped(active.values()), standby: grouped(standby.values()), warmup: new Map() }]))
  }

  /** Tasks stay where they are, or go where their state is, as long as nobody gets more than its part. */
  #assignActive(): void {
    const tasks = this.#tasks()
    const share = Math.ceil(tasks.length / this.#workers.length)
    const open: Task[] = []
    for (const task of tasks) {
      const before = this.#wasActive.get(keyOf(task))
      if (before !== undefined && before.active.size < share) before.active.set(keyOf(task), task)
      else open.push(task)
    }
    for (const task of open) {
      const key = keyOf(task)
      const state = [...(this.#wasStandby.get(key) ?? []), ...(this.#wasActive.has(key) ? [this.#wasActive.get(key)!] : [])]
      const near = state.flatMap(({ processId }) => this.#byProcess.get(processId)!).filter((worker) => worker.active.size < share)
      const to = least(near, (worker) => worker.active.size) ?? least(this.#workers, (worker) => this.#burden(worker))!
      to.active.set(key, task)
    }
    for (;;) {
      const most = least(this.#workers, (worker) => -worker.active.size)!
      const fewest = least(this.#workers, (worker) => worker.active.size)!
      if (most.active.size - fewest.active.size < 2) return
      const [key, task] = [...most.active].at(-1)!
      most.active.delete(key)
      fewest.active.set(key, task)
    }
  }

  /** Members first, then the load of their process: equal members spread over processes. */
  #burden(worker: Worker): number {
    const process = this.#byProcess.get(worker.processId)!
    const load = process.reduce((sum, { active }) => sum + active.size, 0) / process.length
    return worker.active.size + load / 1_000_000
  }

  /** One more standby of each stateful task, on a process that has none of it. */
  #assignStandbys(): void {
    for (const task of this.#tasks(true)) {
      const key = keyOf(task)
      const free = [...this.#byProcess.values()].filter((process) => process.every(({ active, standby }) => !active.has(key) && !standby.has(key))).flat()
      const limit = least(free, ({ load }) => load)
      if (limit === undefined) continue
      const before = [...(this.#wasStandby.get(key) ?? []), ...(this.#wasActive.has(key) ? [this.#wasActive.get(key)!] : [])]
      const sticky = before.find((worker) => free.includes(worker) && worker.load <= limit.load + 1)
      const to = sticky === undefined ? limit : this.#byId.get(sticky.id)!
      to.standby.set(key, task)
    }
  }
}

/** Spreads active tasks evenly over members and keeps them where their state is; standbys go to other processes. */
export const assignTasks = (spec: TaskSpec): Map<string, Tasks> => (spec.members.size === 0 ? new Map() : new TaskAssignment(spec).run())
