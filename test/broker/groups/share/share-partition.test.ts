import fc from 'fast-check'
import { errorCodes } from '../../../../lib/protocol/error-table.ts'
import { Acknowledge, SharePartition } from '../../../../lib/broker/groups/share/share-partition.ts'
import type { BatchRange, ShareLimits } from '../../../../lib/broker/groups/share/share-partition.ts'

const { ACCEPT, RELEASE, REJECT, RENEW } = Acknowledge
const limits: ShareLimits = { lockMs: 1000, maxDeliveries: 3, maxInFlight: 100, mayRenew: true }

const batch = (firstOffset: number, lastOffset: number, isHidden = false): BatchRange => ({ firstOffset, lastOffset, isHidden })
const fresh = (start = 0): SharePartition => new SharePartition({ start, done: [] })

/** What a member gets of these batches, as [first, last, delivery count]. */
const take = (of: SharePartition, memberId: string, batches: readonly BatchRange[], maxRecords = 100, exactly = false): number[][] => {
  const from = of.nextAvailable(limits.maxInFlight)
  if (from === undefined) return []
  const { ranges } = of.acquire(memberId, from, batches.filter(({ lastOffset }) => lastOffset >= from), maxRecords, exactly, Date.now(), limits)
  return ranges.map(({ firstOffset, lastOffset, deliveryCount }) => [firstOffset, lastOffset, deliveryCount])
}

const say = (of: SharePartition, memberId: string, first: number, last: number, ...types: number[]): number => of.acknowledge(memberId, first, last, types, Date.now(), limits)

beforeEach(() => jest.useFakeTimers())
afterEach(() => jest.useRealTimers())

describe('SharePartition', () => {
  test('should give each record to one member, by whole batches or exactly as many as asked for', () => {
    const batches = [batch(0, 4), batch(5, 9)]
    const by = fresh()
    expect(take(by, 'a', batches, 3)).toEqual([[0, 4, 1]])
    expect(take(by, 'b', batches, 3)).toEqual([[5, 9, 1]])
    const exactly = fresh()
    expect([take(exactly, 'a', batches, 3, true), take(exactly, 'b', batches, 3, true)]).toEqual([[[0, 2, 1]], [[3, 4, 1], [5, 5, 1]]])
  })

  test('should be done with what is accepted or rejected, and give what is released to others', () => {
    const of = fresh()
    take(of, 'a', [batch(0, 9)])
    expect(say(of, 'a', 0, 3, ACCEPT)).toBe(0)
    expect(say(of, 'a', 4, 6, RELEASE, REJECT, RELEASE)).toBe(0)
    expect(of.startOffset).toBe(4)
    expect(take(of, 'b', [batch(0, 9)])).toEqual([[4, 4, 2], [6, 6, 2]])
    expect(of.stored).toEqual({ start: 4, done: [[5, 5]] })
  })

  test('should give up a record that was delivered too often', () => {
    const of = fresh()
    for (let delivery = 1; delivery <= limits.maxDeliveries; delivery++) {
      expect(take(of, 'a', [batch(0, 0)])).toEqual([[0, 0, delivery]])
      say(of, 'a', 0, 0, RELEASE)
    }
    expect(of.startOffset).toBe(1)
  })

  test('should take a record back from a member that has it for too long, unless it says that it goes on', () => {
    const of = fresh()
    take(of, 'a', [batch(0, 1)])
    jest.advanceTimersByTime(limits.lockMs - 1)
    expect(say(of, 'a', 1, 1, RENEW)).toBe(0)
    const changed = jest.fn()
    of.watch(changed)
    jest.advanceTimersByTime(2)
    expect(changed).toHaveBeenCalled()
    expect(take(of, 'b', [batch(0, 1)])).toEqual([[0, 0, 2]])
    jest.advanceTimersByTime(limits.lockMs)
    expect(take(of, 'c', [batch(0, 1)])).toEqual([[0, 0, 3], [1, 1, 2]].slice(0, 2))
  })

  test('should give the records of a member that is gone to others, as if it had never had them', () => {
    const of = fresh()
    take(of, 'a', [batch(0, 2)])
    expect(of.releaseAll('a', limits)).toBe(true)
    expect(take(of, 'b', [batch(0, 2)])).toEqual([[0, 2, 1]])
  })

  test('should refuse what does not fit', () => {
    const of = fresh()
    take(of, 'a', [batch(0, 4)])
    expect(say(of, 'b', 0, 0, ACCEPT)).toBe(errorCodes.INVALID_RECORD_STATE)
    expect(say(of, 'a', 3, 5, ACCEPT)).toBe(errorCodes.INVALID_RECORD_STATE)
    expect([say(of, 'a', 0, 2, ACCEPT, ACCEPT), say(of, 'a', 0, 0, 9), say(of, 'a', 0, 0), say(of, 'a', 2, 1, ACCEPT), say(of, 'a', 50, 50, ACCEPT)])
      .toEqual(new Array(5).fill(errorCodes.INVALID_REQUEST))
    expect(of.startOffset).toBe(0)
  })

  test('should pass over what nobody may see, and what compaction took away', () => {
    const of = fresh()
    expect(take(of, 'a', [batch(1_000_000, 1_000_001), batch(1_000_002, 1_000_002, true), batch(1_000_005, 1_000_005)])).toEqual([[1_000_000, 1_000_001, 1], [1_000_005, 1_000_005, 1]])
    say(of, 'a', 1_000_000, 1_000_001, ACCEPT)
    expect(of.startOffset).toBe(1_000_005)
    expect(of.stored).toEqual({ start: 1_000_005, done: [] })
  })

  test('should let no more than so many records be out', () => {
    const of = fresh()
    const batches = Array.from({ length: 30 }, (_, i) => batch(i * 10, i * 10 + 9))
    expect(take(of, 'a', batches, 1000).length).toBe(10)
    expect(of.nextAvailable(limits.maxInFlight)).toBeUndefined()
  })

  test('should begin where the log begins when that has moved on', () => {
    const of = fresh()
    take(of, 'a', [batch(0, 9)])
    of.advanceTo(5)
    expect([of.startOffset, say(of, 'a', 5, 9, ACCEPT), of.startOffset]).toEqual([5, 0, 10])
  })

  test('should give every record to somebody until it is done with, and none twice at a time, whatever happens', () => {
    const step = fc.record({ member: fc.constantFrom('a', 'b', 'c'), what: fc.constantFrom('take', 'accept', 'release', 'leave', 'restart'), most: fc.integer({ min: 1, max: 7 }) })
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const batches = Array.from({ length: 8 }, (_, i) => batch(i * 5, i * 5 + 4))
      const generous: ShareLimits = { ...limits, maxDeliveries: Infinity }
      let of = fresh()
      const held = new Map<number, string>()
      const accepted = new Set<number>()
      for (const { member, what, most } of steps) {
        const mine = [...held].filter(([, who]) => who === member).map(([offset]) => offset)
        if (what === 'take') {
          const from = of.nextAvailable(generous.maxInFlight)
          if (from === undefined) continue
          for (const { firstOffset, lastOffset } of of.acquire(member, from, batches.filter(({ lastOffset: last }) => last >= from), most, true, Date.now(), generous).ranges) {
            for (let offset = firstOffset; offset <= lastOffset; offset++) {
              expect([offset, held.get(offset), accepted.has(offset)]).toEqual([offset, undefined, false])
              held.set(offset, member)
            }
          }
        } else if (what === 'leave') {
          of.releaseAll(member, generous)
          for (const offset of mine) held.delete(offset)
        } else if (what === 'restart') {
          of = new SharePartition(JSON.parse(JSON.stringify(of.stored)) as { start: number; done: [number, number][] })
          held.clear()
        } else {
          for (const offset of mine.slice(0, most)) {
            expect(of.acknowledge(member, offset, offset, [what === 'accept' ? ACCEPT : RELEASE], Date.now(), generous)).toBe(0)
            held.delete(offset)
            if (what === 'accept') accepted.add(offset)
          }
        }
      }
      let first = 0
      while (accepted.has(first)) first++
      expect([of.startOffset, of.startOffset + of.doneCount <= 40]).toEqual([first, true])
    }))
  })
})
