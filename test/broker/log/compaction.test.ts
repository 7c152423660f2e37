import fc from 'fast-check'
import { MockTime } from '../../../lib/core/time.ts'
import { NEVER_COMPACTED, compactLog, needsCompaction } from '../../../lib/broker/log/compaction.ts'
import type { PartitionLog } from '../../../lib/broker/log/partition-log.ts'
import { batchOf, loadAllCompressions } from '../helpers/batches.ts'
import type { TestRecord } from '../helpers/batches.ts'
import { fileLog, logConfig, memoryLog, readLog, withDirectory } from '../helpers/test-log.ts'

const COMPACT = { 'cleanup.policy': 'compact', 'segment.bytes': 400, 'delete.retention.ms': 1000 }
const compressions = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const

beforeAll(loadAllCompressions)

/** What a compaction has to leave of some records: the last of every key, with its offset. */
const lastOfEveryKey = (records: readonly TestRecord[]): { key: string; value: string | null; offset: number }[] =>
  records
    .map(({ key, value }, offset) => ({ key: key!, value, offset }))
    .filter(({ key, offset }) => !records.some((other, later) => later > offset && other.key === key))

const append = (log: PartitionLog, records: readonly TestRecord[]): void => {
  for (const record of records) log.append(batchOf([{ timestamp: 1, ...record }]))
}

const keysAndValues = async (log: PartitionLog): Promise<(string | null)[][]> => (await readLog(log)).map(({ key, value }) => [key, value])

test('compaction should leave exactly the last record of every key, at its offset, in memory and on disk', () => fc.assert(fc.asyncProperty(
  fc.array(fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'ä'), value: fc.option(fc.string({ maxLength: 50 })) }), { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 15 }),
  fc.constantFrom(...compressions),
  fc.integer({ min: 1, max: 3 }),
  (batches, compression, passes) => withDirectory(async (directory) => {
    for (const log of [memoryLog(logConfig(COMPACT)), fileLog(directory, logConfig(COMPACT))]) {
      let state = NEVER_COMPACTED
      const perPass = Math.ceil(batches.length / passes)
      for (let pass = 0; pass < passes; pass++) {
        for (const records of batches.slice(pass * perPass, (pass + 1) * perPass)) log.append(batchOf(records, { compression }))
        if (log.nextOffset > 0) await log.whenWritten(log.nextOffset - 1)
        log.roll()
        state = await compactLog(log, state, 0)
      }
      const left = (await readLog(log)).map(({ key, value, offset }) => ({ key, value, offset }))
      expect(left).toEqual(lastOfEveryKey(batches.flat()))
      expect(log.logStartOffset).toBe(0)
      await log.close()
    }
    const again = fileLog(directory, logConfig(COMPACT))
    expect((await readLog(again)).map(({ key, value, offset }) => ({ key, value, offset }))).toEqual(lastOfEveryKey(batches.flat()))
    expect(again.nextOffset).toBe(batches.flat().length)
    await again.close()
  }),
), { numRuns: 40 }))

describe('compaction', () => {
  test('should not touch the active segment', async () => {
    const log = memoryLog(logConfig(COMPACT))
    append(log, [{ key: 'a', value: '1' }, { key: 'a', value: '2' }])
    await compactLog(log, NEVER_COMPACTED, 0)
    expect(await keysAndValues(log)).toEqual([['a', '1'], ['a', '2']])
  })

  test('should keep tombstones for delete.retention.ms after they were first compacted, and then drop them', async () => {
    const log = memoryLog(logConfig(COMPACT))
    append(log, [{ key: 'a', value: '1' }, { key: 'b', value: '1' }, { key: 'a', value: null }])
    log.roll()
    let state = await compactLog(log, NEVER_COMPACTED, 10_000)
    expect(await keysAndValues(log)).toEqual([['b', '1'], ['a', null]])
    expect(needsCompaction(log, state, 10_999)).toBe(false)
    state = await compactLog(log, state, 10_999)
    expect((await keysAndValues(log)).length).toBe(2)
    expect(needsCompaction(log, state, 11_000)).toBe(true)
    await compactLog(log, state, 11_000)
    expect(await keysAndValues(log)).toEqual([['b', '1']])
  })

  test('should keep a tombstone that is newer than the last pass, though older ones go', async () => {
    const log = memoryLog(logConfig(COMPACT))
    append(log, [{ key: 'a', value: null }])
    log.roll()
    const state = await compactLog(log, NEVER_COMPACTED, 0)
    append(log, [{ key: 'b', value: null }])
    log.roll()
    await compactLog(log, state, 2000)
    expect(await keysAndValues(log)).toEqual([['b', null]])
  })

  test('should leave records that are younger than min.compaction.lag.ms', async () => {
    const log = memoryLog(logConfig({ ...COMPACT, 'min.compaction.lag.ms': 100 }), new MockTime(1))
    append(log, [{ key: 'a', value: '1' }, { key: 'a', value: '2' }])
    log.roll()
    await compactLog(log, NEVER_COMPACTED, 50)
    expect((await keysAndValues(log)).length).toBe(2)
    await compactLog(log, NEVER_COMPACTED, 200)
    expect(await keysAndValues(log)).toEqual([['a', '2']])
  })

  test('should be due when the part that was not compacted outweighs min.cleanable.dirty.ratio', async () => {
    const log = memoryLog(logConfig({ ...COMPACT, 'min.cleanable.dirty.ratio': 0.6 }))
    append(log, [{ key: 'a', value: '1' }])
    log.roll()
    const state = await compactLog(log, NEVER_COMPACTED, 0)
    append(log, [{ key: 'b', value: '1' }])
    log.roll()
    expect(needsCompaction(log, state, 0)).toBe(false)
    append(log, [{ key: 'c', value: '1' }])
    log.roll()
    expect(needsCompaction(log, state, 0)).toBe(true)
  })

  test('should keep the last batch of a producer as an empty one, so that its sequence goes on after a restart', () => withDirectory(async (directory) => {
    const config = logConfig(COMPACT)
    const log = fileLog(directory, config)
    log.append(batchOf([{ key: 'a', value: '1' }], { producerId: 9, producerEpoch: 0, baseSequence: 0 }))
    append(log, [{ key: 'a', value: '2' }])
    await log.whenWritten(1)
    log.roll()
    await compactLog(log, NEVER_COMPACTED, 0)
    expect(await keysAndValues(log)).toEqual([['a', '2']])
    await log.close()
    const again = fileLog(directory, config)
    expect(again.append(batchOf([{ key: 'a', value: '1' }], { producerId: 9, producerEpoch: 0, baseSequence: 0 })).baseOffset).toBe(0)
    await again.close()
  }))

  test('should not lose what is appended while it runs', async () => {
    const log = memoryLog(logConfig(COMPACT))
    append(log, Array.from({ length: 50 }, (_, i) => ({ key: `k${i % 5}`, value: `v${i}` })))
    log.roll()
    const running = compactLog(log, NEVER_COMPACTED, 0)
    append(log, [{ key: 'new', value: '1' }])
    await running
    expect((await keysAndValues(log)).at(-1)).toEqual(['new', '1'])
    expect((await keysAndValues(log)).length).toBe(6)
  })
})
