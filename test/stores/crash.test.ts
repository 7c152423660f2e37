import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { Serdes } from '../../lib/serdes/serdes.ts'
import { Stores } from '../../stores/stores.ts'
import { FakeStoreContext } from './fake-context.ts'

const partition = { topic: 'app-store-changelog', partition: 0 }
const KILLS = 5

/** Lets the child commit and kills it without warning, in the middle of what it is doing. The last commit it reported. */
const commitUntilKilled = async (commits: number, child: string, ...args: string[]): Promise<number> => {
  const process_ = spawn(process.execPath, ['--import', 'tsx', path.join(__dirname, child), ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(process_, 'close')
  let last = 0
  let seen = 0
  for await (const line of createInterface(process_.stdout)) {
    last = Number(line)
    // Also lines that were written before the kill count.
    if (++seen === commits) process_.kill('SIGKILL')
  }
  await closed
  return last
}

describe.each(['leveldb', 'lmdb'] as const)('a %s store', (engine) => {
  test('should have all rows and the offset of one and the same commit, none older than reported, when its process was killed', async () => {
    const stateDir = mkdtempSync(path.join(os.tmpdir(), 'millrace-crash-'))
    try {
      for (let kill = 1; kill <= KILLS; kill++) {
        const reported = await commitUntilKilled(3 + kill * 7, 'crash-child.ts', stateDir, engine)
        const store = Stores.keyValueStore('store', { key: Serdes.string, value: Serdes.long, engine }).build()
        await store.init(new FakeStoreContext({ stateDir }), store)
        const offset = store.committedOffset?.(partition) ?? 0
        const rows = [...store.all()]
        expect(offset).toBeGreaterThanOrEqual(reported)
        expect(reported).toBeGreaterThan(0)
        expect(rows).toHaveLength(20 + (offset * 37) % 300)
        expect(new Set(rows.map(([, round]) => round))).toEqual(new Set([offset]))
        await store.close()
      }
    } finally {
      rmSync(stateDir, { recursive: true, force: true })
    }
  })
})

/** When the rounds of the child begin. */
const START = 1_000_000

test('a versioned store should have all versions and the offset of one and the same commit when its process was killed', async () => {
  const stateDir = mkdtempSync(path.join(os.tmpdir(), 'millrace-crash-'))
  try {
    for (let kill = 1; kill <= KILLS; kill++) {
      const reported = await commitUntilKilled(3 + kill * 7, 'versioned-crash-child.ts', stateDir)
      const store = Stores.versionedKeyValueStoreBuilder(Stores.persistentVersionedKeyValueStore('store', 1000, 50), Serdes.string, Serdes.long).build()
      await store.init(new FakeStoreContext({ stateDir }), store)
      const offset = store.committedOffset?.(partition) ?? 0
      expect(offset).toBeGreaterThanOrEqual(reported)
      expect(reported).toBeGreaterThan(0)
      for (let i = 0; i < 200; i++) {
        for (const round of [offset - 2, offset - 1, offset].filter((each) => each > 0)) {
          const value = i % 3 === round % 3 ? undefined : { value: round, timestamp: START + round * 10 }
          expect(store.get(`row-${i}`, START + round * 10 + 4)).toEqual(value)
          expect(store.get(`row-${i}`, START + round * 10 - 1)).toEqual({ value: -round, timestamp: START + round * 10 - 5 })
        }
        expect(store.get(`row-${i}`)?.timestamp).toBe(i % 3 === offset % 3 ? undefined : START + offset * 10)
      }
      // Stream time is that of the commit too.
      expect(store.put('row-0', 0, START + offset * 10 - 1001)).toBe(-(2 ** 63))
      await store.close()
    }
  } finally {
    rmSync(stateDir, { recursive: true, force: true })
  }
})

test('a window store should have all rows and the offset of one and the same commit when its process was killed', async () => {
  const stateDir = mkdtempSync(path.join(os.tmpdir(), 'millrace-crash-'))
  try {
    for (let kill = 1; kill <= KILLS; kill++) {
      const reported = await commitUntilKilled(3 + kill * 7, 'windowed-crash-child.ts', stateDir)
      const store = Stores.windowStoreBuilder(Stores.persistentWindowStore('store', 600_000, 10), Serdes.string, Serdes.long).build()
      await store.init(new FakeStoreContext({ stateDir }), store)
      const offset = store.committedOffset?.(partition) ?? 0
      expect(offset).toBeGreaterThanOrEqual(reported)
      expect(reported).toBeGreaterThan(0)
      // Each round is written again by the next two, the second of which deletes it if it is a third one.
      const starts = Array.from({ length: offset }, (_, i) => i + 1).filter((round) => round + 2 > offset || (round + 2) % 3 !== 0)
      const expected = starts.map((round) => [round * 10, Math.min(offset, round + 2)])
      for (let i = 0; i < 100; i++) expect([...store.fetch(`row-${i}${'x'.repeat((i * 7) % 90)}`, 0, Infinity)]).toEqual(expected)
      expect([...store.all()]).toHaveLength(100 * expected.length)
      await store.close()
    }
  } finally {
    rmSync(stateDir, { recursive: true, force: true })
  }
})
