import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { silentLogger } from '../../lib/core/log.ts'
import { warnOfUnknownTasks } from '../../lib/runtime/unknown-tasks.ts'
import { StateDirectory } from '../../lib/task/state-directory.ts'

describe('files of tasks', () => {
  let root: string

  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'millrace-unknown-'))
    for (const task of ['0_0', '0_1', '2_1', '2_0', 'global']) mkdirSync(path.join(root, 'app', task), { recursive: true })
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  const warnings = (subtopologies: readonly number[], application = 'app'): unknown[] => {
    const heard: unknown[] = []
    warnOfUnknownTasks(new StateDirectory(root, application), subtopologies, { ...silentLogger, warn: ({ tasks }: { tasks?: unknown }) => void heard.push(tasks) })
    return heard
  }

  test('should be warned of when the topology has no such tasks, since it has changed', () => {
    expect(warnings([0, 1])).toEqual([['2_0', '2_1']])
  })

  test('should not be mentioned when the topology has their tasks, or there are none', () => {
    expect(warnings([0, 1, 2])).toEqual([])
    expect(warnings([0], 'new')).toEqual([])
  })
})
