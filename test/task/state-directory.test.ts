import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { OffsetSumFile } from '../../lib/task/offset-sum-file.ts'
import { StateDirectory } from '../../lib/task/state-directory.ts'
import { taskId } from '../../lib/task/task-id.ts'

let base: string

beforeEach(() => {
  base = mkdtempSync(path.join(tmpdir(), 'millrace-state-'))
})

afterEach(() => rmSync(base, { recursive: true, force: true }))

const lockFile = (task: string): string => path.join(base, 'app', task, '.lock')

test('StateDirectory should give a lock back when it is unlocked', () => {
  const state = new StateDirectory(base, 'app')
  expect(state.lock(taskId(0, 1))).toBe(true)
  expect(state.lock(taskId(0, 1))).toBe(true)
  expect(readFileSync(lockFile('0_1'), 'utf8')).toMatch(new RegExp(`^${process.pid} `))
  state.unlock(taskId(0, 1))
  expect(existsSync(lockFile('0_1'))).toBe(false)
})

test('StateDirectory should not lock when another live process holds the task', () => {
  mkdirSync(path.dirname(lockFile('0_0')), { recursive: true })
  writeFileSync(lockFile('0_0'), '1 - 0\n')
  expect(new StateDirectory(base, 'app').lock(taskId(0, 0))).toBe(false)
})

test('StateDirectory should not lock when another thread of this process holds the task', () => {
  const state = new StateDirectory(base, 'app')
  state.lock(taskId(0, 0))
  const [pid, started] = readFileSync(lockFile('0_0'), 'utf8').split(' ')
  writeFileSync(lockFile('0_0'), `${pid} ${started} 99\n`)
  const other = new StateDirectory(base, 'app')
  expect(other.lock(taskId(0, 0))).toBe(false)
  other.unlockThread(99)
  expect(other.lock(taskId(0, 0))).toBe(true)
})

test('StateDirectory should take a lock over when its process died before it wrote its name', () => {
  mkdirSync(path.dirname(lockFile('0_3')), { recursive: true })
  writeFileSync(lockFile('0_3'), '')
  expect(new StateDirectory(base, 'app').lock(taskId(0, 3))).toBe(false)
  utimesSync(lockFile('0_3'), 1, 1)
  expect(new StateDirectory(base, 'app').lock(taskId(0, 3))).toBe(true)
})

test('StateDirectory should take a lock over when its process is dead', () => {
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  mkdirSync(path.dirname(lockFile('0_0')), { recursive: true })
  writeFileSync(lockFile('0_0'), `${pid} 12345 0\n`)
  expect(new StateDirectory(base, 'app').lock(taskId(0, 0))).toBe(true)
})

test('StateDirectory should remove only directories that nobody holds when it cleans up', () => {
  const state = new StateDirectory(base, 'app')
  state.lock(taskId(0, 0))
  state.lock(taskId(0, 1))
  state.unlock(taskId(0, 1))
  expect(state.taskDirectories().map(({ id }) => String(id)).sort()).toEqual(['0_0', '0_1'])
  expect(state.cleanUp(0)).toEqual([])
  expect(state.cleanUp().map(String)).toEqual(['0_1'])
  expect(existsSync(state.taskDirectory(taskId(0, 0)))).toBe(true)
})

test('StateDirectory should know no tasks when it was never used', () => {
  expect(new StateDirectory(base, 'nothing').taskDirectories()).toEqual([])
})

test('StateDirectory should remove global stores, also those of worker threads, unless another process uses them', () => {
  const state = new StateDirectory(base, 'app')
  const folders = ['global', 'global-2', 'globals'].map((name) => path.join(base, 'app', name))
  for (const folder of folders) mkdirSync(folder, { recursive: true })
  writeFileSync(path.join(base, 'app', '.lock'), '1 - 0\n')
  state.cleanUpGlobal()
  expect(folders.map((folder) => existsSync(folder))).toEqual([true, true, true])
  rmSync(path.join(base, 'app', '.lock'))
  state.cleanUpGlobal()
  expect(folders.map((folder) => existsSync(folder))).toEqual([false, false, true])
  new StateDirectory(base, 'nothing').cleanUpGlobal()
})

test('StateDirectory should tell how far the files of tasks are', () => {
  const state = new StateDirectory(base, 'app')
  for (const partition of [0, 1, 2, 3]) state.lock(taskId(0, partition))
  for (const partition of [0, 1, 2]) new OffsetSumFile(state.taskDirectory(taskId(0, partition))).note(100 + partition, true)
  for (const partition of [1, 2, 3]) state.unlock(taskId(0, partition))
  expect(state.offsetSums()).toEqual(new Map([['0_0', 100], ['0_1', 101], ['0_2', 102]]))
  state.cleanUp()
  expect(state.offsetSums()).toEqual(new Map([['0_0', 100]]))
})
