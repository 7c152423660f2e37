import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import protobuf from 'protobufjs'
import { decodeWineRecord, encodeWineRecord, ModelError, wineFields, wineRecordFromCsv } from '../../lib/models/index.ts'
import type { WineRecord } from '../../lib/models/index.ts'

const published = protobuf.parse(readFileSync('proto/wine-record.proto', 'utf8'), { keepCase: true }).root.lookupType('WineRecord')
const line = '7.4;0.7;0;1.9;0.076;11;34;0.9978;3.51;0.56;9.4;5'
const number = fc.double({ noNaN: true, noDefaultInfinity: true })
const records = fc.record({
  ...(Object.fromEntries(Object.values(wineFields).map((name) => [name, number])) as Record<string, fc.Arbitrary<number>>),
  dataType: fc.string({ minLength: 1 }),
}) as unknown as fc.Arbitrary<WineRecord>

test('a wine record should be the same after encoding and decoding', () => {
  fc.assert(fc.property(records, (record) => {
    const decoded = decodeWineRecord(encodeWineRecord(record)) as unknown as Record<string, unknown>
    for (const [name, value] of Object.entries(record)) expect(decoded[name]).toBe(value)
  }))
})

test('a wine record should have the bytes that the published .proto file says', () => {
  const record = wineRecordFromCsv(line)
  expect(published.toObject(published.decode(encodeWineRecord(record)), { defaults: true })).toEqual({ ...record })
})

test('the mapping should name every measurement of the .proto file, in its order', () => {
  const names = published.fieldsArray.filter(({ type }) => type === 'double').sort((a, b) => a.id - b.id).map(({ name }) => name)
  expect(Object.values(wineFields)).toEqual(names)
})

test('a line of the data file should become a record without its quality', () => {
  expect(wineRecordFromCsv(line)).toEqual({
    fixed_acidity: 7.4, volatile_acidity: 0.7, citric_acid: 0, residual_sugar: 1.9, chlorides: 0.076, free_sulfur_dioxide: 11,
    total_sulfur_dioxide: 34, density: 0.9978, pH: 3.51, sulphates: 0.56, alcohol: 9.4, dataType: 'wine',
  })
})

test.each(['', '1;2;3', line.replace('7.4', 'x'), line.replace('0.7;', ';')])('the line %j should be refused', (bad) => {
  expect(() => wineRecordFromCsv(bad)).toThrow(ModelError)
})

test.each([
  ['truncated bytes', encodeWineRecord(wineRecordFromCsv(line)).subarray(0, -5)],
  ['a record without a type', Buffer.from(published.encode({ alcohol: 1 }).finish())],
  ['a measurement that is not finite', Buffer.from(published.encode({ alcohol: Infinity, dataType: 'wine' }).finish())],
  ['text', Buffer.from('not a record')],
])('%s should be refused', (_what, bytes) => {
  expect(() => decodeWineRecord(bytes)).toThrow(expect.objectContaining({ code: 'MILLRACE_MODEL_RECORD_MALFORMED' }))
})
