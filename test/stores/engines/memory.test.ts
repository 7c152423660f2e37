import fc from 'fast-check'
import { MemoryRows } from '../../../stores/engines/memory.ts'
import type { RowCursor } from '../../../stores/internals/rows.ts'

const all = <R>(cursor: RowCursor<R>): [string, R][] => {
  const rows: [string, R][] = []
  while (cursor.next()) rows.push([cursor.key, cursor.row()])
  return rows
}

describe('memory rows', () => {
  test('should equal a sorted map at any size, with ranges between bursts of changes', () => {
    const burst = fc.record({
      changes: fc.array(fc.tuple(fc.nat(3000), fc.boolean()), { maxLength: 900 }),
      from: fc.nat(3000), to: fc.nat(3000), reverse: fc.boolean(),
    })
    fc.assert(fc.property(fc.array(burst, { maxLength: 8 }), (bursts) => {
      const rows = new MemoryRows<number>()
      const model = new Map<string, number>()
      let n = 0
      for (const { changes, from, to, reverse } of bursts) {
        for (const [k, isPut] of changes) {
          const key = String(k)
          if (isPut) {
            rows.put(key, ++n)
            model.set(key, n)
          } else {
            rows.delete(key)
            model.delete(key)
          }
        }
        const expected = [...model].filter(([key]) => key >= String(from) && key < String(to)).sort(([a], [b]) => (a < b ? -1 : 1))
        expect(all(rows.range(String(from), String(to), reverse))).toEqual(reverse ? expected.reverse() : expected)
        expect(rows.size).toBe(model.size)
      }
    }), { numRuns: 60 })
  })

  test('an open cursor should show the keys it started with, whatever other cursors cause to be indexed', () => {
    const rows = new MemoryRows<number>()
    const key = (i: number): string => String(i).padStart(5, '0')
    for (let i = 0; i < 2000; i += 2) rows.put(key(i), i)
    all(rows.range('', undefined, false))
    const open = rows.range('', undefined, false)
    const seen: number[] = []
    for (let i = 1; open.next(); i += 2) {
      seen.push(open.row())
      rows.put(key(i), i)
      if (i % 100 === 1) all(rows.range(key(i), key(i + 10), false))
    }
    expect(seen).toEqual(Array.from({ length: 1000 }, (_, i) => 2 * i))
    expect(all(rows.range('', undefined, true)).map(([, i]) => i)).toEqual(Array.from({ length: 2000 }, (_, i) => 1999 - i))
  })

  test('should not keep an index that nobody asks for any more', () => {
    const rows = new MemoryRows<number>()
    rows.put('a', 1)
    all(rows.range('', undefined, false))
    for (let i = 0; i < 100_000; i++) {
      rows.put(String(i), i)
      rows.delete(String(i))
    }
    expect(all(rows.range('', undefined, false))).toEqual([['a', 1]])
  })
})
