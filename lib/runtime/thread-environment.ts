import type { StateStore } from '../../topology/api.ts'
import type { StreamsConfig } from '../../topology/config.ts'
import type { InternalTopologyBuilder } from '../../topology/internals/internal-topology-builder.ts'
import type { Cluster } from '../client/cluster.ts'
import type { ClusterAdmin } from '../client/types.ts'
import type { Logger } from '../core/log.ts'
import type { Time } from '../core/time.ts'
import type { MetricsRegistry } from '../metrics/metrics-registry.ts'
import type { StateDirectory } from '../task/state-directory.ts'
import type { AssignmentInfo } from './assignor/assignment-info.ts'
import type { TaskAssignor } from './assignor/task-assignor.ts'
import type { StateRestoreListener } from './restore-listener.ts'
import type { StandbyUpdateListener } from './standby-listener.ts'
import type { ThreadState } from './thread-state.ts'

/** What all stream threads of one client share. */
export interface ThreadEnvironment {
  readonly config: StreamsConfig
  readonly builder: InternalTopologyBuilder
  readonly cluster: Cluster
  /** Resolves when the cluster has answered for the first time. */
  readonly connected: Promise<void>
  readonly admin: ClusterAdmin
  readonly logger: Logger
  readonly time: Time
  readonly metrics: MetricsRegistry
  readonly processId: string
  readonly taskAssignor: TaskAssignor
  /** `application.server`, when set. */
  readonly userEndPoint: string | undefined
  readonly stateDirectory: StateDirectory
  /** True when some store keeps files. */
  readonly usesFiles: boolean
  readonly globalStore: (name: string) => StateStore | undefined
  readonly restoreListener: () => StateRestoreListener | undefined
  readonly standbyListener: () => StandbyUpdateListener | undefined
  /** A thread's share of `statestore.cache.max.bytes`. */
  readonly cacheBytes: () => number
  /** True while nothing is to be processed. */
  readonly isPaused: () => boolean
}

/** What a stream thread tells its client. */
export interface ThreadListener {
  stateChanged(newState: ThreadState, oldState: ThreadState): void
  /** A new assignment: who has which partitions. */
  assigned(assignment: Pick<AssignmentInfo, 'hosts' | 'partitionCounts'>): void
  /** The thread has stopped working and waits for its shutdown. Told once. */
  failed(error: Error): void
  /** Another member asked the whole application to stop. */
  shutdownRequested(): void
}
