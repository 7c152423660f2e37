import fc from 'fast-check'
import { RecordBatch } from '../../../lib/protocol/records/record-batch.ts'
import { errorCodes } from '../../../lib/protocol/error-table.ts'
import { ProducerState } from '../../../lib/broker/log/producer-state.ts'
import { batchOf, numbered } from '../helpers/batches.ts'

const P = 1

/** Checks a batch and notes it when it is taken; answers what became of it. */
const offer = (state: ProducerState, epoch: number, sequence: number, count: number, offset = 0): string | number => {
  const verdict = state.check(P, epoch, sequence, (sequence + count - 1) & 0x7fffffff)
  if (verdict.kind === 'refuse') return verdict.error
  if (verdict.kind === 'append') {
    const bytes = batchOf(numbered(count), { producerId: P, producerEpoch: epoch, baseSequence: sequence })
    bytes.writeInt32BE(offset, 4)
    state.note(new RecordBatch(bytes, 0), 0)
  }
  return verdict.kind
}

describe('ProducerState', () => {
  test('should take an unknown producer at any sequence', () => {
    expect(offer(new ProducerState(), 0, 7, 1)).toBe('append')
  })

  test('should refuse a gap', () => {
    const state = new ProducerState()
    offer(state, 0, 0, 3)
    expect(offer(state, 0, 4, 1)).toBe(errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER)
    expect(offer(state, 0, 3, 1)).toBe('append')
  })

  test('should recognise the last five batches, and refuse an older one', () => {
    const state = new ProducerState()
    for (let i = 0; i < 6; i++) offer(state, 0, i * 2, 2, i * 2)
    for (let i = 1; i < 6; i++) expect(offer(state, 0, i * 2, 2)).toBe('duplicate')
    expect(offer(state, 0, 0, 2)).toBe(errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER)
  })

  test('should take a new epoch at sequence 0 only, and then refuse the old one', () => {
    const state = new ProducerState()
    offer(state, 0, 0, 1)
    expect(offer(state, 1, 1, 1)).toBe(errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER)
    expect(offer(state, 1, 0, 1)).toBe('append')
    expect(offer(state, 0, 1, 1)).toBe(errorCodes.INVALID_PRODUCER_EPOCH)
  })

  test('should go from sequence 2^31-1 to 0', () => {
    const state = new ProducerState()
    offer(state, 0, 2147483640, 8)
    expect(offer(state, 0, 1, 1)).toBe(errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER)
    expect(offer(state, 0, 0, 1)).toBe('append')
  })

  test('should take every batch exactly once, however often those in flight are sent', () => {
    fc.assert(fc.property(fc.array(fc.record({ count: fc.integer({ min: 1, max: 9 }), repeat: fc.nat({ max: 4 }) }), { maxLength: 40 }), (batches) => {
      const state = new ProducerState()
      const sent: { sequence: number; count: number }[] = []
      let sequence = 2147483600
      for (const { count, repeat } of batches) {
        expect(offer(state, 0, sequence, count)).toBe('append')
        sent.push({ sequence, count })
        const old = sent.at(-1 - repeat)
        if (old !== undefined) expect(offer(state, 0, old.sequence, old.count)).toBe('duplicate')
        sequence = (sequence + count) % 2147483648
      }
    }))
  })

  test('should forget producers that were silent', () => {
    const state = new ProducerState()
    offer(state, 0, 0, 1)
    state.expire(1)
    expect(offer(state, 0, 9, 1)).toBe('append')
  })
})
