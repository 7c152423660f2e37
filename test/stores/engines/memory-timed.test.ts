import fc from 'fast-check'
import { MemoryTimedRows } from '../../../stores/engines/memory-timed.ts'
import { PlainColumns, TimestampedColumns } from '../../../stores/engines/row-columns.ts'
import { orderByTime } from '../../../stores/internals/timed/timed-order.ts'
import type { TimedCursor } from '../../../stores/internals/timed/timed-rows.ts'

type Row = readonly [key: string, time: number, minor: number, row: string]

const all = <R>(cursor: TimedCursor<R>): (readonly [string, number, number, R])[] => {
  const rows: (readonly [string, number, number, R])[] = []
  while (cursor.next()) rows.push([cursor.key, cursor.time, cursor.minor, cursor.row()])
  return rows
}

const plain = (bucketMs: number): MemoryTimedRows<string> => new MemoryTimedRows(orderByTime(false), bucketMs, () => new PlainColumns<string>())

const compare = (a: Row, b: Row): number => a[1] - b[1] || (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : a[2] - b[2])

describe('rows of windows in memory', () => {
  // Few keys and many times: each key has more rows than are kept without a list.
  const step = fc.record({
    act: fc.constantFrom('put', 'put', 'put', 'get', 'delete', 'fetch', 'fetchRange', 'expire'),
    key: fc.constantFrom('a', 'b', 'c'),
    time: fc.nat(120),
    minor: fc.constantFrom(0, 0, 1, 2),
    span: fc.nat(60),
    reverse: fc.boolean(),
  })

  test.each([1, 7, 50, 1000, Infinity])('should equal a sorted list of rows, whatever is done in whatever order, in buckets of %p ms', (bucketMs) => {
    fc.assert(fc.property(fc.array(step, { maxLength: 500 }), (steps) => {
      const rows = plain(bucketMs)
      const model = new Map<string, Row>()
      let oldest = 0
      const within = (from: number, to: number, keyFrom: string, keyTo: string, reverse: boolean): Row[] => {
        const found = [...model.values()].filter(([key, time]) => time >= from && time <= to && key >= keyFrom && key <= keyTo).sort(compare)
        return reverse ? found.reverse() : found
      }
      steps.forEach(({ act, key, time, minor, span, reverse }, i) => {
        const id = `${key}/${time}/${minor}`
        if (time < oldest) return
        if (act === 'put') {
          rows.put(key, time, minor, `v${i}`)
          model.set(id, [key, time, minor, `v${i}`])
        } else if (act === 'delete') {
          rows.delete(key, time, minor)
          model.delete(id)
        } else if (act === 'get') {
          expect(rows.get(key, time, minor)).toBe(model.get(id)?.[3])
        } else if (act === 'fetch') {
          expect(all(rows.fetch(key, time, time + span, reverse))).toEqual(within(time, time + span, key, key, reverse))
        } else if (act === 'fetchRange') {
          expect(all(rows.fetchRange(key, undefined, time, time + span, reverse))).toEqual(within(time, time + span, key, 'z', reverse))
        } else if (time - oldest < 20) {
          oldest = time
          rows.expireBefore(oldest)
        }
      })
      expect(all(rows.fetchRange(undefined, undefined, oldest, Number.MAX_SAFE_INTEGER, false))).toEqual(within(oldest, Infinity, 'a', 'z', false))
    }), { numRuns: 60 })
  })

  test('a range should show the rows as they were when it was opened', () => {
    const rows = new MemoryTimedRows(orderByTime(false), 10, () => new TimestampedColumns<string>())
    for (const time of [1, 2, 30]) rows.put('k', time, 0, { value: `v${time}`, timestamp: time })
    const cursor = rows.fetch('k', 0, 100, false)
    rows.put('k', 2, 0, { value: 'changed', timestamp: 9 })
    rows.put('k', 3, 0, { value: 'new', timestamp: 9 })
    rows.delete('k', 30, 0)
    expect(all(cursor).map(([, , , { value, timestamp }]) => [value, timestamp])).toEqual([['v1', 1], ['v2', 2], ['v30', 30]])
  })

  test('should keep a row that was read as it was when the row changes', () => {
    const rows = new MemoryTimedRows(orderByTime(false), 10, () => new TimestampedColumns<string>())
    rows.put('k', 5, 0, { value: 'before', timestamp: 1 })
    const read = rows.get('k', 5, 0)
    rows.put('k', 5, 0, { value: 'after', timestamp: 2 })
    expect(read).toEqual({ value: 'before', timestamp: 1 })
  })

  test('should let go of rows when all of their bucket are too old, and use places of deleted rows again', () => {
    const columns: PlainColumns<string>[] = []
    const rows = new MemoryTimedRows(orderByTime(false), 100, () => {
      const made = new PlainColumns<string>()
      columns.push(made)
      return made
    })
    rows.put('k', 50, 0, 'old')
    rows.put('k', 150, 0, 'new')
    rows.expireBefore(99)
    expect(all(rows.fetch('k', 0, 1000, false))).toHaveLength(2)
    rows.expireBefore(100)
    expect(all(rows.fetch('k', 0, 1000, false))).toEqual([['k', 150, 0, 'new']])
    rows.delete('k', 150, 0)
    rows.put('l', 160, 0, 'next')
    expect(columns.at(-1)?.get(0)).toBe('next')
  })
})
