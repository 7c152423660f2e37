import type { TaskId } from '../../topology/api.ts'
import type { TopicPartition } from '../core/topic-partition.ts'

/** Why a standby stops following a changelog: its task went to another instance, or is to be processed by this one. */
export type StandbySuspendReason = 'MIGRATED' | 'PROMOTED'

/** Hears how the standbys of this instance follow their changelogs (KIP-988). Called from the event loop between slices; keep it short. */
export interface StandbyUpdateListener {
  /** The store has everything before `startingOffset`, and goes on from there. */
  onUpdateStart?(partition: TopicPartition, storeName: string, startingOffset: number): void
  /**
   * `batchSize` more records are in the store; `batchEndOffset` is the offset of the last of them, `currentEndOffset` the end of
   * the changelog as far as it is known.
   */
  onBatchLoaded?(partition: TopicPartition, storeName: string, taskId: TaskId, batchEndOffset: number, batchSize: number, currentEndOffset: number): void
  /** `storeOffset` is how far the store got, `currentEndOffset` the end of the changelog as far as it is known. */
  onUpdateSuspended?(partition: TopicPartition, storeName: string, storeOffset: number, currentEndOffset: number, reason: StandbySuspendReason): void
}
