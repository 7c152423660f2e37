import { closeSync, ftruncateSync, fstatSync, openSync, rmSync, statSync } from 'node:fs'
import { RecordBatch } from '../../protocol/records/record-batch.ts'
import type { FileStorage } from './file-storage.ts'
import type { PartitionLog } from './partition-log.ts'
import { Segment } from './segment.ts'
import type { SegmentSummary } from './segment.ts'
import { baseOffsetsIn, readProducers, readSummary, segmentFile } from './segment-files.ts'
import { scanSegment } from './segment-scan.ts'
import { transactionEndOf } from './transaction-marker.ts'

/** Everything of a segment, wherever it was left. */
const removeSegment = (directory: string, baseOffset: number): void => {
  rmSync(segmentFile(directory, baseOffset, 'log'), { force: true })
  rmSync(segmentFile(directory, baseOffset, 'index'), { force: true })
}

/** Takes a batch that was found, whole, into what is known of producers and transactions. */
const noteProducer = (log: PartitionLog, segment: Segment, batch: RecordBatch, nowMs: number): void => {
  if (batch.producerId < 0) return
  if (!batch.isControl) {
    log.producers.note(batch, nowMs)
    return
  }
  const end = transactionEndOf(batch)
  if (end === undefined) return
  const firstOffset = log.producers.end(end, batch.baseOffset, batch.maxTimestamp, nowMs)
  if (firstOffset !== undefined && !end.committed) segment.aborted.push({ producerId: end.producerId, firstOffset, lastOffset: batch.baseOffset })
}

/** A segment that is not known to be good is read through and cut where it stops to be. */
const scan = (log: PartitionLog, storage: FileStorage, baseOffset: number, producersFrom: number, nowMs: number): { segment: Segment; torn: boolean } => {
  const descriptor = openSync(segmentFile(storage.directory, baseOffset, 'log'), 'r+')
  try {
    const { size } = fstatSync(descriptor)
    const found = new Segment(baseOffset, storage.open(baseOffset, 0), log.config.indexIntervalBytes, nowMs)
    const end = scanSegment(descriptor, size, baseOffset, (batch, position) => {
      found.noteBatch(batch, position)
      if (batch.baseOffset >= producersFrom) noteProducer(log, found, batch, nowMs)
    })
    if (end < size) ftruncateSync(descriptor, end)
    const segment = new Segment(baseOffset, storage.open(baseOffset, end), log.config.indexIntervalBytes, nowMs)
    segment.restore(found.summary, log.config.indexIntervalBytes)
    return { segment, torn: end < size }
  } finally {
    closeSync(descriptor)
  }
}

/** The summary of a closed segment; `undefined` when there is none that fits the file, which must be read through then. */
const fittingSummary = (directory: string, baseOffset: number): SegmentSummary | undefined => {
  const summary = readSummary(directory, baseOffset)
  return summary !== undefined && statSync(segmentFile(directory, baseOffset, 'log')).size === summary.size ? summary : undefined
}

/** A closed segment of which enough is known; only its producers are looked for, when no snapshot has them. */
const summarised = (log: PartitionLog, storage: FileStorage, summary: SegmentSummary, producersFrom: number, nowMs: number): Segment => {
  const { baseOffset } = summary
  const segment = new Segment(baseOffset, storage.open(baseOffset, summary.size), log.config.indexIntervalBytes, nowMs)
  segment.restore(summary, log.config.indexIntervalBytes)
  if (segment.nextOffset > producersFrom) {
    segment.aborted = segment.aborted.filter(({ lastOffset }) => lastOffset < producersFrom)
    for (const { batch, position, size } of segment.batches()) {
      if (batch.producerId < 0 || batch.baseOffset < producersFrom) continue
      noteProducer(log, segment, batch.isControl ? new RecordBatch(segment.bytes.peek(position, size), 0) : batch, nowMs)
    }
    segment.bytes.close()
  }
  return segment
}

/** The snapshot of producers to begin with; none when a segment before it has to be read through, for its transactions. */
const usableSnapshot = (directory: string, bases: readonly number[], summaries: ReadonlyMap<number, SegmentSummary>): ReturnType<typeof readProducers> => {
  const snapshot = readProducers(directory, bases.at(-1) ?? 0)
  return bases.slice(0, -1).every((base) => base >= snapshot.offset || summaries.has(base)) ? snapshot : { offset: -1, entries: [] }
}

/**
 * Fills a log with what its directory holds: everything up to the first torn or damaged batch, which is where a killed
 * process stopped writing. What comes after is removed.
 */
export const recoverLog = (log: PartitionLog, storage: FileStorage, logStartOffset: number, nowMs: number): void => {
  const bases = baseOffsetsIn(storage.directory, 'log')
  const summaries = new Map<number, SegmentSummary>()
  for (const baseOffset of bases.slice(0, -1)) {
    const summary = fittingSummary(storage.directory, baseOffset)
    if (summary !== undefined) summaries.set(baseOffset, summary)
  }
  const snapshot = usableSnapshot(storage.directory, bases, summaries)
  log.producers.restore(snapshot.entries)
  const segments: Segment[] = []
  let torn = false
  for (const baseOffset of bases) {
    const previous = segments.at(-1)
    // A file that a compaction had already merged into the one before it, or one after a cut.
    if (torn || (previous !== undefined && previous.nextOffset > baseOffset)) {
      removeSegment(storage.directory, baseOffset)
      continue
    }
    const summary = summaries.get(baseOffset)
    const { segment, torn: cut } = summary === undefined
      ? scan(log, storage, baseOffset, snapshot.offset, nowMs)
      : { segment: summarised(log, storage, summary, snapshot.offset, nowMs), torn: false }
    segments.push(segment)
    torn = cut
  }
  log.restore(segments, logStartOffset)
}
