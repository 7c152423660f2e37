import fc from 'fast-check'
import { MemoryTimedRows } from '../../../../stores/engines/memory-timed.ts'
import { RecentKeys } from '../../../../stores/internals/timed/recent-keys.ts'
import { RowsByTime } from '../../../../stores/internals/timed/rows-by-time.ts'
import { TimedKeys } from '../../../../stores/internals/timed/timed-key.ts'
import { orderByEndAndStart } from '../../../../stores/internals/timed/timed-order.ts'
import type { TimedCursor, TimedRows } from '../../../../stores/internals/timed/timed-rows.ts'

const FOREVER = Number.MAX_SAFE_INTEGER

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

describe('the rows of keys that were used lately', () => {
  test('should be those of the store below, after any changes', () => {
    const asked = fc.record({ kind: fc.constantFrom('get' as const, 'fetch' as const), at: position, to: fc.option(fc.nat(9_000)), reverse: fc.boolean() })
    const steps = fc.array(fc.oneof(change, asked), { maxLength: 120 })
    fc.assert(
      fc.property(steps, fc.boolean(), (list, hasOneMinor) => {
        const plain = memory()
        const subject = new RecentKeys(memory(), -1, hasOneMinor)
        const minorOf = (at: { time: number; length: number }): number => (hasOneMinor ? 0 : Math.max(0, at.time - at.length))
        for (const step of list) {
          const { key, time } = step.at
          const minor = minorOf(step.at)
          if (step.kind === 'get') {
            expect(subject.get(key, time, minor)).toBe(plain.get(key, time, minor))
          } else if (step.kind === 'fetch') {
            const to = step.to ?? FOREVER
            expect(listed(subject.fetch(key, time, to, step.reverse))).toEqual(listed(plain.fetch(key, time, to, step.reverse)))
          } else {
            for (const rows of [plain, subject]) {
              if (step.kind === 'put') rows.put(key, time, minor, step.row)
              else rows.delete(key, time, minor)
            }
          }
        }
      }),
    )
  })

  test('should be those of the store below for keys of many rows, and for more keys than are remembered', () => {
    const plain = memory()
    const below = new Watched()
    const subject = new RecentKeys(below, -1, true)
    const put = (key: string, time: number): void => {
      for (const rows of [plain, subject]) rows.put(key, time, 0, `${time}`)
    }
    for (let time = 0; time < 300; time++) {
      expect(subject.get('a', time, 0)).toBeUndefined()
      put('a', time)
    }
    expect(below.fetches).toBe(0)
    for (const from of [290, 100, 0]) expect(listed(subject.fetch('a', from, FOREVER, false))).toEqual(listed(plain.fetch('a', from, FOREVER, false)))
    expect(subject.get('a', 3, 0)).toBe('3')
    for (let key = 0; key < 250_000; key++) subject.get(`k${key}`, 300, 0)
    put('a', 301)
    expect(subject.get('a', 299, 0)).toBe('299')
    expect(subject.get('a', 301, 0)).toBe('301')
  })

  test('should be read from below once, as long as nobody asks for earlier ones', () => {
    const below = new Watched()
    const subject = new RecentKeys(below, -1, false)
    subject.put('a', 10, 5, 'x')
    expect(listed(subject.fetch('a', 8, FOREVER, false))).toEqual(['a@5-10=x'])
    subject.delete('a', 10, 5)
    subject.put('a', 20, 5, 'y')
    expect(listed(subject.fetch('a', 9, FOREVER, false))).toEqual(['a@5-20=y'])
    expect(listed(subject.fetch('b', 9, FOREVER, false))).toEqual([])
    expect(listed(subject.fetch('b', 9, FOREVER, false))).toEqual([])
    expect(below.fetches).toBe(2)
    subject.fetch('a', 7, FOREVER, false)
    expect(below.fetches).toBe(3)
  })

  test('should stay as they were for a cursor that was opened before a change', () => {
    const subject = new RecentKeys(memory(), -1, false)
    for (const time of [1, 2, 3]) subject.put('a', time, time, 'x')
    subject.fetch('a', 0, FOREVER, false).close()
    const cursor = subject.fetch('a', 0, FOREVER, false)
    cursor.next()
    subject.delete('a', 2, 2)
    expect(listed(cursor)).toEqual(['a@2-2=x', 'a@3-3=x'])
  })
})

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
