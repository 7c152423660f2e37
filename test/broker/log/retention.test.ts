import type { PartitionLog } from '../../../lib/broker/log/partition-log.ts'
import { applyRetention } from '../../../lib/broker/log/retention.ts'
import { batchOf } from '../helpers/batches.ts'
import { logConfig, memoryLog } from '../helpers/test-log.ts'

/** A log with one segment for every timestamp. */
const segmentsAt = (timestamps: readonly number[], settings: Record<string, string | number>): PartitionLog => {
  const log = memoryLog(logConfig(settings))
  for (const timestamp of timestamps) {
    log.roll()
    log.append(batchOf([{ value: 'v', timestamp }]))
  }
  return log
}

describe('retention', () => {
  test('should remove segments whose newest record is older than retention.ms', () => {
    const log = segmentsAt([1000, 2000, 3000], { 'retention.ms': 500 })
    applyRetention(log, 2501)
    expect(log.logStartOffset).toBe(2)
    expect(log.segments.length).toBe(1)
  })

  test('should stop at the first segment that is young enough, though later ones are older', () => {
    const log = segmentsAt([1000, 9000, 1000], { 'retention.ms': 500 })
    applyRetention(log, 5000)
    expect(log.logStartOffset).toBe(1)
  })

  test('should remove the active segment too when all of it is past its time, and go on at the same offset', () => {
    const log = segmentsAt([1000, 2000], { 'retention.ms': 500 })
    applyRetention(log, 10_000)
    expect([log.logStartOffset, log.nextOffset, log.sizeBytes]).toEqual([2, 2, 0])
    expect(log.append(batchOf([{ value: 'v', timestamp: 10_000 }])).baseOffset).toBe(2)
  })

  test('should remove the oldest segments while the rest is still retention.bytes', () => {
    const size = segmentsAt([1], {}).sizeBytes
    const log = segmentsAt([1, 2, 3, 4], { 'retention.ms': -1, 'retention.bytes': 2 * size })
    applyRetention(log, 10 ** 12)
    expect(log.logStartOffset).toBe(2)
  })

  test('should leave a topic alone that is only compacted', () => {
    const log = segmentsAt([1, 2], { 'retention.ms': 1, 'cleanup.policy': 'compact' })
    applyRetention(log, 10 ** 12)
    expect(log.logStartOffset).toBe(0)
  })
})
