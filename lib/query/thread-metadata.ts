import type { TopicPartition } from '../core/topic-partition.ts'
import type { StreamThread } from '../runtime/stream-thread.ts'
import type { ThreadState } from '../runtime/thread-state.ts'

export interface TaskMetadata {
  readonly taskId: string
  readonly topicPartitions: readonly TopicPartition[]
  /** False while its stores are being restored. */
  readonly isRunning: boolean
}

/** One stream thread of this instance and its tasks. */
export interface ThreadMetadata {
  readonly threadName: string
  readonly threadState: ThreadState
  readonly activeTasks: readonly TaskMetadata[]
  readonly standbyTasks: readonly TaskMetadata[]
}

export const threadMetadata = ({ name, state, tasks, standbyTasks }: StreamThread): ThreadMetadata => ({
  threadName: name,
  threadState: state,
  activeTasks: tasks.map(({ id, task, isRunning }) => ({ taskId: id, topicPartitions: task.inputPartitions, isRunning })),
  standbyTasks: standbyTasks.map(({ id, topics, task }) => ({
    taskId: id,
    topicPartitions: topics.map((topic) => ({ topic, partition: task.id.partition })),
    isRunning: false,
  })),
})
