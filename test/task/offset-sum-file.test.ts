import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { OffsetSumFile, readOffsetSum } from '../../lib/task/offset-sum-file.ts'

describe('the sum of offsets of a task directory', () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'millrace-sum-'))
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  test('should be written once in a while, and at the end', () => {
    const file = new OffsetSumFile(directory)
    file.note(4999, false)
    expect(readOffsetSum(directory)).toBeUndefined()
    file.note(6000, false)
    file.note(10_999, false)
    expect(readOffsetSum(directory)).toBe(6000)
    file.note(10_999, true)
    expect(readOffsetSum(directory)).toBe(10_999)
  })

  test('should be unknown where the file says nothing, or cannot be written', () => {
    writeFileSync(path.join(directory, '.offset-sum'), 'many\n')
    expect(readOffsetSum(directory)).toBeUndefined()
    expect(() => new OffsetSumFile(path.join(directory, 'gone')).note(7, true)).not.toThrow()
  })
})
