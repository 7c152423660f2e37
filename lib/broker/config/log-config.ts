/** The settings of a topic that its logs act on, parsed. Times in ms, sizes in bytes; -1 stands for no limit. */
export interface LogConfig {
  readonly compact: boolean
  readonly delete: boolean
  /** -1: as the producer sent it; else the number of the codec. */
  readonly compression: number
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
