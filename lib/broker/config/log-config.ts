import type { CompressionType } from '../../protocol/compression/compression.ts'

/** The settings of a topic that its logs act on, parsed. Times in ms, sizes in bytes; -1 stands for no limit. */
export interface LogConfig {
  readonly compact: boolean
  readonly delete: boolean
  /** How batches are kept; `undefined`: as the producer sent them. */
  readonly compression: CompressionType | undefined
  readonly deleteRetentionMs: number
  readonly flushMessages: number
  readonly flushMs: number
  readonly indexIntervalBytes: number
  readonly maxCompactionLagMs: number
  readonly maxMessageBytes: number
  readonly timestampAfterMaxMs: number
  readonly timestampBeforeMaxMs: number
  readonly logAppendTime: boolean
  readonly minCleanableDirtyRatio: number
  readonly minCompactionLagMs: number
  readonly retentionBytes: number
  readonly retentionMs: number
  readonly segmentBytes: number
  readonly segmentMs: number
}
