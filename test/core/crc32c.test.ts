import { crc32c } from '../../lib/core/crc32c.ts'

test('crc32c should give the check value of the Castagnoli polynomial', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283)
})

test('crc32c should be unsigned and 0 for no bytes', () => {
  expect(crc32c(Buffer.alloc(0))).toBe(0)
  expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43)
})
