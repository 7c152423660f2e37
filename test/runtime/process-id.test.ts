import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { rememberedProcessId } from '../../lib/runtime/process-id.ts'
import { StateDirectory } from '../../lib/task/state-directory.ts'

let base: string

beforeEach(() => {
  base = mkdtempSync(path.join(tmpdir(), 'millrace-process-'))
})

afterEach(() => rmSync(base, { recursive: true, force: true }))

const file = (): string => path.join(base, 'app', 'kafka-streams-process-metadata')

test('the id of a process should be the same when it starts again with its directory', () => {
  const first = new StateDirectory(base, 'app')
  const id = rememberedProcessId(first)
  expect(JSON.parse(readFileSync(file(), 'utf8'))).toEqual({ processId: id })
  first.unlockInstance()
  expect(rememberedProcessId(new StateDirectory(base, 'app'))).toBe(id)
})

test('the id of a process should not be shared when another live process uses its directory', () => {
  const first = new StateDirectory(base, 'app')
  rememberedProcessId(first)
  writeFileSync(path.join(base, 'app', '.lock'), '1 - 0\n')
  expect(rememberedProcessId(new StateDirectory(base, 'app'))).toBeUndefined()
})

test.each(['', '{}', '{"processId":7}', 'garbage'])('the id of a process should be a new one when the file has %j', (content) => {
  rememberedProcessId(new StateDirectory(base, 'app'))
  writeFileSync(file(), content)
  expect(rememberedProcessId(new StateDirectory(base, 'app'))).toMatch(/^[\da-f-]{36}$/)
})

test('the id of a process should be the one that Java has written', () => {
  rememberedProcessId(new StateDirectory(base, 'app'))
  writeFileSync(file(), '{"processId":"8b0c5ae4-6bd4-4a58-9e0c-0ad0cbe5a8c2"}')
  expect(rememberedProcessId(new StateDirectory(base, 'app'))).toBe('8b0c5ae4-6bd4-4a58-9e0c-0ad0cbe5a8c2')
})
