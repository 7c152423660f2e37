import type { PlannedTask } from '../topics/task-topics.ts'
import { IllegalStateError } from '../state-machine.ts'
import { parseHost } from './host-info.ts'
import { RUNNING_TASK } from './subscription-info.ts'
import type { SubscriptionInfo } from './subscription-info.ts'
import type { ApplicationState, AssignmentConfigs, KafkaStreamsState, ProcessId, TaskInfo } from './task-assignor.ts'
import { compareTaskIds } from './task-ids.ts'

/** Group members by id. */
export type Members = ReadonlyMap<string, SubscriptionInfo>

/** What a task has beside what it reads. */
export interface TaskDetails {
  readonly stateStoreNames: ReadonlySet<string>
  readonly changelogTopics: readonly string[]
}

export interface GroupStateOptions {
  readonly tasks: readonly PlannedTask[]
  readonly members: Members
  readonly configs: AssignmentConfigs
  readonly details: (task: PlannedTask) => TaskDetails
  /** By task id: the sum of the ends of its changelogs. */
  readonly endOffsetSums: () => Promise<ReadonlyMap<string, number>>
  /** The racks of the brokers that have a partition; absent when nobody asks for them. */
  readonly racksOf?: PartitionRacks | undefined
}

export type PartitionRacks = (topic: string, partition: number) => ReadonlySet<string> | undefined

/** The group as the leader sees it, as assignors are told. */
export class GroupState implements ApplicationState {
  readonly assignmentConfigs: AssignmentConfigs
  readonly allTasks: ReadonlyMap<string, TaskInfo>
  readonly #options: GroupStateOptions

  constructor(options: GroupStateOptions) {
    this.#options = options
    this.assignmentConfigs = options.configs
    const tasks = [...options.tasks].sort((a, b) => compareTaskIds(a.id, b.id))
    this.allTasks = new Map(tasks.map((task) => [task.id, infoOf(task, options.details(task), options.racksOf)]))
  }

  async kafkaStreamsStates(computeTaskLags: boolean): Promise<ReadonlyMap<ProcessId, KafkaStreamsState>> {
    return this.states(computeTaskLags ? await this.#options.endOffsetSums() : undefined)
  }

  /** With lags when the ends are known. */
  states(ends: ReadonlyMap<string, number> | undefined): Map<ProcessId, KafkaStreamsState> {
    const stateful = new Set([...this.allTasks.values()].filter(({ isStateful }) => isStateful).map(({ id }) => id))
    const processes = [...groupByProcess(this.#options.members)].sort(([a], [b]) => (a < b ? -1 : 1))
    return new Map(processes.map(([id, inside]) => [id, new ProcessState(id, inside, ends && { ends, stateful })]))
  }

  /** By task id: how much there is to read for each task with state. @throws {ClientError} when brokers do not tell */
  endOffsetSums(): Promise<ReadonlyMap<string, number>> {
    return this.#options.endOffsetSums()
  }

  /** What the members say is enough to compare them with each other: the furthest of them stands for the end. */
  furthestOffsetSums(): ReadonlyMap<string, number> {
    const furthest = new Map<string, number>()
    for (const { taskOffsetSums } of this.#options.members.values()) {
      for (const [id, sum] of taskOffsetSums) furthest.set(id, Math.max(sum, furthest.get(id) ?? 0))
    }
    return furthest
  }
}

export const groupByProcess = (members: Members): Map<ProcessId, Members> => {
  const processes = new Map<ProcessId, Map<string, SubscriptionInfo>>()
  for (const [memberId, info] of members) {
    const inside = processes.get(info.processId) ?? new Map<string, SubscriptionInfo>()
    processes.set(info.processId, inside.set(memberId, info))
  }
  return processes
}

const infoOf = ({ id, partition, topics, isStateful }: PlannedTask, { stateStoreNames, changelogTopics }: TaskDetails, racksOf?: PartitionRacks): TaskInfo => {
  const changelogs = new Set(changelogTopics)
  const sources = new Set(topics)
  return {
    id,
    isStateful,
    stateStoreNames,
    topicPartitions: [...new Set([...topics, ...changelogTopics])].map((topic) => ({
      topic,
      partition,
      isSource: sources.has(topic),
      isChangelog: changelogs.has(topic),
      rackIds: racksOf?.(topic, partition),
    })),
  }
}

interface Ends {
  readonly ends: ReadonlyMap<string, number>
  readonly stateful: ReadonlySet<string>
}

class ProcessState implements KafkaStreamsState {
  readonly processId: ProcessId
  readonly consumerClientIds: readonly string[]
  readonly previousActiveTasks: ReadonlySet<string>
  readonly previousStandbyTasks: ReadonlySet<string>
  readonly hostInfo: KafkaStreamsState['hostInfo']
  readonly clientTags: Readonly<Record<string, string>>
  readonly rackId: string | undefined
  readonly #members: Members
  readonly #known: Ends | undefined
  /** The most that one of its members has of a task. */
  readonly #sums = new Map<string, number>()
  #lags: ReadonlyMap<string, number> | undefined

  constructor(processId: ProcessId, members: Members, known: Ends | undefined) {
    this.processId = processId
    this.#members = members
    this.consumerClientIds = [...members.keys()].sort()
    const infos = [...members.values()]
    const active = new Set<string>()
    for (const { taskOffsetSums, ownedTasks } of infos) {
      for (const id of ownedTasks) active.add(id)
      for (const [id, sum] of taskOffsetSums) {
        if (sum === RUNNING_TASK) active.add(id)
        const before = this.#sums.get(id)
        if (before !== RUNNING_TASK && (sum === RUNNING_TASK || sum > (before ?? -1))) this.#sums.set(id, sum)
      }
    }
    this.previousActiveTasks = active
    this.previousStandbyTasks = new Set([...this.#sums.keys()].filter((id) => !active.has(id)))
    const host = infos.find(({ userEndPoint }) => userEndPoint !== undefined)?.userEndPoint
    this.hostInfo = host === undefined ? undefined : parseHost(host)
    this.clientTags = infos[0]?.clientTags ?? {}
    this.rackId = infos[0]?.rackId
    this.#known = known
  }

  get numProcessingThreads(): number {
    return this.#members.size
  }

  #lag(id: string, end: number): number {
    const sum = this.#sums.get(id) ?? 0
    if (sum === RUNNING_TASK) return RUNNING_TASK
    // state beyond the end belongs to another changelog, and is to be read anew
    return sum > end ? end : end - sum
  }

  get #ends(): Ends {
    if (this.#known === undefined) throw new IllegalStateError('lags are only known of states from kafkaStreamsStates(true)')
    return this.#known
  }

  lagFor(taskId: string): number {
    const { ends, stateful } = this.#ends
    if (!stateful.has(taskId)) throw new IllegalStateError(`task ${taskId} has no lag: it has no state, or does not exist`)
    return this.#lag(taskId, ends.get(taskId) ?? 0)
  }

  prevTasksByLag(consumerClientId: string): readonly string[] {
    const { stateful } = this.#ends
    const lagOf = (id: string): number => (stateful.has(id) ? this.lagFor(id) : 0)
    const before = [...(this.#members.get(consumerClientId)?.taskOffsetSums.keys() ?? [])]
    return before.sort((a, b) => lagOf(a) - lagOf(b) || compareTaskIds(a, b))
  }

  statefulTasksToLagSums(): ReadonlyMap<string, number> {
    const { ends, stateful } = this.#ends
    this.#lags ??= new Map([...stateful].map((id) => [id, this.#lag(id, ends.get(id) ?? 0)]))
    return this.#lags
  }
}
