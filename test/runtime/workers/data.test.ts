import fc from 'fast-check'
import { Serdes } from '../../../lib/serdes/serdes.ts'
import { isData } from '../../../lib/runtime/workers/data.ts'

describe('what is data', () => {
  test('should be the same after it was sent to another thread', () => {
    fc.assert(fc.property(fc.anything({ withDate: true, withMap: true, withSet: true, withTypedArray: true }), (value) => {
      if (isData(value)) expect(structuredClone(value)).toEqual(value)
    }))
    expect([1, 'a', undefined, null, [{ a: new Map([[1, Buffer.from('x')]]) }]].every(isData)).toBe(true)
  })

  test('should not be functions, serdes, and objects of classes', () => {
    class Handler {}
    expect([() => 1, Serdes.string, new Handler(), { deep: [new Handler()] }, Symbol('s')].some(isData)).toBe(false)
  })
})
