import fc from 'fast-check'
import { sortPlaces } from '../../../../../stores/internals/timed/runs/sort-places.ts'
import { TimedKeys } from '../../../../../stores/internals/timed/timed-key.ts'
import { orderBySegment } from '../../../../../stores/internals/timed/timed-order.ts'

const keys = new TimedKeys(8)
const order = orderBySegment(Number.MAX_SAFE_INTEGER, keys)

const key = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'b', '\0', '\xff'), maxLength: 4 }),
  fc.integer({ min: 0, max: 999 }).map((n) => `customer-${n}`),
  fc.constantFrom('', 'customer', 'customer-', 'customer-1'),
)
const time = fc.oneof(fc.nat(300), fc.integer({ min: 1_700_000_000_000, max: 1_700_000_100_000 }), fc.constant(2 ** 52))

test.each([0, 20, 1500])('numbers of %i rows and more should be sorted by the bytes of key, time and minor number', (minLength) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(key, time, fc.nat(3)), { minLength, maxLength: minLength + 300 }), fc.constantFrom('', 'x', 'prefix-of-all-'), (rows, prefix) => {
      const places = { keys: rows.map((row) => prefix + row[0]), times: rows.map((row) => row[1]), minors: rows.map((row) => row[2]) }
      const composed = (i: number): string => keys.compose(places.keys[i]!, places.times[i]!, places.minors[i]!)
      const sorted = sortPlaces(rows.map((_, i) => i), places, order)
      expect(sorted.map(composed)).toEqual(rows.map((_, i) => composed(i)).sort())
      expect(new Set(sorted).size).toBe(rows.length)
    }),
    { numRuns: 20 },
  )
})
