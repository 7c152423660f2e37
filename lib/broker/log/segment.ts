import { BATCH_HEADER_BYTES } from '../../protocol/records/batch-format.ts'
import { RecordBatch } from '../../protocol/records/record-batch.ts'
import type { AbortedRange } from './open-transactions.ts'
import type { SegmentBytes, Written } from './segment-bytes.ts'
import { SparseIndex } from './sparse-index.ts'
import type { IndexEntries } from './sparse-index.ts'

const WALK_BYTES = 4096 + BATCH_HEADER_BYTES

/** What there is to know of a closed segment without reading it. */
export interface SegmentSummary {
  readonly baseOffset: number
  readonly size: number
  readonly nextOffset: number
  readonly maxTimestamp: number
  readonly firstTimestamp: number
  readonly createdMs: number
  readonly index: IndexEntries
  /** Left out when there are none. */
  readonly aborted?: readonly AbortedRange[]
}

/** A batch as a walk over a segment meets it. Of `batch` only the header is sure to be there. */
export interface BatchPosition {
  readonly batch: RecordBatch
  /** Where the batch begins in the segment. */
  readonly position: number
  readonly size: number
}

/** A run of batches of a log: their bytes, where to find them, and what retention needs to know of them. */
export class Segment {
  readonly baseOffset: number
  readonly bytes: SegmentBytes
  #index: SparseIndex
  /** When the segment came to be, by the broker's clock (ms). */
  createdMs: number
  /** The largest timestamp of its records (ms); -1 when it is empty. */
  maxTimestamp = -1
  /** The largest timestamp of the first batch: from here `segment.ms` counts. */
  firstTimestamp = -1
  /** The offset after the last batch. */
  nextOffset: number
  /** The transactions whose abort markers are here, in the order of the markers. */
  aborted: AbortedRange[] = []

  constructor(baseOffset: number, bytes: SegmentBytes, indexIntervalBytes: number, createdMs: number) {
    this.baseOffset = baseOffset
    this.nextOffset = baseOffset
    this.bytes = bytes
    this.#index = new SparseIndex(indexIntervalBytes)
    this.createdMs = createdMs
  }

  get summary(): SegmentSummary {
    const { baseOffset, size, nextOffset, maxTimestamp, firstTimestamp, createdMs } = this
    const known = { baseOffset, size, nextOffset, maxTimestamp, firstTimestamp, createdMs, index: this.#index.entries }
    return this.aborted.length === 0 ? known : { ...known, aborted: this.aborted }
  }

  /** Takes over what is known of it, instead of reading through it. */
  restore(summary: SegmentSummary, indexIntervalBytes: number): void {
    this.nextOffset = summary.nextOffset
    this.maxTimestamp = summary.maxTimestamp
    this.firstTimestamp = summary.firstTimestamp
    this.createdMs = summary.createdMs
    this.#index = new SparseIndex(indexIntervalBytes, summary.index)
    this.aborted = [...(summary.aborted ?? [])]
  }

  get size(): number {
    return this.bytes.size
  }

  append(batch: Buffer, written: Written): void {
    this.noteBatch(new RecordBatch(batch, 0), this.bytes.size)
    this.bytes.append(batch, written)
  }

  /** Takes a batch that is in the bytes, or about to be, into the index. */
  noteBatch(batch: RecordBatch, position: number): void {
    const timestamp = batch.maxTimestamp
    this.#index.add(batch.baseOffset, position, this.maxTimestamp)
    if (position === 0) this.firstTimestamp = timestamp
    this.nextOffset = batch.lastOffset + 1
    if (timestamp > this.maxTimestamp) this.maxTimestamp = timestamp
  }

  /** The batches from a position on (which must be the start of one) that readers may see. */
  *batches(position = 0, end = this.bytes.readable): Generator<BatchPosition, void> {
    let buffer: Buffer = Buffer.alloc(0)
    let start = position
    while (position + BATCH_HEADER_BYTES <= end) {
      if (position - start + BATCH_HEADER_BYTES > buffer.length) {
        buffer = this.bytes.peek(position, WALK_BYTES)
        start = position
      }
      const batch = new RecordBatch(buffer, position - start)
      const size = batch.byteLength
      yield { batch, position, size }
      position += size
    }
  }

  /** Where the first batch begins that ends at this offset or later; `undefined` past the end of what readers may see. */
  positionOf(offset: number): number | undefined {
    for (const { batch, position } of this.batches(this.#index.positionOfOffset(offset))) {
      if (batch.lastOffset >= offset) return position
    }
    return undefined
  }

  /** The first batch that ends at `fromOffset` or later and has a record of `timestamp` or later. */
  batchOfTimestamp(timestamp: number, fromOffset: number): BatchPosition | undefined {
    if (this.maxTimestamp < timestamp) return undefined
    for (const found of this.batches(this.#index.positionOfTimestamp(timestamp))) {
      if (found.batch.maxTimestamp >= timestamp && found.batch.lastOffset >= fromOffset) return found
    }
    return undefined
  }

  /**
   * The end of the whole batches that fit `maxBytes` from `start`, which is the start of one; `start` itself when not even
   * the first fits. The index spares the walk, so the end may be up to an index interval short of what would fit.
   */
  endWithin(start: number, maxBytes: number, end: number): number {
    if (end - start <= maxBytes) return end
    const indexed = this.#index.positionAtOrBefore(start + maxBytes)
    if (indexed > start) return indexed
    let fits = start
    for (const { position, size } of this.batches(start, end)) {
      if (position + size - start > maxBytes) break
      fits = position + size
    }
    return fits
  }
}
