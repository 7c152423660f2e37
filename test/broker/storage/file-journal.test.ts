import { appendFileSync, readFileSync, statSync, truncateSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { FileJournal } from '../../../lib/broker/storage/file-journal.ts'
import type { JsonValue } from '../../../lib/broker/storage/journal.ts'
import { journalKey, journalKeyParts } from '../../../lib/broker/storage/journal.ts'
import { withDirectory } from '../helpers/test-log.ts'

const contents = (journal: FileJournal): Map<string, JsonValue> => new Map(journal.restored(''))
const reopened = async (directory: string): Promise<Map<string, JsonValue>> => {
  const journal = new FileJournal(directory)
  const found = contents(journal)
  await journal.close()
  return found
}

describe('FileJournal', () => {
  test('should say so, and take nothing more, when it cannot be written', () => withDirectory(async (directory) => {
    const journal = new FileJournal(directory)
    journal.put('a', 1)
    await journal.flushed()
    await journal.close()
    journal.put('b', 2)
    await expect(journal.flushed()).rejects.toMatchObject({ code: 'MILLRACE_BROKER_STORAGE_FAILED' })
    journal.put('c', 3)
    await expect(journal.flushed()).rejects.toThrow(/journal cannot be written.*start the broker again/)
    expect(await reopened(directory)).toEqual(new Map([['a', 1]]))
  }))

  test('should hold the last value of every key after it was closed and opened', () => fc.assert(fc.asyncProperty(
    fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c/ä', 'd'), fc.option(fc.oneof(fc.integer(), fc.string(), fc.array(fc.integer())))), { maxLength: 40 }),
    (changes) => withDirectory(async (directory) => {
      const journal = new FileJournal(directory)
      const expected = new Map<string, JsonValue>()
      for (const [key, value] of changes) {
        if (value === null) {
          journal.remove(key)
          expected.delete(key)
        } else {
          journal.put(key, value)
          expected.set(key, value)
        }
      }
      await journal.flushed()
      expect(journal.flushed()).toBeUndefined()
      await journal.close()
      expect(await reopened(directory)).toEqual(expected)
    }),
  ), { numRuns: 30 }))

  test('should have every entry that was flushed, and be writable, when its end was torn at any byte', () => fc.assert(fc.asyncProperty(
    fc.integer({ min: 1, max: 200 }), (torn) => withDirectory(async (directory) => {
      const journal = new FileJournal(directory)
      journal.put('kept', 1)
      await journal.flushed()
      const kept = statSync(path.join(directory, 'journal.log')).size
      journal.put('torn', 'x'.repeat(200))
      await journal.close()
      truncateSync(path.join(directory, 'journal.log'), kept + torn)
      const again = new FileJournal(directory)
      expect(contents(again)).toEqual(new Map([['kept', 1]]))
      again.put('after', 2)
      await again.close()
      expect(await reopened(directory)).toEqual(new Map([['kept', 1], ['after', 2]]))
    }),
  ), { numRuns: 20 }))

  test('should ignore garbage at its end', () => withDirectory(async (directory) => {
    const journal = new FileJournal(directory)
    journal.put('a', 1)
    await journal.close()
    appendFileSync(path.join(directory, 'journal.log'), Buffer.alloc(100, 3))
    expect(await reopened(directory)).toEqual(new Map([['a', 1]]))
  }))

  test('should not grow without end when the same keys are written again and again', () => withDirectory(async (directory) => {
    const journal = new FileJournal(directory)
    const value = 'x'.repeat(10_000)
    for (let i = 0; i < 2000; i++) {
      journal.put(`k${i % 3}`, `${value}${i}`)
      if (i % 50 === 0) await journal.flushed()
    }
    await journal.flushed()
    expect(readFileSync(path.join(directory, 'journal.log')).length).toBeLessThan(6_000_000)
    await journal.close()
    expect((await reopened(directory)).get('k1')).toBe(`${value}1999`)
  }))
})

test('journal keys should keep their parts apart, whatever is in them', () => {
  fc.assert(fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1 }), (parts) => {
    expect(journalKeyParts(journalKey(...parts))).toEqual(parts)
  }))
})
