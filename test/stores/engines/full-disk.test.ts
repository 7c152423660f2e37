import { existsSync, mkdtempSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Engine, EngineTable } from '../../../stores/engines/engine.ts'
import { openEngine } from '../../../stores/engines/open-engine.ts'
import { SmallDisk } from '../../integration/helpers/small-disk.ts'

const KEYS = 20_000
const disk = SmallDisk.mount(mkdtempSync(path.join(os.tmpdir(), 'millrace-full-disk-')))

/** What was acknowledged, to be compared with what is there. */
class Rows {
  readonly acknowledged = new Map<string, number>()

  async commit(engine: Engine, table: EngineTable, number: number, rows: number): Promise<void> {
    const batch = engine.batch()
    const keys = Array.from({ length: rows }, (_, i) => `k${(i * 7919 + number * 104_729) % KEYS}`)
    const value = Buffer.alloc(100)
    value.writeInt32BE(number)
    for (const key of keys) batch.put(table, key, value)
    await batch.write()
    for (const key of keys) this.acknowledged.set(key, number)
  }

  wrongIn(table: EngineTable): number {
    return [...this.acknowledged].filter(([key, number]) => table.get(key)?.readInt32BE(0) !== number).length
  }
}

afterAll(() => disk?.unmount())

describe.each(['lmdb', 'leveldb'] as const)('an environment of %s on a disk that gets full', (name) => {
  test('should end in an error with a code, again and again, lose nothing, and be opened and written when there is room', async () => {
    if (disk === undefined) return expect(process.getuid?.()).not.toBe(0)
    disk.free()
    const opened = await openEngine(name, disk.directory)
    const table = opened.engine.table('a')
    const rows = new Rows()
    let commits = 0
    for (; commits < 5; commits++) await rows.commit(opened.engine, table, commits, 2000)
    disk.fill()
    const errors: unknown[] = []
    for (; errors.length < 5 && commits < 10_000; commits++) await rows.commit(opened.engine, table, commits, 1000).catch((error: unknown) => errors.push(error))
    expect(errors).toHaveLength(5)
    for (const error of errors) expect(error).toMatchObject({ code: 'MILLRACE_STORE_DISK_FULL' })
    expect(rows.wrongIn(table)).toBe(0)
    disk.free()
    // LevelDB refuses everything after it has failed once, until it is opened again
    if (name === 'lmdb') await rows.commit(opened.engine, table, ++commits, 1000)
    await opened.release()
    const again = await openEngine(name, disk.directory)
    const tableAgain = again.engine.table('a')
    expect(rows.wrongIn(tableAgain)).toBe(0)
    await rows.commit(again.engine, tableAgain, ++commits, 1000)
    expect(rows.wrongIn(tableAgain)).toBe(0)
    await again.release()
  })
})

test('an environment of leveldb should write nothing that was made ready before a failure was known', async () => {
  if (disk === undefined) return
  disk.free()
  const directory = path.join(disk.directory, 'ahead')
  const { engine, release } = await openEngine('leveldb', directory)
  const table = engine.table('a')
  const rows = new Rows()
  await rows.commit(engine, table, 0, 100)
  disk.fill()
  const results: string[] = []
  for (let round = 0; !results.includes('rejected') && round < 100; round++) {
    const commits = Array.from({ length: 4 }, (_, i) => rows.commit(engine, table, round * 4 + i, 500))
    results.push(...(await Promise.allSettled(commits)).map(({ status }) => status))
  }
  expect(results.slice(results.indexOf('rejected'))).not.toContain('fulfilled')
  expect(rows.wrongIn(table)).toBe(0)
  disk.free()
  await release()
})

test('an environment of lmdb should say so when it is opened on a full disk', async () => {
  if (disk === undefined) return
  disk.fill()
  await expect(openEngine('lmdb', path.join(disk.directory, 'new'))).rejects.toMatchObject({ code: expect.stringMatching(/^(MILLRACE_STORE_DISK_FULL|ENOSPC)$/) })
  disk.free()
  expect(existsSync(path.join(disk.directory, 'new', 'lmdb', 'data.mdb'))).toBe(false)
})
