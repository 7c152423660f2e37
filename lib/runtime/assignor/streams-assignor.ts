import { setTimeout as pause } from 'node:timers/promises'
import { AuthenticationError, ClientError, ClosedError } from '../../client/errors.ts'
import type { ClusterAdmin, ClusterView, GroupMemberInfo, TopicMetadata } from '../../client/types.ts'
import { StreamsError, TopologyError } from '../../core/errors.ts'
import type { Logger } from '../../core/log.ts'
import { asError } from '../../task/errors.ts'
import { CopartitionError, InternalTopicError, MissingSourceTopicError, TaskAssignmentError, TaskTimeoutError } from '../errors.ts'
import type { TaskTimeout } from '../task-timeout.ts'
import type { InternalTopicManager } from '../topics/internal-topic-manager.ts'
import { planPartitionCounts } from '../topics/partition-counts.ts'
import type { PartitionCounts } from '../topics/partition-counts.ts'
import { planTasks } from '../topics/task-topics.ts'
import type { PlannedTask } from '../topics/task-topics.ts'
import type { TopicGroup } from '../../../topology/internals/processor-topology.ts'
import { GroupState } from './application-state.ts'
import type { PartitionRacks } from './application-state.ts'
import { encodeAssignmentInfo } from './assignment-info.ts'
import type { AssignmentInfo, HostPartitions } from './assignment-info.ts'
import { decodeSubscription, encodeAssignment } from './consumer-protocol.ts'
import type { TopicPartitions } from './consumer-protocol.ts'
import type { KafkaStreamsAssignment } from './kafka-streams-assignment.ts'
import { endOffsetSums } from './end-offset-sums.ts'
import { withoutOwnedByOthers } from './owned-tasks.ts'
import { partitionRacks } from './partition-racks.ts'
import { divideAmongMembers } from './plan-assignment.ts'
import type { MemberTasks } from './plan-assignment.ts'
import { decodeSubscriptionInfo } from './subscription-info.ts'
import type { MemberErrorCode, MetadataVersion, SubscriptionInfo } from './subscription-info.ts'
import { TaskAssignmentUtils } from './task-assignment-utils.ts'
import type { AssignmentConfigs, AssignmentError, TaskAssignor } from './task-assignor.ts'

export interface StreamsAssignorOptions {
  readonly cluster: ClusterView
  readonly internalTopics: InternalTopicManager
  /** The topology's topics when the group as a whole subscribes to `subscribed`. */
  readonly topicGroups: (subscribed: ReadonlySet<string>) => ReadonlyMap<number, TopicGroup>
  /** Decides which process has which tasks. */
  readonly taskAssignor: TaskAssignor
  readonly configs: AssignmentConfigs
  readonly admin: ClusterAdmin
  readonly groupId: string
  readonly storeNames: (subtopology: number) => readonly string[]
  /** How long brokers may be too slow for the leader before all members fail. */
  readonly timeout: TaskTimeout
  readonly logger: Logger
}

/** A topic that was just made, or whose broker just restarted, may be unknown for a moment: so often it is looked for. */
const LOOKS_FOR_TOPICS = 5
const LOOK_AGAIN_MS = 200

/** The group leader's work: counts partitions, makes the internal topics and divides the tasks. */
export class StreamsAssignor {
  readonly #options: StreamsAssignorOptions

  constructor(options: StreamsAssignorOptions) {
    this.#options = options
  }

  /** By member id: encoded assignments. What is wrong with topics is told to every member; other errors reject. */
  async assign(members: readonly GroupMemberInfo[], version: MetadataVersion): Promise<ReadonlyMap<string, Buffer>> {
    const infos = new Map<string, SubscriptionInfo>()
    const subscribed = new Map<string, readonly string[]>()
    for (const { memberId, metadata } of members) {
      const { topics, userData } = decodeSubscription(metadata)
      subscribed.set(memberId, topics)
      infos.set(memberId, decodeSubscriptionInfo(userData, version))
    }
    if ([...infos.values()].some((info) => info.errorCode === 'shutdown-requested')) {
      return errorForAll(infos, version, 'shutdown-requested', 'a member of the application asked all of it to stop')
    }
    try {
      const assignments = await this.#assignTasks(infos, subscribed, version)
      this.#options.timeout.succeeded()
      return assignments
    } catch (thrown) {
      const error = this.#unlessPassing(thrown)
      const code = error instanceof StreamsError ? memberErrorCode(error) : undefined
      if (code === undefined) throw error
      this.#options.logger.error({ err: error }, 'no tasks can be assigned')
      return errorForAll(infos, version, code, (error as StreamsError).message)
    }
  }

  /** An error that all members are told. @throws what is to be tried again */
  #unlessPassing(error: unknown): unknown {
    if (!(error instanceof ClientError && error.retriable)) return error
    try {
      this.#options.timeout.failed(error)
    } catch (timeout) {
      return timeout
    }
    throw error
  }

  async #assignTasks(
    infos: ReadonlyMap<string, SubscriptionInfo>, subscribed: ReadonlyMap<string, readonly string[]>, version: MetadataVersion,
  ): Promise<Map<string, Buffer>> {
    const groups = this.#options.topicGroups(new Set([...subscribed.values()].flat()))
    const counts = planPartitionCounts(groups, await this.#existingCounts(groups))
    await this.#options.internalTopics.makeReady(groups, counts)
    const tasks = planTasks(groups, counts)
    const state = new GroupState({
      tasks,
      members: infos,
      configs: this.#options.configs,
      details: ({ subtopology }) => ({
        stateStoreNames: new Set(this.#options.storeNames(subtopology)),
        changelogTopics: [...(groups.get(subtopology)?.stateChangelogTopics.keys() ?? [])],
      }),
      endOffsetSums: () => endOffsetSums(this.#options.admin, this.#options.groupId, state.allTasks.values()),
      racksOf: await this.#racks(groups, tasks),
    })
    this.#warnOfMissingRacks(state, infos)
    const { assignment, error } = await this.#decide(state)
    const plan = error === 'NONE' ? divideAmongMembers(assignment, infos, state) : new Map<string, MemberTasks>()
    const now = version === 1 ? plan : withoutOwnedByOthers(plan, infos, (id) => state.allTasks.get(id)?.isStateful === true)
    this.#tell(now, tasks, infos, subscribed, error)
    if (error !== 'NONE') throw new TaskAssignmentError(`the task assignor ${nameOf(this.#options.taskAssignor)} made an assignment that cannot be: ${error}`)
    this.#options.logger.info({ tasks: tasks.length, members: infos.size }, 'assigned tasks as the leader of the group')
    return encodePlan(now, hostPartitions(plan, tasksById(tasks), infos), tasks, counts, version)
  }

  async #decide(state: GroupState): Promise<{ assignment: readonly KafkaStreamsAssignment[]; error: AssignmentError }> {
    const { taskAssignor, logger } = this.#options
    let assignment: KafkaStreamsAssignment[]
    try {
      assignment = [...(await taskAssignor.assign(state)).assignment]
    } catch (cause) {
      if (cause instanceof ClientError) throw cause
      throw new TaskAssignmentError(`the task assignor ${nameOf(taskAssignor)} failed: ${asError(cause).message}`, { cause })
    }
    const assigned = new Set(assignment.flatMap(({ tasks }) => [...tasks.values()]).filter(({ type }) => type === 'ACTIVE').map(({ id }) => id))
    const left = [...state.allTasks.keys()].filter((id) => !assigned.has(id))
    if (left.length > 0) logger.warn({ tasks: left }, 'the task assignor has given these tasks to nobody')
    return { assignment, error: await TaskAssignmentUtils.validateTaskAssignment(state, { assignment }) }
  }

  #tell(
    plan: ReadonlyMap<string, MemberTasks>, tasks: readonly PlannedTask[], infos: ReadonlyMap<string, SubscriptionInfo>,
    subscribed: ReadonlyMap<string, readonly string[]>, error: AssignmentError,
  ): void {
    const { taskAssignor } = this.#options
    if (taskAssignor.onAssignmentComputed === undefined) return
    const byId = tasksById(tasks)
    const partitions = (id: string): TopicPartitions[] => partitionsOf(plan.get(id)?.active ?? [], byId)
    const assignment = new Map([...infos.keys()].map((id) => [id, { partitions: partitions(id) }]))
    const subscription = new Map([...subscribed].map(([id, topics]) => [id, { topics }]))
    try {
      taskAssignor.onAssignmentComputed(assignment, subscription, error)
    } catch (cause) {
      throw new TaskAssignmentError(`onAssignmentComputed of the task assignor ${nameOf(taskAssignor)} failed: ${asError(cause).message}`, { cause })
    }
  }

  async #existingCounts(subtopologies: ReadonlyMap<number, TopicGroup>): Promise<Map<string, number>> {
    const groups = [...subtopologies.values()]
    const own = new Set(groups.flatMap((group) => [...group.repartitionSourceTopics.keys()]))
    const topics = [...new Set(groups.flatMap((group) => [...group.sourceTopics]))].filter((topic) => !own.has(topic))
    return new Map([...(await this.#metadata(topics))].map(([topic, { partitions }]) => [topic, partitions.length]))
  }

  /** Asked for only when the strategy needs them. */
  async #racks(groups: ReadonlyMap<number, TopicGroup>, tasks: readonly PlannedTask[]): Promise<PartitionRacks | undefined> {
    if (this.#options.configs.rackAwareAssignmentStrategy === 'none') return undefined
    const changelogs = [...groups.values()].flatMap(({ stateChangelogTopics }) => [...stateChangelogTopics.keys()])
    const metadata = await this.#metadata([...new Set([...tasks.flatMap(({ topics }) => topics), ...changelogs])])
    return partitionRacks(metadata, this.#options.cluster.brokers())
  }

  #warnOfMissingRacks({ allTasks, assignmentConfigs }: GroupState, infos: ReadonlyMap<string, SubscriptionInfo>): void {
    if (assignmentConfigs.rackAwareAssignmentStrategy === 'none') return
    const members = [...infos].filter(([, { rackId }]) => rackId === undefined).map(([id]) => id)
    const partitions = [...allTasks.values()].flatMap(({ topicPartitions }) => topicPartitions).filter(({ rackIds }) => rackIds === undefined)
    if (members.length === 0 && partitions.length === 0) return
    const topics = [...new Set(partitions.map(({ topic }) => topic))]
    this.#options.logger.warn({ members, topics }, 'rack.aware.assignment.strategy has no effect: there are members without client.rack, or topics on brokers without broker.rack')
  }

  /** Without the topics that do not exist, after having waited for them a little. */
  async #metadata(topics: readonly string[]): Promise<ReadonlyMap<string, TopicMetadata>> {
    if (topics.length === 0) return new Map()
    for (let look = 1; ; look++) {
      const metadata = await this.#options.cluster.metadata(topics, { refresh: true })
      if (metadata.size === topics.length || look === LOOKS_FOR_TOPICS) return metadata
      await pause(LOOK_AGAIN_MS)
    }
  }
}

const tasksById = (tasks: readonly PlannedTask[]): ReadonlyMap<string, PlannedTask> => new Map(tasks.map((task) => [task.id, task]))

const nameOf = (assignor: TaskAssignor): string => assignor.constructor.name

const memberErrorCode = (error: StreamsError): MemberErrorCode | undefined => {
  if (error instanceof MissingSourceTopicError) return 'incomplete-source-topics'
  if (error instanceof CopartitionError) return 'not-copartitioned'
  if (error instanceof TaskAssignmentError) return 'invalid-assignment'
  if (error instanceof TaskTimeoutError) return 'timed-out'
  if (error instanceof AuthenticationError) return 'refused'
  const isFinal = error instanceof ClientError && !(error instanceof ClosedError)
  return isFinal || error instanceof InternalTopicError || error instanceof TopologyError ? 'internal-topics' : undefined
}

const errorForAll = (
  infos: ReadonlyMap<string, SubscriptionInfo>,
  version: MetadataVersion,
  errorCode: MemberErrorCode,
  errorMessage: string,
): Map<string, Buffer> => {
  const none: AssignmentInfo = {
    errorCode,
    errorMessage,
    activeTasks: new Map(),
    standbyTasks: new Map(),
    hosts: [],
    partitionCounts: new Map(),
    followupRebalanceMs: undefined,
  }
  const bytes = encodeAssignment({ partitions: [], userData: encodeAssignmentInfo(none, version) })
  return new Map([...infos.keys()].map((memberId) => [memberId, bytes]))
}

const encodePlan = (
  plan: ReadonlyMap<string, MemberTasks>,
  hosts: readonly HostPartitions[],
  tasks: readonly PlannedTask[],
  counts: PartitionCounts,
  version: MetadataVersion,
): Map<string, Buffer> => {
  const byId = tasksById(tasks)
  const topicsOf = (ids: readonly string[]): Map<string, readonly string[]> =>
    new Map(ids.map((id) => [id, byId.get(id)?.topics ?? []]))
  const encoded = new Map<string, Buffer>()
  for (const [memberId, { active, standby, followupRebalanceMs }] of plan) {
    const info: AssignmentInfo = {
      errorCode: 'none',
      errorMessage: undefined,
      activeTasks: topicsOf(active),
      standbyTasks: topicsOf(standby),
      hosts,
      partitionCounts: counts,
      followupRebalanceMs,
    }
    encoded.set(memberId, encodeAssignment({ partitions: partitionsOf(active, byId), userData: encodeAssignmentInfo(info, version) }))
  }
  return encoded
}

const hostPartitions = (
  plan: ReadonlyMap<string, MemberTasks>,
  byId: ReadonlyMap<string, PlannedTask>,
  infos: ReadonlyMap<string, SubscriptionInfo>,
): HostPartitions[] => {
  const byHost = new Map<string, { active: string[]; standby: string[] }>()
  for (const [memberId, { active, standby }] of plan) {
    const host = infos.get(memberId)?.userEndPoint
    if (host === undefined) continue
    const entry = byHost.get(host) ?? { active: [], standby: [] }
    entry.active.push(...active)
    entry.standby.push(...standby)
    byHost.set(host, entry)
  }
  return [...byHost]
    .map(([host, { active, standby }]) => ({ host, active: partitionsOf(active, byId), standby: partitionsOf(standby, byId) }))
    .sort((a, b) => (a.host < b.host ? -1 : 1))
}

const partitionsOf = (ids: readonly string[], byId: ReadonlyMap<string, PlannedTask>): TopicPartitions[] => {
  const byTopic = new Map<string, number[]>()
  for (const id of ids) {
    const task = byId.get(id)
    for (const topic of task?.topics ?? []) byTopic.set(topic, [...(byTopic.get(topic) ?? []), task?.partition ?? 0])
  }
  return [...byTopic].map(([topic, partitions]) => ({ topic, partitions: partitions.sort((a, b) => a - b) }))
}
