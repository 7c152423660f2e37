import fc from 'fast-check'
import { TimestampedMemoryRows } from '../../../stores/engines/memory-timestamped.ts'
import type { RowCursor } from '../../../stores/internals/rows.ts'

const all = <R>(cursor: RowCursor<R>): [string, R][] => {
  const rows: [string, R][] = []
  while (cursor.next()) rows.push([cursor.key, cursor.row()])
  return rows
}

describe('memory rows with timestamps', () => {
  test('should equal a map of rows, whatever is put, read and deleted in whatever order', () => {
    const step = fc.record({ key: fc.nat(300).map(String), act: fc.constantFrom('put', 'put', 'get', 'delete'), timestamp: fc.nat() })
    fc.assert(fc.property(fc.array(step, { maxLength: 900 }), (steps) => {
      const rows = new TimestampedMemoryRows<string>()
      const model = new Map<string, { value: string; timestamp: number }>()
      steps.forEach(({ key, act, timestamp }, i) => {
        const row = { value: `v${i}`, timestamp }
        if (act === 'put') rows.put(key, row)
        if (act === 'put') model.set(key, row)
        if (act === 'get') expect(rows.get(key)).toEqual(model.get(key))
        if (act === 'delete') rows.delete(key)
        if (act === 'delete') model.delete(key)
      })
      expect(all(rows.range('', undefined, false))).toEqual([...model].sort(([a], [b]) => (a < b ? -1 : 1)))
      expect(rows.approximateCount()).toBe(model.size)
    }), { numRuns: 60 })
  })

  test('should keep a row that was read as it was when the row changes', () => {
    const rows = new TimestampedMemoryRows<string>()
    const given = { value: 'a', timestamp: 1_700_000_000_001 }
    rows.put('k', given)
    const read = rows.get('k')
    rows.put('k', { value: 'b', timestamp: 2 })
    expect(read).toEqual({ value: 'a', timestamp: 1_700_000_000_001 })
    expect(given.value).toBe('a')
    expect(rows.get('k')).toEqual({ value: 'b', timestamp: 2 })
  })

  test('an open cursor should keep its row when its place goes to another key', () => {
    const rows = new TimestampedMemoryRows<string>()
    rows.put('a', { value: 'old', timestamp: 1 })
    rows.put('b', { value: 'b', timestamp: 1 })
    const cursor = rows.range('', undefined, false)
    cursor.next()
    rows.delete('a')
    rows.put('c', { value: 'new', timestamp: 2 })
    expect(cursor.row()).toEqual({ value: 'old', timestamp: 1 })
    cursor.close()
  })
})
