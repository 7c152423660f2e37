import { isCompressionLoaded, loadCompression } from '../../protocol/compression/compression.ts'
import { RecordBatch, readBatchHeaders } from '../../protocol/records/record-batch.ts'
import { emptyBatch, filterBatch } from './batch-filter.ts'
import { CleanedTransactions } from './cleaned-transactions.ts'
import type { PartitionLog } from './partition-log.ts'
import { recordBytesOf, walkRecords } from './record-walk.ts'
import { Segment } from './segment.ts'

/** How much is read at a time. */
const CHUNK_BYTES = 1024 * 1024
/** How long is worked on it before others have their turn (ms): a chunk may hold many times its size of compressed records. */
const TURN_MS = 4

/** What a log remembers from one compaction to the next. */
export interface CompactionState {
  /** Everything before it was compacted. */
  readonly cleanUpTo: number
  /** When offsets were first compacted: tombstones go `delete.retention.ms` after. Ascending; times in ms. */
  readonly passes: readonly { readonly upTo: number; readonly atMs: number }[]
}

export const NEVER_COMPACTED: CompactionState = { cleanUpTo: 0, passes: [] }

/** The closed segments that compaction may touch now: written, without open transactions, and older than `min.compaction.lag.ms`. */
const cleanable = (log: PartitionLog, nowMs: number): Segment[] => {
  const closed = log.segments.slice(0, -1)
  const decided = log.lastStableOffset
  const stop = closed.findIndex((segment) => segment.nextOffset > decided || (log.config.minCompactionLagMs > 0 && segment.maxTimestamp > nowMs - log.config.minCompactionLagMs))
  return stop < 0 ? closed : closed.slice(0, stop)
}

/** The offset below which tombstones have been there long enough. */
const tombstonesGoneBefore = ({ passes }: CompactionState, deleteRetentionMs: number, nowMs: number): number =>
  passes.findLast(({ atMs }) => nowMs - atMs >= deleteRetentionMs)?.upTo ?? 0

/** Whether a compaction would do enough to be worth it. */
export const needsCompaction = (log: PartitionLog, state: CompactionState, nowMs: number): boolean => {
  const { config } = log
  if (!config.compact) return false
  const segments = cleanable(log, nowMs)
  let total = 0
  let dirty = 0
  let oldestDirty = Infinity
  for (const segment of segments) {
    total += segment.size
    if (segment.nextOffset <= state.cleanUpTo) continue
    dirty += segment.size
    oldestDirty = Math.min(oldestDirty, segment.firstTimestamp)
  }
  if (dirty > 0 && (dirty / total >= config.minCleanableDirtyRatio || nowMs - oldestDirty > config.maxCompactionLagMs)) return true
  const first = state.passes[0]
  return first !== undefined && nowMs - first.atMs >= config.deleteRetentionMs
}

/** The batches of a segment; lets others run in between. */
async function* batchesOf(segment: Segment, from: number): AsyncGenerator<RecordBatch, void> {
  let start = segment.positionOf(from) ?? segment.size
  let turnEnds = performance.now() + TURN_MS
  while (start < segment.size) {
    let end = segment.endWithin(start, CHUNK_BYTES, segment.size)
    if (end === start) end = start + segment.batches(start).next().value!.size
    const chunk = Buffer.concat(await segment.bytes.read(start, end))
    for (const batch of readBatchHeaders(chunk)) {
      if (!isCompressionLoaded(batch.compression)) await loadCompression(batch.compression)
      yield batch
      if (performance.now() < turnEnds) continue
      await new Promise((resolve) => setImmediate(resolve))
      turnEnds = performance.now() + TURN_MS
    }
    start = end
  }
}

/** The last offset of every key from `from` on; records of aborted transactions do not count. */
const lastOffsets = async (log: PartitionLog, segments: readonly Segment[], from: number): Promise<Map<string, number>> => {
  const last = new Map<string, number>()
  const transactions = new CleanedTransactions(log)
  for (const segment of segments) {
    if (segment.nextOffset <= from) continue
    for await (const batch of batchesOf(segment, from)) {
      if (batch.isControl || transactions.isAborted(batch)) continue
      const bytes = recordBytesOf(batch)
      for (const record of walkRecords(bytes, batch.recordCount)) {
        if (record.keyStart >= 0) last.set(bytes.latin1Slice(record.keyStart, record.keyEnd), batch.baseOffset + record.offsetDelta)
      }
    }
  }
  return last
}

/** Small segments go together into one, as long as it does not outgrow `segment.bytes`. */
const grouped = (segments: readonly Segment[], segmentBytes: number): Segment[][] => {
  const groups: Segment[][] = []
  let size = 0
  for (const segment of segments) {
    const group = groups.at(-1)
    if (group === undefined || size + segment.size > segmentBytes) {
      groups.push([segment])
      size = segment.size
    } else {
      group.push(segment)
      size += segment.size
    }
  }
  return groups
}

/**
 * Keeps the last record of every key in the closed segments of a log, and tombstones for `delete.retention.ms`. Offsets
 * stay; the active segment stays as it is. Returns what to remember for the next time.
 */
export const compactLog = async (log: PartitionLog, state: CompactionState, nowMs: number): Promise<CompactionState> => {
  const segments = cleanable(log, nowMs)
  const upTo = segments.at(-1)?.nextOffset
  if (upTo === undefined) return state
  const last = await lastOffsets(log, segments, state.cleanUpTo)
  const transactions = new CleanedTransactions(log)
  const goneBefore = tombstonesGoneBefore(state, log.config.deleteRetentionMs, nowMs)
  const compacted = (batch: RecordBatch): Buffer | undefined => {
    if (batch.isControl) return transactions.mayDrop(batch, goneBefore) ? undefined : batch.bytes
    const kept = filtered(batch)
    if (kept !== undefined) transactions.kept(batch)
    return kept
  }
  const filtered = (batch: RecordBatch): Buffer | undefined => {
    const aborted = transactions.isAborted(batch)
    const kept = aborted ? undefined : filterBatch(batch, (record, offset, bytes) => {
      if (record.keyStart < 0 || offset < log.logStartOffset) return false
      if ((last.get(bytes.latin1Slice(record.keyStart, record.keyEnd)) ?? offset) > offset) return false
      return !(record.isTombstone && offset < goneBefore)
    })
    if (kept !== undefined || batch.producerId < 0) return kept
    // The last batch of a producer stays, though empty: its sequence goes on from there.
    return log.producers.get(batch.producerId)?.batches.at(-1)?.lastOffset === batch.lastOffset ? emptyBatch(batch) : undefined
  }
  for (const group of grouped(segments, Math.min(log.config.segmentBytes, log.storage.maxSegmentBytes))) {
    await rewriteGroup(log, group, compacted, nowMs)
    if (log.isDeleted) return state
  }
  const passes = state.passes.filter(({ upTo: offset }) => offset > goneBefore)
  return { cleanUpTo: upTo, passes: upTo > (passes.at(-1)?.upTo ?? goneBefore) ? [...passes, { upTo, atMs: nowMs }] : passes }
}

const rewriteGroup = async (log: PartitionLog, group: readonly Segment[], compacted: (batch: RecordBatch) => Buffer | undefined, nowMs: number): Promise<void> => {
  const { baseOffset } = group[0]!
  const replacement = log.storage.replace(baseOffset)
  const noted: Segment = new Segment(baseOffset, group[0]!.bytes, log.config.indexIntervalBytes, nowMs)
  let position = 0
  try {
    for (const segment of group) {
      for await (const batch of batchesOf(segment, segment.baseOffset)) {
        const kept = compacted(batch)
        if (kept === undefined) continue
        noted.noteBatch(new RecordBatch(kept, 0), position)
        noted.aborted.push(...segment.aborted.filter(({ lastOffset }) => batch.isControl && lastOffset === batch.baseOffset))
        replacement.append(kept)
        position += kept.length
      }
    }
    await replacement.synced()
  } catch (error) {
    replacement.abandon()
    throw error
  }
  // Retention or a deletion may have been faster.
  if (log.isDeleted || group.some((segment) => !log.segments.includes(segment))) {
    replacement.abandon()
    return
  }
  const segment = new Segment(baseOffset, replacement.commit(), log.config.indexIntervalBytes, nowMs)
  segment.restore({ ...noted.summary, nextOffset: group.at(-1)!.nextOffset }, log.config.indexIntervalBytes)
  log.replace(group, segment)
}
