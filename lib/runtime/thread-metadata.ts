import { partitionKey } from '../core/topic-partition.ts'
import type { TopicPartition } from '../core/topic-partition.ts'
import type { ManagedTask } from './managed-task.ts'
import type { ManagedStandby } from './standby-tasks.ts'
import { clientNames } from './metrics/client-names.ts'
import type { ThreadState } from './thread-state.ts'

/** An offset of a partition that a task reads. */
export interface PartitionOffset extends TopicPartition {
  readonly offset: number
}

export interface TaskMetadata {
  readonly taskId: string
  readonly topicPartitions: readonly TopicPartition[]
  /** False while its stores are being restored, and of standbys. */
  readonly isRunning: boolean
  /** How far its inputs are committed; partitions of which nothing is known are absent. */
  readonly committedOffsets: readonly PartitionOffset[]
  /** The ends of its inputs as the last fetches saw them. */
  readonly endOffsets: readonly PartitionOffset[]
  /** Since when it has nothing that it may process, ms since the epoch; undefined while it processes. */
  readonly timeCurrentIdlingStarted: number | undefined
}

/** One stream thread of this instance and its tasks. */
export interface ThreadMetadata {
  readonly threadName: string
  readonly threadState: ThreadState
  readonly activeTasks: readonly TaskMetadata[]
  readonly standbyTasks: readonly TaskMetadata[]
  /** Java's names of its clients, which are in the tags of their metrics. Brokers know all connections of an instance by its `client.id`. */
  readonly consumerClientId: string
  readonly restoreConsumerClientId: string
  readonly producerClientIds: readonly string[]
  readonly adminClientId: string
}

/** What of a stream thread its metadata are made of. */
interface ShownThread {
  readonly name: string
  readonly state: ThreadState
  readonly tasks: readonly ManagedTask[]
  readonly standbyTasks: readonly ManagedStandby[]
  endOffset(topic: string, partition: number): number | undefined
}

export const threadMetadata = (thread: ShownThread, clientId: string): ThreadMetadata => ({
  threadName: thread.name,
  threadState: thread.state,
  activeTasks: thread.tasks.map((managed) => activeMetadata(managed, thread)),
  standbyTasks: thread.standbyTasks.map(standbyMetadata),
  ...clientNames(thread.name, clientId),
})

const activeMetadata = ({ id, task, isRunning, startOffsets }: ManagedTask, thread: ShownThread): TaskMetadata => {
  const offsets = (offsetOf: (at: TopicPartition) => number | undefined): PartitionOffset[] =>
    task.inputPartitions.flatMap((at) => {
      const offset = offsetOf(at)
      return offset === undefined ? [] : [{ topic: at.topic, partition: at.partition, offset }]
    })
  const committed = (key: string): number | undefined => task.committed.get(key) ?? startOffsets.get(key)
  return {
    taskId: id,
    topicPartitions: task.inputPartitions,
    isRunning,
    committedOffsets: offsets(({ topic, partition }) => committed(partitionKey(topic, partition))),
    endOffsets: offsets(({ topic, partition }) => thread.endOffset(topic, partition)),
    timeCurrentIdlingStarted: task.idleSinceMs,
  }
}

const standbyMetadata = ({ id, topics, task }: ManagedStandby): TaskMetadata => ({
  taskId: id,
  topicPartitions: topics.map((topic) => ({ topic, partition: task.id.partition })),
  isRunning: false,
  committedOffsets: [],
  endOffsets: [],
  timeCurrentIdlingStarted: undefined,
})
