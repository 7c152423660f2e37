import { unmatchedKeySerde, unmatchedValuesSerde } from '../../../dsl/internals/unmatched-serdes.ts'
import { Serdes } from '../../../lib/serdes/serdes.ts'

const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex')

describe('the serdes of the store of unmatched records', () => {
  const keys = unmatchedKeySerde(Serdes.string, 'changelog')
  const values = unmatchedValuesSerde(Serdes.string, Serdes.long, 'changelog')

  test('should write time, side and key as Java does', () => {
    expect(hex(keys.serializer.serialize('t', { timestamp: 258, isLeft: true, key: 'ab' }))).toBe('0000000000000102' + '01' + '6162')
    expect(hex(keys.serializer.serialize('t', { timestamp: 258, isLeft: false, key: '' }))).toBe('0000000000000102' + '00')
  })

  test('should write a list of values with their side as Java does', () => {
    expect(hex(values.serializer.serialize('t', { isLeft: true, values: ['a', 'bc'] }))).toBe('01' + '00000002' + '00000002' + '0161' + '00000003' + '016263')
    expect(hex(values.serializer.serialize('t', { isLeft: false, values: [5] }))).toBe('01' + '00000001' + '00000009' + '00' + '0000000000000005')
  })

  test('should read what they wrote', () => {
    const key = { timestamp: 2 ** 40, isLeft: false, key: 'ü' }
    expect(keys.deserializer.deserialize('t', keys.serializer.serialize('t', key))).toEqual(key)
    for (const value of [{ isLeft: true, values: ['x', '', 'y'] }, { isLeft: false, values: [1, -1] }]) {
      expect(values.deserializer.deserialize('t', values.serializer.serialize('t', value))).toEqual(value)
    }
  })

  test('should order keys by time, then the right side before the left', () => {
    const places = [
      { timestamp: 1, isLeft: false, key: 'b' },
      { timestamp: 1, isLeft: true, key: 'a' },
      { timestamp: 300, isLeft: false, key: 'a' },
    ]
    const stored = places.map((place) => keys.toStoreKey!(place))
    expect([...stored].sort()).toEqual(stored)
  })

  test('should refuse bytes that are no such list', () => {
    expect(() => values.deserializer.deserialize('t', Buffer.from('0000000001', 'hex'))).toThrow('a list with a length before each element')
  })
})
