import fc from 'fast-check'
import { Headers } from '../../lib/core/headers.ts'
import { FlushWaiter } from '../../lib/client/flush-waiter.ts'
import { ProducerBatch } from '../../lib/client/producer-batch.ts'
import { splitBatch } from '../../lib/client/split-batch.ts'
import { RecordBatchWriter } from '../../lib/protocol/records/record-batch-writer.ts'
import { readBatch } from './read-batch.ts'

const newWriter = (): RecordBatchWriter => new RecordBatchWriter()

const batchOf = (values: readonly (string | undefined)[], order = 0): ProducerBatch => {
  const batch = new ProducerBatch(newWriter(), order)
  values.forEach((value, i) => batch.writer.append(1000 + i, i % 2 ? Buffer.from(`k${i}`) : undefined, value === undefined ? undefined : Buffer.from(value), Headers.empty.add('i', String(i))))
  return batch
}

describe('splitBatch', () => {
  test('should keep every record, in order, with its sequence number, in smaller batches', () => {
    const values = fc.array(fc.option(fc.string({ maxLength: 300 }), { nil: undefined }), { minLength: 2, maxLength: 50 })
    fc.assert(
      fc.property(values, fc.integer({ min: 0, max: 2 ** 31 - 1 }), (list, sequence) => {
        const batch = batchOf(list, 7)
        batch.setSequence(1, 2, sequence)
        const before = readBatch(batch.encode({}))
        const parts = splitBatch(batch, newWriter)
        const strip = (records: ReturnType<typeof readBatch>) => records.map(({ offset: _, ...rest }) => rest)
        expect(strip(parts.flatMap((part) => readBatch(part.encode({}))))).toEqual(strip(before))
        expect(parts.length).toBeGreaterThan(1)
        let index = 0
        for (const part of parts) {
          expect(part).toMatchObject({ order: 7 + index, producerId: 1, producerEpoch: 2, sequence: (sequence + index) % 2 ** 31 })
          if (part.recordCount > 1) expect(part.byteLength).toBeLessThan(batch.byteLength)
          index += part.recordCount
        }
      }),
    )
  })

  test('should settle flushes only when all parts are, and give each message its offset', async () => {
    const batch = batchOf(['a'.repeat(50), 'b'.repeat(50), 'c'.repeat(50), 'd'.repeat(50)])
    const waiter = new FlushWaiter(1, undefined)
    batch.waiters.push(waiter)
    const offsets: number[] = []
    for (let index = 0; index < 4; index++) batch.receipts.push({ index, resolve: (offset) => (offsets[index] = offset), reject: () => {} })
    let flushed = false
    void waiter.promise.then(() => (flushed = true))
    const parts = splitBatch(batch, newWriter)
    for (const part of parts) {
      await Promise.resolve()
      expect(flushed).toBe(false)
      part.succeed(100 + part.order * 10)
    }
    await waiter.promise
    const expected = parts.flatMap((part) => Array.from({ length: part.recordCount }, (_, i) => 100 + part.order * 10 + i))
    expect(offsets).toEqual(expected)
  })
})
