import type { TopicPartition } from '../core/topic-partition.ts'
import type { ThreadCache } from '../../stores/internals/thread-cache.ts'
import type { StateStore } from '../../topology/api.ts'
import type { ProcessorTopology } from '../../topology/internals/processor-topology.ts'
import type { RecordCollector } from './record-collector.ts'
import type { TaskEnvironment } from './task-environment.ts'
import type { TaskStores } from './task-stores.ts'

export type TaskState = 'created' | 'restoring' | 'running' | 'suspended' | 'closed'

export interface StreamTaskOptions extends TaskEnvironment {
  readonly topology: ProcessorTopology
  /** The source partitions this task reads. */
  readonly inputPartitions: readonly TopicPartition[]
  readonly collector: RecordCollector
  /** The stores of the standby whose place it takes, with the same collector. Default: stores of its own, not yet open. */
  readonly stores?: TaskStores | undefined
  /** The cache of the thread; undefined: stores are not cached. */
  readonly cache?: ThreadCache | undefined
  /** Finds the stores that the global task fills. */
  readonly globalStore?: ((name: string) => StateStore | undefined) | undefined
}

/** How far a source partition is processed. */
export interface CommittableOffset extends TopicPartition {
  /** The next offset to read. */
  readonly offset: number
  /** Largest timestamp processed, to be kept in the commit's metadata; -1 when there is none. */
  readonly partitionTime: number
}
