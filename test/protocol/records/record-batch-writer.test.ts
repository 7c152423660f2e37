import fc from 'fast-check'
import { Headers } from '../../../lib/core/headers.ts'
import type { ByteWriter } from '../../../lib/core/byte-writer.ts'
import { FetchedRecords, loadCompression, readBatchHeaders, RecordBatchWriter } from '../../../lib/protocol/index.ts'
import type * as Protocol from '../../../lib/protocol/index.ts'
import type { CompressionType } from '../../../lib/protocol/index.ts'
import { recordsOf } from './records-of.ts'

const types: readonly CompressionType[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
const text = { write: (data: string, out: ByteWriter) => out.writeUtf8(data) }

beforeAll(() => Promise.all(types.map(loadCompression)))

const shortOrLong = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.tuple(fc.constantFrom('a', 'é', '☃'), fc.integer({ min: 0, max: 9000 })).map(([unit, times]) => unit.repeat(times)),
)

const arbitraryRecord = fc.record({
  timestamp: fc.oneof(fc.constant(-1), fc.nat({ max: 4_000_000_000_000 }), fc.integer({ min: 1_700_000_000_000, max: 1_700_000_200_000 })),
  key: fc.option(shortOrLong, { nil: undefined }),
  value: fc.option(shortOrLong, { nil: undefined }),
  headers: fc.array(fc.tuple(fc.string({ maxLength: 5 }), fc.option(fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)), { nil: undefined })), { maxLength: 2 }),
})

type OneRecord = typeof arbitraryRecord extends fc.Arbitrary<infer T> ? T : never

const headersOf = (record: OneRecord): Headers => Headers.of(record.headers.map(([key, value]) => ({ key, value })))

const append = (writer: RecordBatchWriter, record: OneRecord, inPlace = true): void => {
  if (inPlace) writer.appendWith(record.timestamp, record.key, text, record.value, text, headersOf(record))
  else writer.append(record.timestamp, bytes(record.key), bytes(record.value), headersOf(record))
}

const bytes = (data: string | undefined): Buffer | undefined => (data === undefined ? undefined : Buffer.from(data))

const read = (records: Buffer) => recordsOf(new FetchedRecords({ records, fetchOffset: 0 }))

test('writer should write what the cursor reads back, in every compression, from bytes and in place alike', () => {
  fc.assert(fc.property(fc.array(arbitraryRecord, { minLength: 1, maxLength: 12 }), fc.constantFrom(...types), (records, compression) => {
    const inPlace = new RecordBatchWriter(64)
    const fromBytes = new RecordBatchWriter(64)
    for (const record of records) {
      append(inPlace, record)
      append(fromBytes, record, false)
    }
    const batch = inPlace.seal({ compression })
    expect(fromBytes.seal({ compression }).equals(batch)).toBe(true)
    expect(read(batch)).toEqual(records.map((record, offset) => ({ ...record, offset })))
    const [header] = [...readBatchHeaders(batch)]
    expect(header).toMatchObject({ recordCount: records.length, lastOffset: records.length - 1, compression, maxTimestamp: Math.max(...records.map(({ timestamp }) => timestamp)), producerId: -1, baseSequence: -1 })
  }), { numRuns: 150 })
})

test('writer should put producer, sequence and the transactional bit into the header', () => {
  const writer = new RecordBatchWriter()
  writer.append(5, undefined, Buffer.from('v'), Headers.empty)
  const [batch] = [...readBatchHeaders(writer.seal({ producerId: 4711, producerEpoch: 3, baseSequence: 2147483647, transactional: true }))]
  expect(batch).toMatchObject({ producerId: 4711, producerEpoch: 3, baseSequence: 2147483647, isTransactional: true, isControl: false })
  expect(batch!.hasValidCrc()).toBe(true)
})

test('writer should be used again after a reset as if it were new', () => {
  const writer = new RecordBatchWriter()
  writer.append(900, Buffer.from('old'), Buffer.from('old'), Headers.empty)
  writer.seal()
  writer.reset()
  expect(writer).toMatchObject({ recordCount: 0, byteLength: 61, baseTimestamp: -1, maxTimestamp: -1 })
  writer.append(5, Buffer.from('k'), Buffer.from('v'), Headers.empty)
  expect(read(writer.seal())).toEqual([{ offset: 0, timestamp: 5, key: 'k', value: 'v', headers: [] }])
})

test('writer should keep nothing of a record whose serializer threw', () => {
  const writer = new RecordBatchWriter()
  const fails = {
    write(_data: string, out: ByteWriter) {
      out.writeUtf8('half')
      throw new Error('no such value')
    },
  }
  writer.appendWith(1, 'a', text, '1', text, Headers.empty)
  const before = writer.byteLength
  expect(() => writer.appendWith(2, 'b', text, 'x', fails, Headers.empty)).toThrow('no such value')
  expect(writer).toMatchObject({ recordCount: 1, byteLength: before, maxTimestamp: 1 })
  writer.appendWith(3, 'c', text, '3', text, Headers.empty)
  expect(read(writer.seal()).map(({ key, timestamp }) => [key, timestamp])).toEqual([['a', 1], ['c', 3]])
})

test('writer should take the timestamp of the first whole record for its base when the first serializer threw', () => {
  const writer = new RecordBatchWriter()
  const fails = { write: () => { throw new Error('no') } }
  expect(() => writer.appendWith(900, 'a', fails, 'x', text, Headers.empty)).toThrow('no')
  expect(writer).toMatchObject({ recordCount: 0, maxTimestamp: -1 })
  writer.appendWith(5, 'b', text, 'x', text, Headers.empty)
  expect(writer).toMatchObject({ baseTimestamp: 5, maxTimestamp: 5 })
})

test('writer should take its last record out again', () => {
  const writer = new RecordBatchWriter()
  writer.append(1, Buffer.from('a'), Buffer.alloc(10), Headers.empty)
  const before = writer.byteLength
  writer.append(9, Buffer.from('b'), Buffer.alloc(1000), Headers.empty)
  writer.removeLast()
  expect(writer).toMatchObject({ recordCount: 1, byteLength: before, maxTimestamp: 1 })
  writer.append(2, Buffer.from('c'), undefined, Headers.empty)
  expect(read(writer.seal()).map(({ key, offset }) => [key, offset])).toEqual([['a', 0], ['c', 1]])
})

test('writer should be empty when its only record is taken out', () => {
  const writer = new RecordBatchWriter()
  writer.append(1, Buffer.from('a'), undefined, Headers.empty)
  writer.removeLast()
  expect(writer).toMatchObject({ recordCount: 0, byteLength: 61, baseTimestamp: -1 })
})

test('writer should seal again with another producer when nothing was appended since', () => {
  const writer = new RecordBatchWriter()
  writer.append(1, Buffer.from('a'), undefined, Headers.empty)
  writer.seal({ producerId: 1, producerEpoch: 0, baseSequence: 0 })
  const [batch] = [...readBatchHeaders(writer.seal({ producerId: 2, producerEpoch: 1, baseSequence: 7 }))]
  expect(batch).toMatchObject({ producerId: 2, producerEpoch: 1, baseSequence: 7 })
  expect(batch!.hasValidCrc()).toBe(true)
})

test('writer should refuse to seal with a codec that nobody loaded', () => {
  let seal: (() => Buffer) | undefined
  jest.isolateModules(() => {
    const fresh = jest.requireActual<typeof Protocol>('../../../lib/protocol/index.ts')
    const writer = new fresh.RecordBatchWriter()
    writer.append(1, undefined, undefined, Headers.empty)
    seal = () => writer.seal({ compression: 'lz4' })
  })
  expect(seal!).toThrow(/await loadCompression\('lz4'\) first/)
})
