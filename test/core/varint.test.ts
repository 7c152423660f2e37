import fc from 'fast-check'
import { ByteWriter } from '../../lib/core/byte-writer.ts'
import { sizeOfUnsignedVarint, sizeOfVarint, writeUnsignedVarint, writeVarint, writeVarlong } from '../../lib/core/varint.ts'

const written = (write: (out: ByteWriter) => void): number[] => {
  const out = new ByteWriter(1)
  write(out)
  return [...out.view()]
}

/** The definition, with BigInt: what the fast code must agree with. */
const zigzagBytes = (value: bigint): number[] => {
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
  const bytes: number[] = []
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }
  return [...bytes, Number(rest)]
}

test('varint should be the zigzag form, seven bits a byte, for every 32-bit integer', () => {
  fc.assert(fc.property(fc.integer(), (value) => {
    const bytes = written((out) => writeVarint(out, value))
    expect(bytes).toEqual(zigzagBytes(BigInt(value)))
    expect(sizeOfVarint(value)).toBe(bytes.length)
  }))
})

test('varlong should be the zigzag form for every exact integer', () => {
  const nearPowers = fc.tuple(fc.integer({ min: 0, max: 53 }), fc.integer({ min: -2, max: 2 }), fc.boolean()).map(([power, by, negative]) => {
    const magnitude = Math.min(2 ** power + by, Number.MAX_SAFE_INTEGER)
    return negative ? -magnitude : magnitude
  })
  fc.assert(fc.property(fc.oneof(fc.maxSafeInteger(), nearPowers), (value) => {
    expect(written((out) => writeVarlong(out, value))).toEqual(zigzagBytes(BigInt(value)))
  }))
})

test('unsigned varint should take as many bytes as its size says', () => {
  fc.assert(fc.property(fc.nat({ max: 0xffffffff }), (value) => {
    expect(written((out) => writeUnsignedVarint(out, value))).toHaveLength(sizeOfUnsignedVarint(value))
  }))
  expect(written((out) => writeUnsignedVarint(out, 300))).toEqual([0xac, 0x02])
})
