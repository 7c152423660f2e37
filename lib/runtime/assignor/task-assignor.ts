import type { TopicPartition } from '../../core/topic-partition.ts'
import type { TopicPartitions } from './consumer-protocol.ts'
import type { HostInfo } from './host-info.ts'
import type { KafkaStreamsAssignment } from './kafka-streams-assignment.ts'

/** Names one instance (one `KafkaStreams` object) for as long as it lives. */
export type ProcessId = string

/** A partition that a task reads, or in which it keeps the changes of a store. */
export interface TaskTopicPartition extends TopicPartition {
  readonly isSource: boolean
  readonly isChangelog: boolean
  /**
   * The racks of the brokers that have the partition. Undefined when none has a `broker.rack`, and unless
   * `rack.aware.assignment.strategy` asks for them.
   */
  readonly rackIds: ReadonlySet<string> | undefined
}

/** A task that is to be assigned. */
export interface TaskInfo {
  /** `0_1`: sub-topology and partition. */
  readonly id: string
  /** True when it has stores that a changelog can bring back: only such tasks have standbys. */
  readonly isStateful: boolean
  readonly stateStoreNames: ReadonlySet<string>
  readonly topicPartitions: readonly TaskTopicPartition[]
}

/** The settings of the leader that concern assignment. Times in ms. */
export interface AssignmentConfigs {
  readonly acceptableRecoveryLag: number
  readonly maxWarmupReplicas: number
  readonly numStandbyReplicas: number
  readonly probingRebalanceIntervalMs: number
  readonly rackAwareAssignmentTags: readonly string[]
  /** `none`, `min_traffic` or `balance_subtopology`. */
  readonly rackAwareAssignmentStrategy: string
  /** What a partition costs that a task reads from another rack; undefined: as the assignor thinks fit. */
  readonly rackAwareTrafficCost: number | undefined
  /** What it costs that a task moves; undefined: as the assignor thinks fit. */
  readonly rackAwareNonOverlapCost: number | undefined
}

/** One instance of the application as the group knows it. */
export interface KafkaStreamsState {
  readonly processId: ProcessId
  /** Its stream threads. */
  readonly numProcessingThreads: number
  /** The group members of its stream threads. */
  readonly consumerClientIds: readonly string[]
  /** Ids of the tasks that it processed until now. */
  readonly previousActiveTasks: ReadonlySet<string>
  /** Ids of the other tasks whose state it has. */
  readonly previousStandbyTasks: ReadonlySet<string>
  /** Its `application.server`, when it has one. */
  readonly hostInfo: HostInfo | undefined
  /** Its `client.tag.*` settings, by what follows in their names. */
  readonly clientTags: Readonly<Record<string, string>>
  /** Its `client.rack`, when it has one. */
  readonly rackId: string | undefined
  /**
   * How many records of changelogs it would have to read for a stateful task; -2 for one that it processes now.
   * @throws {IllegalStateError} when lags were not asked for, or for a task without state
   */
  lagFor(taskId: string): number
  /** The tasks that one of its members had, those with the smallest lag first. @throws {IllegalStateError} as {@link lagFor} */
  prevTasksByLag(consumerClientId: string): readonly string[]
  /** All lags by task id. @throws {IllegalStateError} as {@link lagFor} */
  statefulTasksToLagSums(): ReadonlyMap<string, number>
}

/** What an assignor decides from. */
export interface ApplicationState {
  readonly assignmentConfigs: AssignmentConfigs
  /** By id, in order. */
  readonly allTasks: ReadonlyMap<string, TaskInfo>
  /**
   * The instances in the group. With `computeTaskLags` the ends of all changelogs are asked for.
   * @throws {ClientError} when brokers do not tell them
   */
  kafkaStreamsStates(computeTaskLags: boolean): Promise<ReadonlyMap<ProcessId, KafkaStreamsState>>
}

/** What an assignor decides: one for each instance. */
export interface TaskAssignment {
  readonly assignment: Iterable<KafkaStreamsAssignment>
}

/** What is wrong with a {@link TaskAssignment}. */
export type AssignmentError =
  | 'NONE'
  | 'ACTIVE_TASK_ASSIGNED_MULTIPLE_TIMES'
  /** A standby of a task without state. */
  | 'INVALID_STANDBY_TASK'
  /** An instance has no assignment, not even an empty one. */
  | 'MISSING_PROCESS_ID'
  | 'UNKNOWN_PROCESS_ID'
  | 'UNKNOWN_TASK_ID'

/** What every member is told: the partitions of its active tasks, by member id. */
export type GroupAssignment = ReadonlyMap<string, { readonly partitions: readonly TopicPartitions[] }>

/** What every member asked for: its topics, by member id. */
export type GroupSubscription = ReadonlyMap<string, { readonly topics: readonly string[] }>

/**
 * Decides which instance has which tasks (KIP-924): `task.assignor.class` takes one, or a class of such. Works on the leader of
 * the group; all instances should have the same.
 */
export interface TaskAssignor {
  /** Called once, before the first assignment, with all settings as they were given. */
  configure?(configs: Readonly<Record<string, unknown>>): void
  assign(applicationState: ApplicationState): TaskAssignment | Promise<TaskAssignment>
  /** Hears what became of its decision; unless `error` is NONE the leader fails after this. */
  onAssignmentComputed?(assignment: GroupAssignment, subscription: GroupSubscription, error: AssignmentError): void
}
