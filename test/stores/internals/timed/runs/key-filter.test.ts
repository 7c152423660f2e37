import fc from 'fast-check'
import { hashOf, KeyFilter } from '../../../../../stores/internals/timed/runs/key-filter.ts'

describe('a filter of keys', () => {
  test('should never say of a key that it is not there when it is', () => {
    fc.assert(fc.property(fc.array(fc.string(), { maxLength: 300 }), (keys) => {
      const filter = KeyFilter.of(keys.map(hashOf))
      expect(keys.filter((key) => !filter.mayHold(hashOf(key)))).toEqual([])
    }))
  })

  test.each([['numbers', (i: number) => `customer-${i}`], ['last characters', (i: number) => `a${String.fromCharCode(i >> 8, i & 255)}`]])(
    'should take few other keys for one of its own when keys differ in %s', (_name, keyOf) => {
      const filter = KeyFilter.of(Array.from({ length: 10_000 }, (_, i) => hashOf(keyOf(i))))
      const others = Array.from({ length: 10_000 }, (_, i) => keyOf(i + 10_000)).filter((key) => filter.mayHold(hashOf(key)))
      expect(others.length).toBeLessThan(300)
    })
})
