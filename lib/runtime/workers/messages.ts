import type { Metric } from '../../metrics/metrics-registry.ts'
import type { AssignmentInfo } from '../assignor/assignment-info.ts'
import type { ThreadMetadata } from '../thread-metadata.ts'
import type { ThreadState } from '../thread-state.ts'
import type { PortableError } from './portable-error.ts'

/** What a worker is started with. */
export interface WorkerStart {
  /** The module that exports the topology. */
  readonly moduleUrl: string
  /** The client's settings by dotted names, without those that are no data: the module has them. */
  readonly config: Readonly<Record<string, unknown>>
  readonly threadName: string
  readonly threadIndex: number
  readonly clientId: string
  readonly processId: string
  readonly cacheBytes: number
  readonly isPaused: boolean
  /** Which listeners there are to tell. */
  readonly hears: { readonly logs: boolean; readonly restore: boolean; readonly standby: boolean }
}

/** From the client to a worker. */
export type ToWorker =
  | { readonly type: 'shutdown'; readonly leaveGroup: boolean }
  | { readonly type: 'paused'; readonly isPaused: boolean }
  | { readonly type: 'cache'; readonly bytes: number }
  | { readonly type: 'shutdown-application' }
  /** To be answered with an `answer` of the same id. */
  | { readonly type: 'question'; readonly id: number; readonly question: unknown }

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** Metrics as they are now; without names and tags when these are those of the report before. */
export type MetricsReport = { readonly metrics: readonly Metric[] } | { readonly values: readonly Metric['value'][] }

/** What the client is to know of a worker without asking. */
export interface WorkerReport {
  readonly metadata: ThreadMetadata
  readonly metrics: MetricsReport
  /** Its id in the group; empty before it has one. */
  readonly memberId: string
}

/** From a worker to its client. */
export type FromWorker =
  /** The topology is loaded and the global stores are filled; the stream thread starts. */
  | { readonly type: 'ready' }
  | { readonly type: 'state'; readonly state: ThreadState; readonly report: WorkerReport }
  | { readonly type: 'report'; readonly report: WorkerReport }
  | { readonly type: 'assigned'; readonly hosts: AssignmentInfo['hosts']; readonly partitionCounts: AssignmentInfo['partitionCounts'] }
  | { readonly type: 'failed'; readonly error: PortableError }
  | { readonly type: 'global-failed'; readonly error: PortableError }
  | { readonly type: 'shutdown-requested' }
  | { readonly type: 'log'; readonly level: LogLevel; readonly fields: object; readonly message: string | undefined }
  /** A call of the restore or standby listener. */
  | { readonly type: 'heard'; readonly listener: 'restore' | 'standby'; readonly method: string; readonly args: readonly unknown[] }
  | { readonly type: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly type: 'refusal'; readonly id: number; readonly error: PortableError }
  /** Everything is closed: the worker may end. */
  | { readonly type: 'stopped' }
