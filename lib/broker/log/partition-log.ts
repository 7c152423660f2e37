import type { Time } from '../../core/time.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { Leadership } from '../cluster/leadership.ts'
import type { LogConfig } from '../config/log-config.ts'
import { StorageError } from '../errors.ts'
import { RecordBatch } from '../../protocol/records/record-batch.ts'
import { BATCH_HEADER_BYTES } from '../../protocol/records/batch-format.ts'
import { setLogAppendTime } from '../../protocol/records/batch-rewrite.ts'
import { stampOffset } from './batch.ts'
import type { LogStorage } from './log-storage.ts'
import type { AbortedRange } from './open-transactions.ts'
import { ProducerState } from './producer-state.ts'
import { Segment } from './segment.ts'
import { markerBatch } from './transaction-marker.ts'
import type { TransactionEnd } from './transaction-marker.ts'

/** What became of a batch. Offsets and times are -1 where there is none. */
export interface AppendResult {
  readonly error: number
  readonly baseOffset: number
  /** The offset that must be written before the producer may be told; see {@link PartitionLog.whenWritten}. */
  readonly lastOffset: number
  /** Ms; -1 when the records keep their producer's time. */
  readonly logAppendTimeMs: number
  /** For people, when there is more to say than the error code does. */
  readonly message?: string
}

/** A range of whole batches of a segment; `bytes.read(start, end)` brings them. */
export interface LogSlice {
  readonly segment: Segment
  readonly start: number
  readonly end: number
}

interface WriteWaiter {
  readonly offset: number
  resolve(): void
  reject(error: Error): void
}

const refused = (error: number, message?: string): AppendResult => ({ error, baseOffset: -1, lastOffset: -1, logAppendTimeMs: -1, message })

/** The log of one partition: segments in offset order, the newest of which is appended to. */
export class PartitionLog {
  readonly topic: string
  readonly partition: number
  readonly producers = new ProducerState()
  /** Who has the partition and who leads it; the records are the same for all. */
  leadership = new Leadership([0])
  config: LogConfig
  /** The first offset that readers may ask for. */
  logStartOffset = 0
  /** The offset that the next record gets. */
  nextOffset = 0
  /** Readers see what is before it: everything that has reached its place. */
  highWatermark = 0
  #segments: Segment[] = []
  readonly storage: LogStorage
  readonly #time: Time
  readonly #watchers = new Set<() => void>()
  #writeWaiters: WriteWaiter[] = []
  #failure: Error | undefined
  #deleted = false

  constructor(topic: string, partition: number, config: LogConfig, storage: LogStorage, time: Time) {
    this.topic = topic
    this.partition = partition
    this.config = config
    this.storage = storage
    this.#time = time
  }

  get segments(): readonly Segment[] {
    return this.#segments
  }

  get active(): Segment | undefined {
    return this.#segments.at(-1)
  }

  /** No record at or after it is part of a transaction that is still open. */
  get lastStableOffset(): number {
    const unstable = this.producers.transactions.firstUnstable(this.highWatermark)
    return unstable === undefined ? this.highWatermark : Math.min(Math.max(unstable, this.logStartOffset), this.highWatermark)
  }

  get sizeBytes(): number {
    let size = 0
    for (const segment of this.#segments) size += segment.size
    return size
  }

  get leaderEpoch(): number {
    return this.leadership.epoch
  }

  /** Has another broker lead, or the same one in a new epoch; fetches that wait here are answered. */
  electLeader(nodeId: number): void {
    this.leadership.elect(nodeId, this.nextOffset)
    this.#notify()
  }

  get isDeleted(): boolean {
    return this.#deleted
  }

  /** Appends one batch that was validated; stamps its offset into it, so the buffer is the log's from now on. */
  append(batch: Buffer): AppendResult {
    if (this.#failure !== undefined) return refused(errorCodes.KAFKA_STORAGE_ERROR, this.#failure.message)
    const header = new RecordBatch(batch, 0)
    const { producerId, lastOffsetDelta } = header
    if (producerId >= 0) {
      const verdict = this.producers.check(producerId, header.producerEpoch, header.baseSequence, header.lastSequence, header.isTransactional)
      if (verdict.kind === 'refuse') return refused(verdict.error)
      if (verdict.kind === 'duplicate') {
        const { baseOffset, lastOffset, timestamp } = verdict.of
        // Kafka tells a retry the time of the batch whatever the type of timestamps.
        return { error: errorCodes.NONE, baseOffset, lastOffset, logAppendTimeMs: timestamp }
      }
    }
    if (!this.storage.hasRoomFor(batch.length)) {
      return refused(errorCodes.POLICY_VIOLATION, 'the in-memory broker is full: raise limits.maxLogBytes, set retention, or give it a directory')
    }
    const nowMs = this.#time.now()
    const baseOffset = this.nextOffset
    const lastOffset = baseOffset + lastOffsetDelta
    const segment = this.#place(batch, header, nowMs)
    if (segment instanceof StorageError) return refused(errorCodes.KAFKA_STORAGE_ERROR, segment.message)
    if (producerId >= 0) this.producers.note(header, nowMs)
    segment.append(batch, (error) => this.#written(lastOffset + 1, error))
    return { error: errorCodes.NONE, baseOffset, lastOffset, logAppendTimeMs: this.config.logAppendTime ? nowMs : -1 }
  }

  /** Gives a batch the next offsets and a segment to go to, which it may not be possible to begin. */
  #place(batch: Buffer, header: RecordBatch, nowMs: number): Segment | StorageError {
    stampOffset(batch, this.nextOffset, this.leadership.epoch)
    if (this.config.logAppendTime) setLogAppendTime(batch, 0, nowMs)
    try {
      const segment = this.#segmentFor(header, nowMs)
      this.nextOffset = header.lastOffset + 1
      return segment
    } catch (error) {
      return this.#storageError(error as Error)
    }
  }

  #storageError(cause: Error): StorageError {
    return new StorageError(`the log of ${this.topic}-${this.partition}`, cause)
  }

  /** Ends a producer's transaction with a marker, for which there is always room. */
  endTransaction(end: TransactionEnd): AppendResult {
    if (this.#failure !== undefined) return refused(errorCodes.KAFKA_STORAGE_ERROR, this.#failure.message)
    const error = this.producers.markerError(end)
    if (error !== errorCodes.NONE) return refused(error)
    const nowMs = this.#time.now()
    const batch = markerBatch(end, nowMs)
    const header = new RecordBatch(batch, 0)
    const segment = this.#place(batch, header, nowMs)
    if (segment instanceof StorageError) return refused(errorCodes.KAFKA_STORAGE_ERROR, segment.message)
    const { baseOffset } = header
    const firstOffset = this.producers.end(end, baseOffset, nowMs, nowMs)
    if (firstOffset !== undefined && !end.committed) segment.aborted.push({ producerId: end.producerId, firstOffset, lastOffset: baseOffset })
    segment.append(batch, (failure) => this.#written(baseOffset + 1, failure))
    return { error: errorCodes.NONE, baseOffset, lastOffset: baseOffset, logAppendTimeMs: -1 }
  }

  /** The aborted transactions that have records in a slice, which begins at `fromOffset` or a little before. */
  abortedIn({ segment, end }: LogSlice, fromOffset: number, limit: number): AbortedRange[] {
    const beyond = end < segment.bytes.readable ? new RecordBatch(segment.bytes.peek(end, BATCH_HEADER_BYTES), 0).baseOffset : Math.min(segment.nextOffset, limit)
    const found: AbortedRange[] = []
    for (let i = Math.max(0, this.segmentIndexOf(segment.baseOffset)); i < this.#segments.length; i++) {
      for (const range of this.#segments[i]!.aborted) if (range.lastOffset >= fromOffset && range.firstOffset < beyond) found.push(range)
    }
    return found
  }

  #segmentFor({ baseOffset, byteLength, maxTimestamp }: RecordBatch, nowMs: number): Segment {
    const active = this.active
    if (active === undefined) return this.roll(baseOffset)
    if (active.size === 0) return active
    const full = active.size + byteLength > Math.min(this.config.segmentBytes, this.storage.maxSegmentBytes)
    const age = active.firstTimestamp >= 0 && maxTimestamp >= 0 ? maxTimestamp - active.firstTimestamp : nowMs - active.createdMs
    return full || age > this.config.segmentMs ? this.roll(baseOffset) : active
  }

  /** Closes the active segment to appends and begins the next one. */
  roll(baseOffset = this.nextOffset): Segment {
    const active = this.active
    if (active !== undefined && active.size === 0) return active
    if (active !== undefined) this.storage.rolled(active, this.producers)
    const segment = new Segment(baseOffset, this.storage.create(baseOffset), this.config.indexIntervalBytes, this.#time.now())
    this.#segments.push(segment)
    return segment
  }

  #written(nextOffset: number, error: Error | undefined): void {
    if (error !== undefined) {
      this.#failure = this.#storageError(error)
      const waiters = this.#writeWaiters
      this.#writeWaiters = []
      for (const waiter of waiters) waiter.reject(this.#failure)
      this.#notify()
      return
    }
    this.highWatermark = nextOffset
    while (this.#writeWaiters.length > 0 && this.#writeWaiters[0]!.offset < nextOffset) this.#writeWaiters.shift()!.resolve()
    this.#notify()
  }

  /** Resolves when the record at this offset is where it survives the process; `undefined` when it already is. */
  whenWritten(offset: number): Promise<void> | undefined {
    if (offset < this.highWatermark) return undefined
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => this.#writeWaiters.push({ offset, resolve, reject }))
  }

  /** Where the batches from `offset` on are that readers below `limit` may see; `undefined` when there are none. */
  slice(offset: number, maxBytes: number, limit: number, atLeastOneBatch: boolean): LogSlice | undefined {
    for (let i = Math.max(0, this.segmentIndexOf(offset)); i < this.#segments.length; i++) {
      const segment = this.#segments[i]!
      if (segment.baseOffset >= limit) return undefined
      const start = segment.positionOf(Math.max(offset, segment.baseOffset))
      if (start === undefined) continue
      const readable = limit >= Math.min(segment.nextOffset, this.highWatermark) ? segment.bytes.readable : (segment.positionOf(limit) ?? segment.bytes.readable)
      if (start >= readable) return undefined
      let end = segment.endWithin(start, maxBytes, readable)
      if (end === start && atLeastOneBatch) end = Math.min(readable, start + segment.batches(start).next().value!.size)
      return end === start ? undefined : { segment, start, end }
    }
    return undefined
  }

  /** The index of the last segment that begins at or before the offset; -1 before the first. */
  segmentIndexOf(offset: number): number {
    let low = -1
    let high = this.#segments.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.#segments[middle]!.baseOffset <= offset) low = middle
      else high = middle - 1
    }
    return low
  }

  /** Moves the start of the log forward and gives back the segments that are wholly before it. */
  advanceStart(offset: number): void {
    if (offset <= this.logStartOffset) return
    this.logStartOffset = offset
    const gone = this.#segments.findIndex((segment, i) => i === this.#segments.length - 1 || segment.nextOffset > offset)
    for (const segment of this.#segments.splice(0, Math.max(0, gone))) segment.bytes.delete()
    this.#notify()
  }

  /** Puts a rewritten segment in the place of closed ones that follow one another, the first of which began where it does. */
  replace(old: readonly Segment[], replacement: Segment): void {
    this.#segments.splice(this.#segments.indexOf(old[0]!), old.length, replacement)
    this.storage.replaced(replacement)
    old[0]!.bytes.replaced()
    for (const segment of old.slice(1)) segment.bytes.delete()
  }

  /** Takes over what was found at start. */
  restore(segments: Segment[], logStartOffset: number): void {
    this.#segments = segments
    this.nextOffset = Math.max(this.active?.nextOffset ?? 0, logStartOffset)
    this.highWatermark = this.nextOffset
    this.logStartOffset = Math.max(logStartOffset, segments[0]?.baseOffset ?? 0)
  }

  /** Calls back whenever readers may see more or something else: appended, start moved, failed or deleted. Returns how to stop. */
  watch(changed: () => void): () => void {
    this.#watchers.add(changed)
    return () => this.#watchers.delete(changed)
  }

  #notify(): void {
    for (const changed of [...this.#watchers]) changed()
  }

  async close(): Promise<void> {
    await this.storage.drained()
    for (const segment of this.#segments) segment.bytes.close()
  }

  delete(): void {
    this.#deleted = true
    for (const segment of this.#segments) segment.bytes.delete()
    this.storage.deleted()
    this.#segments = []
    this.#notify()
  }
}
