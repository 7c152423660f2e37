import fc from 'fast-check'
import { MemoryTimedRows } from '../../../../stores/engines/memory-timed.ts'
import { RowsByTime } from '../../../../stores/internals/timed/rows-by-time.ts'
import { TimedKeys } from '../../../../stores/internals/timed/timed-key.ts'
import { orderByEndAndStart } from '../../../../stores/internals/timed/timed-order.ts'
import type { TimedCursor, TimedRows } from '../../../../stores/internals/timed/timed-rows.ts'


const memory = () => new MemoryTimedRows<string>(orderByEndAndStart, 1000)

const listed = (cursor: TimedCursor<string>): string[] => {
  const rows: string[] = []
  while (cursor.next()) rows.push(`${cursor.key}@${cursor.minor}-${cursor.time}=${cursor.row()}`)
  cursor.close()
  return rows
}

/** Counts what reaches the rows below. */
class Watched extends MemoryTimedRows<string> {
  fetches = 0
  scans = 0

  constructor() {
    super(orderByEndAndStart, 1000)
  }

  override fetch(key: string, from: number, to: number, reverse: boolean): TimedCursor<string> {
    this.fetches++
    return super.fetch(key, from, to, reverse)
  }

  override fetchRange(keyFrom: string | undefined, keyTo: string | undefined, from: number, to: number, reverse: boolean): TimedCursor<string> {
    this.scans++
    return super.fetchRange(keyFrom, keyTo, from, to, reverse)
  }
}

const position = fc.record({ key: fc.constantFrom('a', 'b', 'aa'), time: fc.nat(9_000), length: fc.nat(40) })
const change = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), at: position, row: fc.constantFrom('x', 'y') }),
  fc.record({ kind: fc.constant('delete' as const), at: position }),
)

const apply = (rows: TimedRows<string>, each: typeof change extends fc.Arbitrary<infer T> ? T : never): void => {
  const { key, time, length } = each.at
  const minor = Math.max(0, time - length)
  if (each.kind === 'put') rows.put(key, time, minor, each.row)
  else rows.delete(key, time, minor)
}

describe('rows of all keys by time', () => {
  test('should be those of the store below in order, whatever is asked for after any changes', () => {
    const steps = fc.array(fc.oneof({ weight: 4, arbitrary: change }, fc.record({ kind: fc.constant('ask' as const), at: position })), { maxLength: 120 })
    fc.assert(
      fc.property(steps, (list) => {
        const plain = memory()
        const subject = new RowsByTime(memory(), new TimedKeys(8), orderByEndAndStart, 10_000)
        for (const step of list) {
          if (step.kind === 'ask') {
            const [from, to] = [step.at.time, step.at.time + 50 * step.at.length]
            expect(listed(subject.fetchByTime(from, to))).toEqual(listed(plain.fetchRange(undefined, undefined, from, to, false)))
            continue
          }
          apply(plain, step)
          apply(subject, step)
        }
      }),
    )
  })

  test('should be read from below once, when each question begins where the last one ended', () => {
    const below = new Watched()
    const subject = new RowsByTime(below, new TimedKeys(8), orderByEndAndStart, 100_000)
    subject.put('b', 500, 1, 'x')
    subject.put('a', 500, 1, 'y')
    subject.put('a', 70_000, 1, 'z')
    expect(listed(subject.fetchByTime(0, 600))).toEqual(['a@1-500=y', 'b@1-500=x'])
    subject.put('c', 601, 2, 'v')
    subject.delete('a', 70_000, 1)
    expect(listed(subject.fetchByTime(601, 80_000))).toEqual(['c@2-601=v'])
    expect(below.scans).toBe(1)
  })

  test('should not gather for ever when nobody asks any more', () => {
    const below = new Watched()
    const subject = new RowsByTime(below, new TimedKeys(8), orderByEndAndStart, 5_000)
    subject.fetchByTime(0, 0)
    for (let time = 0; time < 20_000; time += 500) subject.put('a', time, time, 'x')
    expect(listed(subject.fetchByTime(19_000, 19_500))).toEqual(['a@19000-19000=x', 'a@19500-19500=x'])
    expect(below.scans).toBe(2)
  })
})
