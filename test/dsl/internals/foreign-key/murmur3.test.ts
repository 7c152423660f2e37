import { Hash128, murmur3, sameHash } from '../../../../dsl/internals/foreign-key/murmur3.ts'

const hex = ({ a, b, c, d }: Hash128): string => [a, b, c, d].map((part) => (part >>> 0).toString(16).padStart(8, '0')).join('')

describe('murmur3', () => {
  test.each([
    // As they stand in the topics of Kafka Streams 4.3: a short value, one of a block and a tail, text beyond ASCII.
    ['A|1', 'd65b38bf97920d3d97aa11979917cd75'],
    ['B|2', '792bd86f6dcadefe33cb5317dadf859b'],
    ['nofk', '86acf90601515c973eb7edcf504673e3'],
  ])('of %s should be what Kafka Streams hashes it to', (value, expected) => {
    expect(hex(murmur3(Buffer.from(value)))).toBe(expected)
  })

  test('should hash a part of a buffer as that part alone', () => {
    const bytes = Buffer.from('0123456789abcdefghijklmnopqrstuvwxyz')
    for (let end = 3; end <= bytes.length; end++) expect(murmur3(bytes, 3, end)).toEqual(murmur3(Buffer.from(bytes.subarray(3, end))))
  })

  test('should differ when any byte differs', () => {
    const seen = new Set<string>()
    for (let length = 0; length < 40; length++) for (let at = 0; at < length; at++) {
      const bytes = Buffer.alloc(length)
      bytes[at] = 128
      seen.add(hex(murmur3(bytes)))
    }
    expect(seen.size).toBe((40 * 39) / 2)
  })
})

test('sameHash should tell no hash from every hash', () => {
  const hash = new Hash128(1, 2, 3, 4)
  expect(sameHash(hash, new Hash128(1, 2, 3, 4))).toBe(true)
  expect(sameHash(hash, new Hash128(1, 2, 3, 5))).toBe(false)
  expect(sameHash(hash, undefined)).toBe(false)
  expect(sameHash(undefined, undefined)).toBe(true)
})
