import { spawnSync } from 'node:child_process'
import { isRunning, startOf } from '../../lib/core/running-process.ts'

test('a process should be running when number and start are its own', () => {
  expect(isRunning(process.pid, startOf(process.pid))).toBe(true)
})

test('a process should be running when its start is not known', () => {
  expect(isRunning(process.pid, '')).toBe(true)
})

test('a process should not be taken for an earlier one of the same number when it started at another time', () => {
  expect(isRunning(process.pid, `${startOf(process.pid)}0`)).toBe(false)
})

test('a process should not be running when it has ended', () => {
  const { pid } = spawnSync(process.execPath, ['--version'])
  expect(isRunning(pid, '')).toBe(false)
})
