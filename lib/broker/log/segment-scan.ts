import { readSync } from 'node:fs'
import { BATCH_HEADER_BYTES, MAGIC, at } from '../../protocol/records/batch-format.ts'
import { RecordBatch } from '../../protocol/records/record-batch.ts'

const WINDOW = 4 * 1024 * 1024

/**
 * Reads the batches of a segment file from its start and stops at the first that is not whole and right: bad checksum or
 * header, cut short, or an offset that does not ascend from `baseOffset`. Returns where that is: the end of what counts.
 */
export const scanSegment = (descriptor: number, size: number, baseOffset: number, each: (batch: RecordBatch, position: number) => void): number => {
  let window: Buffer = Buffer.alloc(0)
  let windowStart = 0
  let position = 0
  let nextOffset = baseOffset
  const load = (bytes: number): boolean => {
    if (position + bytes > size) return false
    if (position >= windowStart && position + bytes <= windowStart + window.length) return true
    const wanted = Math.min(size - position, Math.max(bytes, WINDOW))
    window = Buffer.allocUnsafe(wanted)
    windowStart = position
    let filled = 0
    while (filled < wanted) {
      const got = readSync(descriptor, window, filled, wanted - filled, position + filled)
      if (got === 0) break
      filled += got
    }
    return filled >= bytes
  }
  while (load(BATCH_HEADER_BYTES)) {
    const header = new RecordBatch(window, position - windowStart)
    const length = header.byteLength
    const plausible = window[position - windowStart + at.magic] === MAGIC && length >= BATCH_HEADER_BYTES && header.baseOffset >= nextOffset && header.lastOffsetDelta >= 0
    if (!plausible || !load(length)) break
    const batch = new RecordBatch(window, position - windowStart)
    if (!batch.hasValidCrc()) break
    each(batch, position)
    nextOffset = batch.lastOffset + 1
    position += length
  }
  return position
}
