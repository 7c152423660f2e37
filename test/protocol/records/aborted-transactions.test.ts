import fc from 'fast-check'
import { Headers } from '../../../lib/core/headers.ts'
import { FetchedRecords, RecordBatchWriter, setBaseOffset } from '../../../lib/protocol/index.ts'
import { attribute } from '../../../lib/protocol/records/batch-format.ts'
import { crc32c } from '../../../lib/core/crc32c.ts'
import { recordsOf } from './records-of.ts'

const data = (offset: number, producerId: number, transactional = true): Buffer => {
  const writer = new RecordBatchWriter()
  writer.append(1, undefined, Buffer.from(`p${producerId}`), Headers.empty)
  return placed(writer.seal({ producerId, producerEpoch: 0, baseSequence: 0, transactional }), offset)
}

const marker = (offset: number, producerId: number, type: 'abort' | 'commit'): Buffer => {
  const writer = new RecordBatchWriter()
  writer.append(1, Buffer.from([0, 0, 0, type === 'commit' ? 1 : 0]), Buffer.alloc(6), Headers.empty)
  const bytes = placed(writer.seal({ producerId, producerEpoch: 0, transactional: true }), offset)
  bytes[22]! |= attribute.control
  bytes.writeUInt32BE(crc32c(bytes.subarray(21)), 17)
  return bytes
}

const placed = (sealed: Buffer, offset: number): Buffer => {
  const bytes = Buffer.from(sealed)
  setBaseOffset(bytes, 0, offset)
  return bytes
}

test('read_committed should drop exactly the records of aborted transactions, however transactions interleave', () => {
  const step = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.constantFrom('data', 'commit', 'abort', 'plain'))
  fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
    // The model: what a broker would have in its log, and its list of aborted transactions.
    const log: Buffer[] = []
    const open = new Map<number, number[]>()
    const committed: number[] = []
    const aborted: { producerId: number; firstOffset: number }[] = []
    for (const [offset, [producerId, what]] of steps.entries()) {
      const offsets = open.get(producerId) ?? []
      if (what === 'plain') {
        log.push(data(offset, producerId + 10, false))
        committed.push(offset)
      } else if (what === 'data') {
        log.push(data(offset, producerId))
        open.set(producerId, [...offsets, offset])
      } else {
        log.push(marker(offset, producerId, what))
        open.delete(producerId)
        if (what === 'commit') committed.push(...offsets)
        else if (offsets.length > 0) aborted.push({ producerId, firstOffset: offsets[0]! })
      }
    }
    // A fetch ends at the last stable offset: before the first record of an open transaction.
    const stable = Math.min(steps.length, ...[...open.values()].map((offsets) => offsets[0]!))
    const chunk = new FetchedRecords({ records: Buffer.concat(log.slice(0, stable)), fetchOffset: 0, abortedTransactions: aborted })
    const expected = committed.filter((offset) => offset < stable).sort((a, b) => a - b)
    expect(recordsOf(chunk).map(({ offset }) => offset)).toEqual(expected)
    expect(chunk.nextOffset).toBe(stable)
  }))
})

test('read_committed should go on dropping a transaction whose first record lies before the fetch', () => {
  const records = Buffer.concat([data(5, 1), marker(6, 1, 'abort'), data(7, 1)])
  const chunk = new FetchedRecords({ records, fetchOffset: 5, abortedTransactions: [{ producerId: 1, firstOffset: 2 }] })
  expect(recordsOf(chunk).map(({ offset }) => offset)).toEqual([7])
})
