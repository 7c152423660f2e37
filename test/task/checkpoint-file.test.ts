import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { CheckpointFile } from '../../lib/task/checkpoint-file.ts'

let directory: string
let file: string

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'millrace-checkpoint-'))
  file = path.join(directory, '.checkpoint')
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

test('CheckpointFile should read what was written when topic names have dashes', () => {
  const offsets = new Map([['app-my-store-changelog-0', 17], ['other-12', 0]])
  new CheckpointFile(file).write(offsets)
  expect(new CheckpointFile(file).read()).toEqual(offsets)
  expect(readFileSync(file, 'utf8')).toBe('0\n2\napp-my-store-changelog 0 17\nother 12 0\n')
  expect(readdirSync(directory)).toEqual(['.checkpoint'])
})

test('CheckpointFile should be empty when there is no file or it was deleted', () => {
  const checkpoint = new CheckpointFile(file)
  expect(checkpoint.read().size).toBe(0)
  checkpoint.write(new Map([['t-0', 1]]))
  checkpoint.delete()
  expect(checkpoint.read().size).toBe(0)
})

test.each(['1\n0\n', '0\n2\nt 0 1\n', '0\n1\nt 0\n', '0\n1\nt 0 x\n', '0\n1\nt 0 1 2\n'])('CheckpointFile should refuse %j when it reads it', (content) => {
  writeFileSync(file, content)
  expect(() => new CheckpointFile(file).read()).toThrow(expect.objectContaining({ code: 'MILLRACE_CHECKPOINT_CORRUPT' }))
})
