import fc from 'fast-check'
import { SparseIndex } from '../../../lib/broker/log/sparse-index.ts'

const batches = fc.array(fc.record({ records: fc.integer({ min: 1, max: 50 }), bytes: fc.integer({ min: 61, max: 9000 }), timestamp: fc.nat({ max: 1000 }) }), { minLength: 1, maxLength: 60 })

test('SparseIndex should never lead past the batch that is looked for', () => {
  fc.assert(fc.property(batches, fc.nat(), fc.nat(), fc.nat({ max: 1000 }), (list, anyOffset, anyPosition, timestamp) => {
    const index = new SparseIndex(4096)
    const placed: { offset: number; position: number; timestamp: number }[] = []
    let offset = 0
    let position = 0
    let latest = -1
    for (const batch of list) {
      index.add(offset, position, latest)
      placed.push({ offset, position, timestamp: batch.timestamp })
      latest = Math.max(latest, batch.timestamp)
      offset += batch.records
      position += batch.bytes
    }
    const holder = placed.findLast((batch) => batch.offset <= anyOffset % offset)!
    const found = index.positionOfOffset(anyOffset % offset)
    expect(found).toBeLessThanOrEqual(holder.position)
    expect(holder.position - found).toBeLessThan(4096 + 9000)
    const starts = placed.map((batch) => batch.position)
    expect(starts).toContain(index.positionAtOrBefore(anyPosition % position))
    expect(index.positionAtOrBefore(anyPosition % position)).toBeLessThanOrEqual(anyPosition % position)
    const first = placed.find((batch) => batch.timestamp >= timestamp)
    if (first !== undefined) expect(index.positionOfTimestamp(timestamp)).toBeLessThanOrEqual(first.position)
  }))
})
