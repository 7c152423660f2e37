import fc from 'fast-check'
import { types } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { compress, decompress, isCompressionLoaded, loadCompression } from '../../../lib/protocol/compression/compression.ts'
import type * as Compression from '../../../lib/protocol/compression/compression.ts'
import type { CompressionType } from '../../../lib/protocol/compression/compression.ts'

const codecs = ['gzip', 'snappy', 'lz4', 'zstd'] as const
const LIMIT = 1 << 28

beforeAll(() => Promise.all(codecs.map(loadCompression)))

/** Runs of bytes, some of them random: what compresses well, badly and over several blocks. */
const arbitraryBytes = fc
  .array(fc.oneof(fc.tuple(fc.nat({ max: 255 }), fc.nat({ max: 60_000 })).map(([byte, times]) => Buffer.alloc(times, byte)), fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes))), { maxLength: 6 })
  .map((pieces) => Buffer.concat(pieces))

describe.each(codecs)('%s', (type) => {
  test('should give back what it was given', () => {
    fc.assert(fc.property(arbitraryBytes, (bytes) => {
      expect(decompress(type, Buffer.from(compress(type, bytes)), LIMIT).equals(bytes)).toBe(true)
    }), { numRuns: 40 })
  })

  test('should allow exactly as many bytes as the limit says', () => {
    const bytes = Buffer.alloc(300_000, 'ab')
    const compressed = Buffer.from(compress(type, bytes))
    expect(decompress(type, compressed, bytes.length).length).toBe(bytes.length)
    expect(() => decompress(type, compressed, 100_000)).toThrow(/larger than 100000 bytes/)
  })

  test('should throw or return for damaged bytes, never more than the limit', () => {
    const compressed = Buffer.from(compress(type, Buffer.from('some text, some more text, and text again. '.repeat(50))))
    const damage = fc.array(fc.tuple(fc.nat({ max: compressed.length - 1 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 3 })
    fc.assert(fc.property(damage, fc.nat({ max: compressed.length }), (changes, end) => {
      const damaged = Buffer.from(compressed.subarray(0, end))
      for (const [place, byte] of changes) if (place < end) damaged[place] = byte
      try {
        expect(decompress(type, damaged, 1 << 20).length).toBeLessThanOrEqual(1 << 20)
      } catch (error) {
        expect(types.isNativeError(error)).toBe(true)
      }
    }), { numRuns: 500 })
  })
})

describe('snappy', () => {
  test('should be written in the framing of snappy-java', () => {
    const framed = Buffer.from(compress('snappy', Buffer.alloc(100_000, 'x')))
    expect(framed.subarray(0, 16).toString('hex')).toBe('82534e41505059000000000100000001')
  })

  test('should be read without framing too, as librdkafka writes it', () => {
    const literal = Buffer.concat([Buffer.from([5, (5 - 1) << 2]), Buffer.from('hello')])
    expect(decompress('snappy', literal, LIMIT).toString()).toBe('hello')
  })

  test('should be refused before memory is taken when a block claims more than it can hold', () => {
    const claims256MiB = Buffer.from([0x80, 0x80, 0x80, 0x80, 0x01, 0, 0])
    expect(() => decompress('snappy', claims256MiB, LIMIT)).toThrow(/cannot hold the 268435456 it claims/)
  })
})

describe('zstd', () => {
  test('should be read in several frames, with skippable ones between', () => {
    const frame = Buffer.from(compress('zstd', Buffer.from('part ')))
    const skippable = Buffer.from('512a4d1803000000aabbcc', 'hex')
    expect(decompress('zstd', Buffer.concat([frame, skippable, frame]), LIMIT).toString()).toBe('part part ')
  })

  test('should be read when it has many small blocks, each of which could have been large', () => {
    // A compressed block of one literal and no sequences, 5000 times: at 128 KiB each they would be over the limit.
    const block = Buffer.from('1c0000' + '086100', 'hex')
    const last = Buffer.from('1d0000' + '086100', 'hex')
    const frame = Buffer.concat([Buffer.from('28b52ffd' + '0058', 'hex'), ...Array.from({ length: 5000 }, () => block), last])
    expect(decompress('zstd', frame, LIMIT).equals(Buffer.alloc(5001, 'a'))).toBe(true)
    expect(() => decompress('zstd', frame, 5000)).toThrow(/larger than 5000 bytes/)
  })

  test('should be refused before memory is taken when a frame claims more than its blocks can hold', () => {
    const claims1TiB = Buffer.from('28b52ffd' + 'e0' + '0000000000010000' + '010000', 'hex')
    expect(() => decompress('zstd', claims1TiB, LIMIT)).toThrow()
  })
})

describe('loading', () => {
  test('should be needed for each codec but none', () => {
    jest.isolateModules(() => {
      const fresh = jest.requireActual<typeof Compression>('../../../lib/protocol/compression/compression.ts')
      const all: CompressionType[] = ['none', ...codecs]
      expect(all.map(fresh.isCompressionLoaded)).toEqual([true, false, false, false, false])
      expect(() => fresh.decompress('zstd', Buffer.alloc(1), LIMIT)).toThrow(/await loadCompression\('zstd'\) first/)
    })
    expect(isCompressionLoaded('zstd')).toBe(true)
  })

  test('should name the package when it is missing', async () => {
    jest.doMock('lz4-napi', () => {
      throw new Error("Cannot find module 'lz4-napi'")
    })
    let load: Promise<void> | undefined
    jest.isolateModules(() => {
      const fresh = jest.requireActual<typeof Compression>('../../../lib/protocol/compression/compression.ts')
      load = fresh.loadCompression('lz4')
    })
    await expect(load).rejects.toMatchObject({ code: 'MILLRACE_PROTOCOL_COMPRESSION', message: expect.stringContaining("npm install lz4-napi") as string })
  })

  test('should load a codec once for all who ask', async () => {
    expect(gunzipSync(compress('gzip', Buffer.from('x'))).toString()).toBe('x')
    await expect(Promise.all([loadCompression('gzip'), loadCompression('gzip'), loadCompression('none')])).resolves.toHaveLength(3)
  })
})
