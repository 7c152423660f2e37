import type { TopicPartitions } from './consumer-protocol.ts'
import { parseMetadata } from './subscription-info.ts'
import type { MemberErrorCode, MetadataVersion } from './subscription-info.ts'

/** Which partitions one process serves, for queries. */
export interface HostPartitions {
  /** `host:port`, the process's `application.server`. */
  readonly host: string
  readonly active: readonly TopicPartitions[]
  readonly standby: readonly TopicPartitions[]
}

/** What the leader tells one member: its tasks, and where everybody's partitions are. */
export interface AssignmentInfo {
  readonly errorCode: MemberErrorCode
  /** Words for people when the error code is not `none`. */
  readonly errorMessage: string | undefined
  /** By task id: the source topics of which the task reads its partition. */
  readonly activeTasks: ReadonlyMap<string, readonly string[]>
  /** The same for replicas of state that wait. */
  readonly standbyTasks: ReadonlyMap<string, readonly string[]>
  readonly hosts: readonly HostPartitions[]
  /** Partition counts of all source topics as the leader saw them. */
  readonly partitionCounts: ReadonlyMap<string, number>
  /** When this member is to ask for another rebalance, ms since the epoch; 0: at once; undefined: not by itself. */
  readonly followupRebalanceMs: number | undefined
}

interface Wire {
  readonly version: number
  readonly errorCode?: MemberErrorCode
  readonly errorMessage?: string | undefined
  readonly activeTasks: readonly (readonly [string, readonly string[]])[]
  readonly standbyTasks: readonly (readonly [string, readonly string[]])[]
  readonly hosts: readonly HostPartitions[]
  readonly partitionCounts: readonly (readonly [string, number])[]
  readonly followupRebalanceMs?: number | undefined
}

export const encodeAssignmentInfo = (info: AssignmentInfo, version: MetadataVersion): Buffer => {
  const wire: Wire = {
    version,
    errorCode: info.errorCode,
    errorMessage: info.errorMessage,
    activeTasks: [...info.activeTasks],
    standbyTasks: [...info.standbyTasks],
    hosts: info.hosts,
    partitionCounts: [...info.partitionCounts],
    followupRebalanceMs: info.followupRebalanceMs,
  }
  return Buffer.from(JSON.stringify(wire))
}

/** @throws {GroupProtocolError} when the bytes are not ours or from a newer form */
export const decodeAssignmentInfo = (bytes: Buffer | undefined, version: MetadataVersion): AssignmentInfo => {
  const wire = parseMetadata<Wire>(bytes, 'assignment', version)
  return {
    errorCode: wire.errorCode ?? 'none',
    errorMessage: wire.errorMessage,
    activeTasks: new Map(wire.activeTasks),
    standbyTasks: new Map(wire.standbyTasks),
    hosts: wire.hosts,
    partitionCounts: new Map(wire.partitionCounts),
    followupRebalanceMs: wire.followupRebalanceMs,
  }
}
