import { closeSync, ftruncateSync, fstatSync, openSync, rmSync } from 'node:fs'
import type { FileStorage } from './file-storage.ts'
import type { PartitionLog } from './partition-log.ts'
import { Segment } from './segment.ts'
import { baseOffsetsIn, readProducers, readSummary, segmentFile } from './segment-files.ts'
import { scanSegment } from './segment-scan.ts'

/** Everything of a segment, wherever it was left. */
const removeSegment = (directory: string, baseOffset: number): void => {
  rmSync(segmentFile(directory, baseOffset, 'log'), { force: true })
  rmSync(segmentFile(directory, baseOffset, 'index'), { force: true })
}

/** A segment that is not known to be good is read through and cut where it stops to be. */
const scan = (log: PartitionLog, storage: FileStorage, baseOffset: number, producersFrom: number, nowMs: number): { segment: Segment; torn: boolean } => {
  const descriptor = openSync(segmentFile(storage.directory, baseOffset, 'log'), 'r+')
  try {
    const { size } = fstatSync(descriptor)
    const found = new Segment(baseOffset, storage.open(baseOffset, 0), log.config.indexIntervalBytes, nowMs)
    const end = scanSegment(descriptor, size, baseOffset, (batch, position) => {
      found.noteBatch(batch, position)
      if (batch.producerId >= 0 && batch.baseOffset >= producersFrom) log.producers.note(batch, nowMs)
    })
    if (end < size) ftruncateSync(descriptor, end)
    const segment = new Segment(baseOffset, storage.open(baseOffset, end), log.config.indexIntervalBytes, nowMs)
    segment.restore(found.summary, log.config.indexIntervalBytes)
    return { segment, torn: end < size }
  } finally {
    closeSync(descriptor)
  }
}

/** A closed segment whose summary fits its file; `undefined` when it must be read through. */
const summarised = (log: PartitionLog, storage: FileStorage, baseOffset: number, producersFrom: number, nowMs: number): Segment | undefined => {
  const summary = readSummary(storage.directory, baseOffset)
  if (summary === undefined) return undefined
  const descriptor = openSync(segmentFile(storage.directory, baseOffset, 'log'), 'r')
  const { size } = fstatSync(descriptor)
  closeSync(descriptor)
  if (size !== summary.size) return undefined
  const segment = new Segment(baseOffset, storage.open(baseOffset, size), log.config.indexIntervalBytes, nowMs)
  segment.restore(summary, log.config.indexIntervalBytes)
  if (segment.nextOffset > producersFrom) {
    for (const { batch } of segment.batches()) if (batch.producerId >= 0 && batch.baseOffset >= producersFrom) log.producers.note(batch, nowMs)
    segment.bytes.close()
  }
  return segment
}

/**
 * Fills a log with what its directory holds: everything up to the first torn or damaged batch, which is where a killed
 * process stopped writing. What comes after is removed.
 */
export const recoverLog = (log: PartitionLog, storage: FileStorage, logStartOffset: number, nowMs: number): void => {
  const bases = baseOffsetsIn(storage.directory, 'log')
  const snapshot = readProducers(storage.directory, bases.at(-1) ?? 0)
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
    const known = baseOffset === bases.at(-1) ? undefined : summarised(log, storage, baseOffset, snapshot.offset, nowMs)
    const { segment, torn: cut } = known === undefined ? scan(log, storage, baseOffset, snapshot.offset, nowMs) : { segment: known, torn: false }
    segments.push(segment)
    torn = cut
  }
  log.restore(segments, logStartOffset)
}
