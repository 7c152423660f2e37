import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { EngineCursor, PersistentEngineName } from '../../../stores/engines/engine.ts'
import { openEngine } from '../../../stores/engines/open-engine.ts'

const keys = (cursor: EngineCursor): string[] => {
  const found: string[] = []
  while (cursor.next()) found.push(cursor.key)
  return found
}

describe.each<PersistentEngineName>(['leveldb', 'lmdb'])('a %s environment', (name) => {
  let directory: string

  beforeEach(() => {
    directory = mkdtempSync(path.join(os.tmpdir(), 'millrace-engine-'))
  })

  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  test('should be shared by the stores of a task until the last of them gives it back, and open again then', async () => {
    const [one, two] = await Promise.all([openEngine(name, directory), openEngine(name, directory)])
    expect(two.engine).toBe(one.engine)
    await one.release()
    await one.release()
    const batch = two.engine.batch()
    batch.put(two.engine.table('a'), 'k', Buffer.from('v'))
    await batch.write()
    const closing = two.release()
    const three = await openEngine(name, directory)
    await closing
    expect(three.engine.table('a').get('k')?.toString()).toBe('v')
    await three.release()
  })

  test('should keep tables apart, also when one name starts with the other', async () => {
    const { engine, release } = await openEngine(name, directory)
    const [a, ab] = [engine.table('a'), engine.table('ab')]
    const batch = engine.batch()
    for (const key of ['', '1', 'ÿÿ']) batch.put(a, key, Buffer.from('a'))
    batch.put(ab, '1', Buffer.from('ab'))
    await batch.write()
    for (const reverse of [false, true]) expect(keys(a.range('', undefined, reverse)).sort()).toEqual(['', '1', 'ÿÿ'])
    expect(keys(ab.range('', undefined, false))).toEqual(['1'])
    expect(a.get('')?.toString()).toBe('a')
    expect([a.approximateCount(), ab.approximateCount()]).toEqual([3, 1])
    await release()
  })

  test('should walk over many rows, large ones and long keys in order, in both directions', async () => {
    const { engine, release } = await openEngine(name, directory)
    const table = engine.table('a')
    const batch = engine.batch()
    const expected: string[] = []
    for (let i = 0; i < 12_000; i++) expected.push(String(i).padStart(6, '0'))
    for (let i = 0; i < 5; i++) expected.push(`1${'x'.repeat(2500)}${i}`)
    for (const key of expected) batch.put(table, key, Buffer.alloc(key.endsWith('777') ? 100_000 : 10, key))
    await batch.write()
    expected.sort()
    expect(keys(table.range('', undefined, false))).toEqual(expected)
    expect(keys(table.range('', undefined, true))).toEqual(expected.toReversed())
    expect(keys(table.range('005000', '011000', true))).toEqual(expected.filter((key) => key >= '005000' && key < '011000').reverse())
    const count = table.approximateCount()
    expect(count).toBeGreaterThan(5_000)
    expect(count).toBeLessThan(40_000)
    await release()
  })
})
