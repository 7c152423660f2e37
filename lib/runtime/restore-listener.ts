import type { TopicPartition } from '../core/topic-partition.ts'

/** Hears how the restoration of stores goes on. Called from the event loop between slices; keep it short. */
export interface StateRestoreListener {
  /** Restoration begins at `startingOffset` and will end when `endingOffset` is reached. */
  onRestoreStart?(partition: TopicPartition, storeName: string, startingOffset: number, endingOffset: number): void
  /** `numRestored` more records are in the store; `batchEndOffset` is the offset of the last of them. */
  onBatchRestored?(partition: TopicPartition, storeName: string, batchEndOffset: number, numRestored: number): void
  onRestoreEnd?(partition: TopicPartition, storeName: string, totalRestored: number): void
  /** The task went to another instance before its store was complete. */
  onRestoreSuspended?(partition: TopicPartition, storeName: string, totalRestored: number): void
}
