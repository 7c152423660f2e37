import type { RecordChunk } from '../core/record-cursor.ts'
import type { ClientError } from './errors.ts'
import type { FetchMeter } from './types-meters.ts'

export type IsolationLevel = 'read_uncommitted' | 'read_committed'

export interface FetcherOptions {
  /**
   * Records of one partition, in offset order. The owner calls `chunk.release()` when it has read them; until then they
   * count against `partitionBudgetBytes`. Synchronous; must not throw.
   */
  readonly onChunk: (topic: string, partition: number, chunk: RecordChunk) => void
  /** The position does not exist (any more): the partition waits until it is given a position by `assign` or `seek`. */
  readonly onOffsetOutOfRange?: ((topic: string, partition: number) => void) | undefined
  /** A partition cannot be fetched for a reason that does not pass by itself (authorisation, corrupt data). It is paused. */
  readonly onError?: ((error: ClientError, topic: string, partition: number) => void) | undefined
  /** Called after every fetch response, also empty ones: high watermarks may have moved. */
  readonly onFetched?: (() => void) | undefined
  readonly meter?: FetchMeter | undefined
  /** How long a broker waits for `minBytes`, ms. Default 500. */
  readonly maxWaitMs?: number | undefined
  /** Default 1. */
  readonly minBytes?: number | undefined
  /** Bytes per response. Default: 1 MB at first, then up to 8 MB as long as all fetchers of the process together hold little. */
  readonly maxBytes?: number | undefined
  /** Bytes per partition and response. Default 1 MB when several partitions share a broker (256 KB while memory is short), else `maxBytes`. */
  readonly maxPartitionBytes?: number | undefined
  /** A partition with more unreleased bytes than this is not fetched. Default: twice `maxPartitionBytes`. */
  readonly partitionBudgetBytes?: number | undefined
  /** Default `read_uncommitted`. */
  readonly isolationLevel?: IsolationLevel | undefined
}

export interface RecordFetcher {
  /** Starts (or restarts) fetching a partition at `offset`. */
  assign(topic: string, partition: number, offset: number): void
  /** Stops it; chunks handed out stay valid until released, later ones are dropped. */
  unassign(topic: string, partition: number): void
  /** Goes on from another offset; what was fetched and not yet delivered is dropped. */
  seek(topic: string, partition: number, offset: number): void
  pause(topic: string, partition: number): void
  resume(topic: string, partition: number): void
  isPaused(topic: string, partition: number): boolean
  /** The assigned partitions' keys (`partitionKey`). */
  assignment(): readonly string[]
  /** The offset after the last record delivered; undefined when not assigned. */
  position(topic: string, partition: number): number | undefined
  /** As of the last fetch; undefined before the first. With read_committed {@link lastStableOffset} is the readable end. */
  highWatermark(topic: string, partition: number): number | undefined
  lastStableOffset(topic: string, partition: number): number | undefined
  logStartOffset(topic: string, partition: number): number | undefined
  /** Records between position and readable end; undefined before the first fetch. */
  lag(topic: string, partition: number): number | undefined
  /** Bytes delivered and not yet released, over all partitions. */
  readonly unreleasedBytes: number
  close(): Promise<void>
}
