import fc from 'fast-check'
import { KeyPlaces } from '../../../stores/engines/key-places.ts'
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
      const rows = new TimestampedMemoryRows<string>(new KeyPlaces())
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

  test('should share the places of their keys with other stores and nothing else, whatever is put and deleted where', () => {
    const step = fc.record({ store: fc.nat(2), key: fc.nat(20).map(String), act: fc.constantFrom('put', 'delete', 'get', 'range') })
    fc.assert(fc.property(fc.array(step, { maxLength: 300 }), fc.constantFrom(3, 1000), (steps, keysOfMap) => {
      const places = new KeyPlaces(keysOfMap)
      const stores = [0, 1, 2].map(() => ({ rows: new TimestampedMemoryRows<string>(places), model: new Map<string, { value: string; timestamp: number }>() }))
      steps.forEach(({ store, key, act }, i) => {
        const { rows, model } = stores[store]!
        const row = { value: `v${i}`, timestamp: i }
        if (act === 'put') rows.put(key, row)
        if (act === 'put') model.set(key, row)
        if (act === 'delete') rows.delete(key)
        if (act === 'delete') model.delete(key)
        if (act === 'get') expect(rows.get(key)).toEqual(model.get(key))
        if (act === 'range') expect(all(rows.range('', undefined, true))).toHaveLength(model.size)
      })
      for (const { rows, model } of stores) expect(all(rows.range('', undefined, false))).toEqual([...model].sort(([a], [b]) => (a < b ? -1 : 1)))
      for (const { rows, model } of stores) for (const key of model.keys()) rows.delete(key)
      expect([...places.entries()]).toEqual([])
    }), { numRuns: 200 })
  })

  test('should keep a row that was read as it was when the row changes', () => {
    const rows = new TimestampedMemoryRows<string>(new KeyPlaces())
    const given = { value: 'a', timestamp: 1_700_000_000_001 }
    rows.put('k', given)
    const read = rows.get('k')
    rows.put('k', { value: 'b', timestamp: 2 })
    expect(read).toEqual({ value: 'a', timestamp: 1_700_000_000_001 })
    expect(given.value).toBe('a')
    expect(rows.get('k')).toEqual({ value: 'b', timestamp: 2 })
  })

  test('an open cursor should keep its row when its place goes to another key', () => {
    const rows = new TimestampedMemoryRows<string>(new KeyPlaces())
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
