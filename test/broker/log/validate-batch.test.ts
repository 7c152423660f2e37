import { errorCodes } from '../../../lib/protocol/error-table.ts'
import { at } from '../../../lib/protocol/records/batch-format.ts'
import { sealRewritten } from '../../../lib/broker/log/batch.ts'
import { validateBatch } from '../../../lib/broker/log/validate-batch.ts'
import { batchOf, loadAllCompressions, numbered } from '../helpers/batches.ts'
import { logConfig } from '../helpers/test-log.ts'

const NOW = 1_000_000_000_000
const good = (): Buffer => batchOf([{ key: 'a', value: '1', timestamp: NOW }, { key: 'b', value: '2', timestamp: NOW }])
const errorOf = (batch: Buffer | undefined, settings: Record<string, string | number> = {}, zstd = true): number => validateBatch(batch, logConfig(settings), NOW, zstd)?.error ?? 0

/** A batch with some bytes changed and the checksum made right again. */
const altered = (change: (batch: Buffer) => void, batch = good()): Buffer => {
  change(batch)
  sealRewritten(batch, batch.readInt16BE(at.attributes) & 7, batch.readInt32BE(at.recordCount))
  return batch
}

beforeAll(loadAllCompressions)

describe('a batch from a producer', () => {
  test('should be taken when nothing is wrong with it', () => {
    expect(errorOf(good())).toBe(errorCodes.NONE)
  })

  test.each<[string, number, Buffer | undefined]>([
    ['there is none', errorCodes.INVALID_RECORD, undefined],
    ['it has no bytes', errorCodes.INVALID_RECORD, Buffer.alloc(0)],
    ['it is shorter than a header', errorCodes.CORRUPT_MESSAGE, Buffer.alloc(20)],
    ['it is cut short', errorCodes.INVALID_RECORD, good().subarray(0, -1)],
    ['another batch follows it', errorCodes.INVALID_RECORD, Buffer.concat([good(), good()])],
    ['it is of a format that does not exist', errorCodes.CORRUPT_MESSAGE, (() => { const b = good(); b[at.magic] = 3; return b })()],
    ['it is of an old format', errorCodes.INVALID_RECORD, (() => { const b = good(); b[at.magic] = 1; return b })()],
    ['its checksum is wrong', errorCodes.CORRUPT_MESSAGE, (() => { const b = good(); b[70]! ^= 1; return b })()],
    ['it is a control batch', errorCodes.INVALID_RECORD, altered((b) => b.writeInt16BE(0x20, at.attributes))],
    ['its count does not fit its offsets', errorCodes.INVALID_RECORD, altered((b) => b.writeInt32BE(5, at.lastOffsetDelta))],
    ['it has no records', errorCodes.INVALID_RECORD, altered((b) => b.writeInt32BE(0, at.recordCount))],
    ['its codec does not exist', errorCodes.UNKNOWN_SERVER_ERROR, altered((b) => b.writeInt16BE(5, at.attributes))],
    ['it is idempotent without a sequence', errorCodes.INVALID_RECORD, batchOf(numbered(1), { producerId: 1, producerEpoch: 0, baseSequence: -1 })],
  ])('should be refused when %s', (_when, error, batch) => {
    expect(errorOf(batch)).toBe(error)
  })

  test('should be taken without the bytes behind it that are no whole batch', () => {
    expect(errorOf(Buffer.concat([good(), Buffer.alloc(3)]))).toBe(errorCodes.NONE)
    expect(errorOf(Buffer.concat([good(), good().subarray(0, -1)]))).toBe(errorCodes.NONE)
    expect(errorOf(Buffer.concat([good(), Buffer.alloc(30)]))).toBe(errorCodes.CORRUPT_MESSAGE)
  })

  test('should be refused with the places of the records that will not do', () => {
    const batch = batchOf([{ key: 'a', value: '1', timestamp: NOW }, { value: '2', timestamp: NOW }, { value: '3', timestamp: NOW + 7_200_000 }])
    expect(validateBatch(batch, logConfig({ 'cleanup.policy': 'compact' }), NOW, true)).toMatchObject({ error: errorCodes.INVALID_TIMESTAMP, records: [2] })
    expect(validateBatch(batch, logConfig({ 'cleanup.policy': 'compact' }), NOW + 7_200_000, true)).toMatchObject({ error: errorCodes.INVALID_RECORD, records: [1, 2] })
  })

  test('should be refused when it is larger than max.message.bytes', () => {
    expect(errorOf(good(), { 'max.message.bytes': good().length })).toBe(errorCodes.NONE)
    expect(errorOf(good(), { 'max.message.bytes': good().length - 1 })).toBe(errorCodes.MESSAGE_TOO_LARGE)
  })

  test('should be refused when its time is too far from now, unless the log sets the time', () => {
    const ahead = batchOf([{ value: 'v', timestamp: NOW + 3_600_001 }])
    expect(errorOf(ahead)).toBe(errorCodes.INVALID_TIMESTAMP)
    expect(errorOf(ahead, { 'message.timestamp.type': 'LogAppendTime' })).toBe(errorCodes.NONE)
    const behind = batchOf([{ value: 'v', timestamp: NOW - 1001 }])
    expect(errorOf(behind)).toBe(errorCodes.NONE)
    expect(errorOf(behind, { 'message.timestamp.before.max.ms': 1000 })).toBe(errorCodes.INVALID_TIMESTAMP)
  })

  test('should be refused when it is compressed by zstd and the request is from before zstd', () => {
    const batch = batchOf([{ value: 'v', timestamp: NOW }], { compression: 'zstd' })
    expect(errorOf(batch, {}, false)).toBe(errorCodes.UNSUPPORTED_COMPRESSION_TYPE)
    expect(errorOf(batch)).toBe(errorCodes.NONE)
  })

  test.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)('should be refused when a record has no key and the topic is compacted (%s)', (compression) => {
    const batch = batchOf([{ key: 'a', value: '1', timestamp: NOW }, { value: '2', timestamp: NOW }], { compression })
    expect(errorOf(batch)).toBe(errorCodes.NONE)
    expect(errorOf(batch, { 'cleanup.policy': 'compact' })).toBe(errorCodes.INVALID_RECORD)
    expect(errorOf(good(), { 'cleanup.policy': 'compact' })).toBe(errorCodes.NONE)
  })
})
