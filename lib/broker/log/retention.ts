import type { PartitionLog } from './partition-log.ts'

/**
 * Removes the oldest segments that are past `retention.ms`, or over `retention.bytes`. Only whole segments go; the active
 * one too, when all of it is past its time, after a new one has taken its place.
 */
export const applyRetention = (log: PartitionLog, nowMs: number): void => {
  const { retentionMs, retentionBytes } = log.config
  if (!log.config.delete) return
  let excess = retentionBytes < 0 ? -1 : log.sizeBytes - retentionBytes
  let start = log.logStartOffset
  for (const segment of log.segments) {
    if (segment.size === 0 || segment.nextOffset > log.highWatermark) break
    const latest = segment.maxTimestamp >= 0 ? segment.maxTimestamp : segment.createdMs
    const expired = retentionMs >= 0 && nowMs - latest > retentionMs
    const over = retentionBytes >= 0 && excess >= segment.size
    if (!expired && !over) break
    excess -= segment.size
    start = segment.nextOffset
  }
  if (start <= log.logStartOffset) return
  if (start > log.active!.baseOffset) log.roll()
  log.advanceStart(start)
}
