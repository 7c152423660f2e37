import fc from 'fast-check'
import { ByteWriter } from '../../lib/core/byte-writer.ts'
import { writeUnsignedVarint, writeVarint } from '../../lib/core/varint.ts'
import { ProtocolError, ProtocolReader } from '../../lib/protocol/index.ts'

const reader = (hex: string): ProtocolReader => new ProtocolReader(Buffer.from(hex, 'hex'))

const write = (action: (out: ByteWriter) => void): ProtocolReader => {
  const out = new ByteWriter(8)
  action(out)
  return new ProtocolReader(out.view())
}

test('reader should read back every exact int64', () => {
  fc.assert(fc.property(fc.maxSafeInteger(), (value) => expect(write((out) => out.writeInt64(value)).int64()).toBe(value)))
})

test('reader should read back every varint', () => {
  fc.assert(fc.property(fc.integer(), (value) => expect(write((out) => writeVarint(out, value)).varint()).toBe(value)))
  fc.assert(fc.property(fc.nat({ max: 0xffffffff }), (value) => expect(write((out) => writeUnsignedVarint(out, value)).unsignedVarint()).toBe(value)))
})

test('reader should refuse a varint longer than 32 bits', () => {
  expect(() => reader('ffffffffff01').unsignedVarint()).toThrow(/does not fit 32 bits/)
  expect(() => reader('ffffffff10').unsignedVarint()).toThrow(/does not fit 32 bits/)
})

test.each([
  ['boolean', '', (r: ProtocolReader) => r.boolean()],
  ['int16', '00', (r: ProtocolReader) => r.int16()],
  ['int32', '000000', (r: ProtocolReader) => r.int32()],
  ['int64', '00000000000000', (r: ProtocolReader) => r.int64()],
  ['uuid', '00'.repeat(15), (r: ProtocolReader) => r.uuid()],
  ['varint', '80', (r: ProtocolReader) => r.unsignedVarint()],
  ['string', '000561', (r: ProtocolReader) => r.string(false)],
  ['compact string', '0661', (r: ProtocolReader) => r.string(true)],
  ['string of negative length', 'fffe', (r: ProtocolReader) => r.string(false)],
  ['bytes', '7fffffff00', (r: ProtocolReader) => r.bytes(false)],
  ['bytes of negative length', '80000000', (r: ProtocolReader) => r.bytes(false)],
  ['array', '00000002', (r: ProtocolReader) => r.arrayLength(false, 1)],
  ['array of negative length', 'fffffffe', (r: ProtocolReader) => r.arrayLength(false, 1)],
])('reader should refuse a %s that goes beyond the end', (_what, hex, read) => {
  expect(() => read(reader(hex))).toThrow(ProtocolError)
})

test('reader should stay inside the part of the buffer it was given', () => {
  const part = new ProtocolReader(Buffer.from('0001020304', 'hex'), 1, 3)
  expect(part.int16()).toBe(0x0102)
  expect(part.remaining).toBe(0)
  expect(() => part.int8()).toThrow(/1 bytes wanted at position 3, 0 are left/)
  expect(() => new ProtocolReader(Buffer.alloc(2), 0, 3)).toThrow(ProtocolError)
})

test('reader should give bytes as a view of the buffer', () => {
  const buffer = Buffer.from('03abcd', 'hex')
  const bytes = new ProtocolReader(buffer).bytes(true)!
  buffer[1] = 0x11
  expect(bytes.toString('hex')).toBe('11cd')
})
