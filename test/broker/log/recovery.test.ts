import { appendFileSync, readFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { errorCodes } from '../../../lib/protocol/error-table.ts'
import { batchOf, numbered } from '../helpers/batches.ts'
import { fileLog, logConfig, readLog, withDirectory } from '../helpers/test-log.ts'

const SMALL_SEGMENTS = logConfig({ 'segment.bytes': 600 })

/** Fills a log with batches of three records and closes it. */
const fill = async (directory: string, batches: number, config = SMALL_SEGMENTS): Promise<void> => {
  const log = fileLog(directory, config)
  for (let i = 0; i < batches; i++) log.append(batchOf(numbered(3, `b${i}-`)))
  await log.close()
}

const segmentFiles = (directory: string): string[] => readdirSync(directory).filter((name) => name.endsWith('.log')).sort().map((name) => path.join(directory, name))

describe('a log on disk', () => {
  test('should have all its records when it is opened again', () => withDirectory(async (directory) => {
    await fill(directory, 20)
    const log = fileLog(directory, SMALL_SEGMENTS)
    expect(log.nextOffset).toBe(60)
    expect((await readLog(log)).map(({ offset }) => offset)).toEqual(Array.from({ length: 60 }, (_, i) => i))
    expect(log.append(batchOf(numbered(1))).baseOffset).toBe(60)
    await log.close()
  }))

  test('should have every whole batch, and nothing else, when its newest file was torn at any byte', () => fc.assert(fc.asyncProperty(
    fc.integer({ min: 1, max: 12 }), fc.double({ min: 0, max: 1, noNaN: true }), (batches, where) => withDirectory(async (directory) => {
      await fill(directory, batches, logConfig())
      const file = segmentFiles(directory).at(-1)!
      const size = statSync(file).size
      const cut = Math.floor(size * where)
      const batchBytes = size / batches
      truncateSync(file, cut)
      const log = fileLog(directory, logConfig())
      const whole = Math.floor(cut / batchBytes)
      expect(log.nextOffset).toBe(whole * 3)
      expect((await readLog(log)).length).toBe(whole * 3)
      expect(log.append(batchOf(numbered(1, 'after'))).baseOffset).toBe(whole * 3)
      await log.whenWritten(whole * 3)
      expect((await readLog(log)).at(-1)!.value).toBe('after0')
      await log.close()
      expect(fileLog(directory, logConfig()).nextOffset).toBe(whole * 3 + 1)
    }),
  ), { numRuns: 30 }))

  test('should cut what follows a damaged batch', () => withDirectory(async (directory) => {
    await fill(directory, 5, logConfig())
    const [file] = segmentFiles(directory)
    const bytes = readFileSync(file!)
    bytes[Math.floor(bytes.length / 2)]! ^= 0xff
    writeFileSync(file!, bytes)
    const log = fileLog(directory, logConfig())
    expect(log.nextOffset).toBe(6)
    await log.close()
  }))

  test('should cut garbage after the last batch', () => withDirectory(async (directory) => {
    await fill(directory, 3, logConfig())
    appendFileSync(segmentFiles(directory)[0]!, Buffer.alloc(5000, 7))
    const log = fileLog(directory, logConfig())
    expect(log.nextOffset).toBe(9)
    await log.close()
  }))

  test('should read closed segments through when what it noted about them is missing', () => withDirectory(async (directory) => {
    await fill(directory, 20)
    for (const name of readdirSync(directory)) if (name.endsWith('.index')) rmSync(path.join(directory, name))
    const log = fileLog(directory, SMALL_SEGMENTS)
    expect(log.segments.length).toBeGreaterThan(3)
    expect((await readLog(log)).length).toBe(60)
    await log.close()
  }))

  test('should still know the producers and their last batches, from whichever segment', () => withDirectory(async (directory) => {
    const batch = (producerId: number, baseSequence: number): Buffer => batchOf(numbered(2), { producerId, producerEpoch: 1, baseSequence })
    const log = fileLog(directory, SMALL_SEGMENTS)
    log.append(batch(5, 0))
    for (let i = 0; i < 20; i++) log.append(batch(6, i * 2))
    await log.close()
    const again = fileLog(directory, SMALL_SEGMENTS)
    expect(again.append(batch(5, 0))).toMatchObject({ error: errorCodes.NONE, baseOffset: 0 })
    expect(again.append(batch(6, 38))).toMatchObject({ error: errorCodes.NONE, baseOffset: 40 })
    expect(again.append(batch(6, 42)).error).toBe(errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER)
    expect(again.append(batch(5, 2))).toMatchObject({ error: errorCodes.NONE, baseOffset: 42 })
    await again.close()
  }))

  test('should go on at its next offset when retention has left nothing else', () => withDirectory(async (directory) => {
    await fill(directory, 4)
    const log = fileLog(directory, SMALL_SEGMENTS)
    log.roll()
    log.advanceStart(12)
    await log.close()
    const again = fileLog(directory, SMALL_SEGMENTS)
    expect([again.logStartOffset, again.nextOffset]).toEqual([12, 12])
    await again.close()
  }))
})
