import { rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { MockTime } from '../../../lib/core/time.ts'
import { errorCodes } from '../../../lib/protocol/error-table.ts'
import { FileStorage } from '../../../lib/broker/log/file-storage.ts'
import { PartitionLog } from '../../../lib/broker/log/partition-log.ts'
import { batchOf, numbered } from '../helpers/batches.ts'
import { fileLog, logConfig, memoryLog, readLog, withDirectory } from '../helpers/test-log.ts'

/** Both kinds of storage run the same specifications. */
const storages: readonly (readonly [name: string, run: (specification: (open: (settings?: Record<string, number | string>) => PartitionLog) => Promise<void>) => Promise<void>])[] = [
  ['in memory', (specification) => specification((settings) => memoryLog(logConfig(settings)))],
  ['on disk', (specification) => withDirectory(async (directory) => {
    let log: PartitionLog | undefined
    await specification((settings) => (log = fileLog(directory, logConfig(settings))))
    await log?.close()
  })],
]

const written = async (log: PartitionLog): Promise<void> => {
  if (log.nextOffset > 0) await log.whenWritten(log.nextOffset - 1)
}

describe.each(storages)('PartitionLog %s', (_name, withLog) => {
  test('should give consecutive offsets to the records of its batches', () => withLog(async (open) => {
    const log = open()
    expect(log.append(batchOf(numbered(3))).baseOffset).toBe(0)
    expect(log.append(batchOf(numbered(2))).baseOffset).toBe(3)
    await written(log)
    expect((await readLog(log)).map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4])
  }))

  test('should read from any offset what was appended, whatever the sizes of batches, segments and reads', () => fc.assert(fc.asyncProperty(
    fc.array(fc.record({ count: fc.integer({ min: 1, max: 20 }), size: fc.integer({ min: 0, max: 3000 }) }), { maxLength: 30 }),
    fc.integer({ min: 200, max: 20_000 }),
    fc.integer({ min: 1, max: 50_000 }),
    (batches, segmentBytes, maxBytes) => withLog(async (open) => {
      const log = open({ 'segment.bytes': segmentBytes, 'max.message.bytes': 10_000_000 })
      const expected: string[] = []
      for (const { count, size } of batches) {
        const records = numbered(count, 'x'.repeat(size))
        expected.push(...records.map(({ value }) => value!))
        log.append(batchOf(records))
      }
      await written(log)
      expect((await readLog(log, 0, maxBytes)).map(({ value }) => value)).toEqual(expected)
      const from = Math.floor(expected.length / 2)
      expect((await readLog(log, from, maxBytes)).map(({ value }) => value)).toEqual(expected.slice(from))
    }),
  ), { numRuns: 40 }))

  test('should answer a slice with at least one whole batch when it is asked to, however small the limit', () => withLog(async (open) => {
    const log = open()
    log.append(batchOf(numbered(100)))
    await written(log)
    const slice = log.slice(0, 1, log.highWatermark, true)!
    expect(slice.end - slice.start).toBe(log.sizeBytes)
    expect(log.slice(0, 1, log.highWatermark, false)).toBeUndefined()
  }))

  test('should roll the active segment when the next batch would outgrow it', () => withLog(async (open) => {
    const log = open({ 'segment.bytes': 500 })
    for (let i = 0; i < 10; i++) log.append(batchOf(numbered(5)))
    await written(log)
    expect(log.segments.length).toBeGreaterThan(2)
    expect(log.segments.slice(0, -1).every(({ size }) => size <= 500)).toBe(true)
  }))

  test('should roll the active segment when records are segment.ms newer than its first', () => withLog(async (open) => {
    const log = open({ 'segment.ms': 1000, 'message.timestamp.after.max.ms': 10 ** 15 })
    for (const timestamp of [0, 900, 1001, 1500]) log.append(batchOf([{ value: 'v', timestamp }]))
    await written(log)
    expect(log.segments.map(({ baseOffset }) => baseOffset)).toEqual([0, 2])
  }))

  test('should answer a repeated batch as the first time, without appending it again', () => withLog(async (open) => {
    const log = open()
    const batch = (): Buffer => batchOf(numbered(3), { producerId: 7, producerEpoch: 0, baseSequence: 0 })
    expect(log.append(batch()).baseOffset).toBe(0)
    log.append(batchOf(numbered(1)))
    expect(log.append(batch())).toMatchObject({ error: errorCodes.NONE, baseOffset: 0, lastOffset: 2 })
    expect(log.nextOffset).toBe(4)
    await written(log)
  }))

  test('should delete the segments before its start, and tell who watches it', () => withLog(async (open) => {
    const log = open({ 'segment.bytes': 300 })
    for (let i = 0; i < 20; i++) log.append(batchOf(numbered(2)))
    await written(log)
    let told = 0
    const stop = log.watch(() => told++)
    const segments = log.segments.length
    log.advanceStart(21)
    stop()
    expect(told).toBe(1)
    expect(log.segments.length).toBeLessThan(segments)
    expect((await readLog(log)).at(0)!.offset).toBe(21)
  }))
})

test('PartitionLog in memory should refuse records over its bound with a message that says what to do', () => {
  const log = memoryLog(logConfig(), new MockTime(), 100_000)
  const append = (): { error: number; message?: string } => log.append(batchOf([{ value: 'x'.repeat(20_000) }]))
  let answer = append()
  for (let i = 0; i < 5 && answer.error === errorCodes.NONE; i++) answer = append()
  expect(answer.error).toBe(errorCodes.POLICY_VIOLATION)
  expect(answer.message).toContain('limits.maxLogBytes')
})

test('PartitionLog should set the time of a batch itself with message.timestamp.type=LogAppendTime', async () => {
  const log = memoryLog(logConfig({ 'message.timestamp.type': 'LogAppendTime' }), new MockTime(5000))
  expect(log.append(batchOf([{ value: 'a', timestamp: 1 }, { value: 'b', timestamp: 2 }])).logAppendTimeMs).toBe(5000)
  expect((await readLog(log)).map(({ timestamp }) => timestamp)).toEqual([5000, 5000])
})

describe('PartitionLog on a disk that fails', () => {
  test('should refuse a batch for which no segment can be begun, and go on when one can', () => withDirectory(async (directory) => {
    const where = path.join(directory, 'log')
    writeFileSync(where, 'in the way')
    const log = new PartitionLog('t', 0, logConfig(), new FileStorage(where, () => logConfig()), new MockTime())
    expect(log.append(batchOf(numbered(1)))).toMatchObject({ error: errorCodes.KAFKA_STORAGE_ERROR, message: expect.stringContaining('the log of t-0 cannot be written') as string })
    rmSync(where)
    expect(log.append(batchOf(numbered(1)))).toMatchObject({ error: errorCodes.NONE, baseOffset: 0 })
    await log.close()
  }))

  test('should fail those who wait and refuse the rest after a write that failed', async () => {
    const log = memoryLog(logConfig())
    log.roll()
    Object.assign(log.active!.bytes, { append: (_batch: Buffer, written: (error?: Error) => void) => setImmediate(() => written(new Error('no space left'))) })
    const { error, lastOffset } = log.append(batchOf(numbered(1)))
    expect(error).toBe(errorCodes.NONE)
    await expect(log.whenWritten(lastOffset)).rejects.toMatchObject({ code: 'MILLRACE_BROKER_STORAGE_FAILED' })
    expect(log.append(batchOf(numbered(1)))).toMatchObject({ error: errorCodes.KAFKA_STORAGE_ERROR, message: expect.stringContaining('no space left') as string })
  })
})
