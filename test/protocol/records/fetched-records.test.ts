import fc from 'fast-check'
import { Headers } from '../../../lib/core/headers.ts'
import {
  FetchedRecords,
  loadCompression,
  ProtocolError,
  readBatchHeaders,
  RecordBatchWriter,
  setBaseOffset,
  setLogAppendTime,
  setPartitionLeaderEpoch,
  setProducer,
} from '../../../lib/protocol/index.ts'
import type { CompressionType, SealOptions } from '../../../lib/protocol/index.ts'
import { recordsOf } from './records-of.ts'

const types: readonly CompressionType[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

beforeAll(() => Promise.all(types.map(loadCompression)))

/** A batch with the values given, its offsets beginning at `baseOffset`. */
const batch = (baseOffset: number, values: string[], options?: SealOptions): Buffer => {
  const writer = new RecordBatchWriter()
  for (const value of values) writer.append(1000, undefined, Buffer.from(value), Headers.empty)
  const bytes = Buffer.from(writer.seal(options))
  setBaseOffset(bytes, 0, baseOffset)
  return bytes
}

const valuesOf = (chunk: FetchedRecords) => recordsOf(chunk).map(({ offset, value }) => `${offset}:${value}`)

describe('fetched records', () => {
  test('should be read over several batches, from the offset that was asked for', () => {
    const records = Buffer.concat([batch(10, ['a', 'b', 'c']), batch(13, ['d'], { compression: 'lz4' }), batch(20, ['e', 'f'])])
    const chunk = new FetchedRecords({ records, fetchOffset: 12 })
    expect(chunk).toMatchObject({ count: 6, byteLength: records.length, nextOffset: 22, ready: undefined, isIncomplete: false })
    expect(valuesOf(chunk)).toEqual(['12:c', '13:d', '20:e', '21:f'])
    expect(valuesOf(chunk)).toEqual(['12:c', '13:d', '20:e', '21:f'])
  })

  test('should leave out whole batches before the offset that was asked for', () => {
    const chunk = new FetchedRecords({ records: Buffer.concat([batch(0, ['a', 'b']), batch(2, ['c'])]), fetchOffset: 2 })
    expect(chunk).toMatchObject({ count: 1, nextOffset: 3 })
    expect(valuesOf(chunk)).toEqual(['2:c'])
  })

  test('should end with the last whole batch, wherever the bytes end', () => {
    const records = Buffer.concat([batch(0, ['a']), batch(1, ['b'.repeat(100)])])
    const first = batch(0, ['a']).length
    for (let end = first; end < records.length; end++) {
      const chunk = new FetchedRecords({ records: records.subarray(0, end), fetchOffset: 0 })
      expect(chunk).toMatchObject({ nextOffset: 1, isIncomplete: false })
      expect(valuesOf(chunk)).toEqual(['0:a'])
    }
  })

  test('should be incomplete when not even one batch is whole', () => {
    const records = batch(7, ['a'])
    expect(new FetchedRecords({ records: records.subarray(0, records.length - 1), fetchOffset: 7 })).toMatchObject({ isIncomplete: true, count: 0, nextOffset: 7 })
    expect(new FetchedRecords({ records: Buffer.alloc(0), fetchOffset: 7 })).toMatchObject({ isIncomplete: false, count: 0, nextOffset: 7 })
  })

  test('should go on behind an empty batch, which compaction leaves', () => {
    const empty = batch(5, ['x'])
    empty.writeInt32BE(0, 57)
    expect(new FetchedRecords({ records: empty, fetchOffset: 5 })).toMatchObject({ count: 0, nextOffset: 6 })
  })

  test('should be refused with their offsets when the checksum is wrong', () => {
    const damaged = batch(42, ['a', 'b'])
    damaged[damaged.length - 2]! ^= 1
    const cursor = new FetchedRecords({ records: damaged, fetchOffset: 42 }).cursor()
    expect(() => cursor.next()).toThrow(/checksum of the batch at offsets 42 to 43 is wrong/)
    expect(() => cursor.next()).toThrow(/checksum/)
  })

  test('should not go on behind a malformed record', () => {
    const damaged = Buffer.concat([batch(0, ['aaaa', 'bbbb']), batch(2, ['c'])])
    damaged[damaged.indexOf('bbbb') - 1] = 0x7e
    const cursor = new FetchedRecords({ records: damaged, fetchOffset: 0, checkCrcs: false }).cursor()
    expect(cursor.next()).toBe(true)
    expect(() => cursor.next()).toThrow(/record 2 of 2 in the batch at offsets 0 to 1 is malformed/)
    expect(() => cursor.next()).toThrow(/record 2 of 2/)
  })

  test('should not be checked when that is switched off', () => {
    const damaged = batch(0, ['aa'])
    damaged[damaged.length - 2]! ^= 1
    expect(recordsOf(new FetchedRecords({ records: damaged, fetchOffset: 0, checkCrcs: false }))).toHaveLength(1)
  })

  test('should be refused when they are in the message formats before Kafka 0.11', () => {
    const old = batch(3, ['a'])
    old[16] = 1
    expect(() => new FetchedRecords({ records: old, fetchOffset: 3 })).toThrow(/offset 3 is in message format 1, older than Kafka 0.11/)
  })

  test('should be refused when a header is impossible', () => {
    const short = batch(3, ['a'])
    short.writeInt32BE(10, 8)
    expect(() => new FetchedRecords({ records: short, fetchOffset: 3 })).toThrow(/says it has 10 bytes, less than its header/)
    const negative = batch(3, ['a'])
    negative.writeInt32BE(-5, 57)
    expect(() => new FetchedRecords({ records: negative, fetchOffset: 3 })).toThrow(/says it has -5 records/)
    const codec = batch(3, ['a'])
    codec.writeInt16BE(6, 21)
    expect(() => new FetchedRecords({ records: codec, fetchOffset: 3 })).toThrow(/codec 6, which does not exist/)
  })

  test('should be refused when a batch would become larger than the limit', () => {
    for (const compression of ['gzip', 'snappy', 'lz4', 'zstd'] as const) {
      const records = batch(0, ['x'.repeat(2_000_000)], { compression })
      const chunk = new FetchedRecords({ records, fetchOffset: 0, maxDecompressedBytes: 100_000 })
      expect(() => recordsOf(chunk)).toThrow(expect.objectContaining({ code: 'MILLRACE_PROTOCOL_TOO_LARGE' }))
      expect(recordsOf(new FetchedRecords({ records, fetchOffset: 0 }))).toHaveLength(1)
    }
  })

  test('should name the batch when its compressed bytes are damaged', () => {
    for (const compression of ['gzip', 'snappy', 'lz4', 'zstd'] as const) {
      const records = batch(9, ['some text', 'and more'], { compression })
      records.fill(0xee, 61 + (compression === 'zstd' ? 4 : 20))
      const chunk = new FetchedRecords({ records, fetchOffset: 9, checkCrcs: false })
      expect(() => recordsOf(chunk)).toThrow(new RegExp(`batch at offsets 9 to 10 \\(${compression}\\) cannot be decompressed`))
    }
  })

  test('should give their memory back once', () => {
    const onRelease = jest.fn()
    const chunk = new FetchedRecords({ records: batch(0, ['a']), fetchOffset: 0, onRelease })
    chunk.release()
    chunk.release()
    expect(onRelease).toHaveBeenCalledTimes(1)
  })

  test('should throw a ProtocolError or end, and point inside their buffer, for any damage', () => {
    const valid = Buffer.concat([batch(0, ['a', 'bb', 'c'.repeat(200)]), batch(3, ['d'], { compression: 'snappy' })])
    const damage = fc.array(fc.tuple(fc.nat({ max: valid.length - 1 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 })
    fc.assert(fc.property(damage, fc.nat({ max: valid.length }), (changes, end) => {
      const records = Buffer.from(valid.subarray(0, end))
      for (const [place, byte] of changes) if (place < end) records[place] = byte
      try {
        const cursor = new FetchedRecords({ records, fetchOffset: 0, checkCrcs: false, maxDecompressedBytes: 1 << 20 }).cursor()
        for (let steps = 0; cursor.next() && steps < 1000; steps++) {
          expect(cursor.keyEnd).toBeLessThanOrEqual(cursor.buffer.length)
          expect(cursor.valueEnd).toBeLessThanOrEqual(cursor.buffer.length)
          expect(cursor.keyStart).toBeLessThanOrEqual(cursor.keyEnd)
          expect(cursor.valueStart).toBeLessThanOrEqual(cursor.valueEnd)
          cursor.headers()
        }
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError)
      }
    }), { numRuns: 3000 })
  })
})

describe('a batch in a log', () => {
  test('should keep its checksum when base offset and leader epoch are assigned', () => {
    const bytes = batch(0, ['a', 'b'])
    setBaseOffset(bytes, 0, 2 ** 40 + 5)
    setPartitionLeaderEpoch(bytes, 0, 3)
    const [header] = [...readBatchHeaders(bytes)]
    expect(header).toMatchObject({ baseOffset: 2 ** 40 + 5, lastOffset: 2 ** 40 + 6, partitionLeaderEpoch: 3 })
    expect(header!.hasValidCrc()).toBe(true)
    expect(valuesOf(new FetchedRecords({ records: bytes, fetchOffset: 0 }))).toEqual(['1099511627781:a', '1099511627782:b'])
  })

  test("should give all its records the broker's time when that is what the topic wants", () => {
    const bytes = batch(0, ['a', 'b'], { compression: 'gzip' })
    setLogAppendTime(bytes, 0, 1_800_000_000_123)
    expect(recordsOf(new FetchedRecords({ records: bytes, fetchOffset: 0 })).map(({ timestamp }) => timestamp)).toEqual([1_800_000_000_123, 1_800_000_000_123])
    expect([...readBatchHeaders(bytes)][0]).toMatchObject({ isLogAppendTime: true, compression: 'gzip' })
  })

  test('should pass to another producer with a checksum that fits', () => {
    const bytes = batch(0, ['a'], { transactional: true })
    setProducer(bytes, 0, 77, 5, 12)
    const [header] = [...readBatchHeaders(bytes)]
    expect(header).toMatchObject({ producerId: 77, producerEpoch: 5, baseSequence: 12, isTransactional: true })
    expect(header!.hasValidCrc()).toBe(true)
  })

  test('should have sequences that go on at 0 after the largest', () => {
    const bytes = batch(0, ['a', 'b', 'c'], { producerId: 1, producerEpoch: 0, baseSequence: 2147483646 })
    expect([...readBatchHeaders(bytes)][0]!.lastSequence).toBe(0)
  })
})
