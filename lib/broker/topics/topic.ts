import type { LogConfig } from '../config/log-config.ts'
import type { PartitionLog } from '../log/partition-log.ts'

/** A topic: its name, what makes it this one and not an earlier one of that name, and its partitions. */
export interface Topic {
  readonly name: string
  /** Random, 16 bytes as base64url: a topic created anew under an old name has another. */
  readonly id: string
  readonly partitions: PartitionLog[]
  /** The settings that differ from the broker's. */
  readonly configs: Map<string, string>
  logConfig: LogConfig
}
