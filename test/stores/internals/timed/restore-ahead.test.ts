import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Serdes } from '../../../../lib/serdes/serdes.ts'
import { Stores } from '../../../../stores/stores.ts'
import type { WindowStore } from '../../../../stores/window-store.ts'
import { FakeStoreContext } from '../../fake-context.ts'

const MINUTE = 60_000
const RETENTION = 2 * MINUTE

const kinds = [
  ['in memory', () => Stores.inMemoryWindowStore('rows', RETENTION, 10)],
  ['in files', () => Stores.persistentWindowStore('rows', RETENTION, 10)],
] as const

describe.each(kinds)('a window store %s whose changelog is ahead of the committed records', (_name, supplier) => {
  const stateDir = mkdtempSync(path.join(os.tmpdir(), 'millrace-ahead-'))
  afterAll(() => rmSync(stateDir, { recursive: true, force: true }))

  const open = async (context: FakeStoreContext): Promise<WindowStore<string, string>> => {
    const store = Stores.windowStoreBuilder(supplier(), Serdes.string, Serdes.string).withCachingDisabled().build()
    await store.init(context, store)
    context.restore(store)
    return store
  }

  test('should find what was there at the committed time, and forget it as records come again', async () => {
    const context = new FakeStoreContext({ stateDir })
    const store = await open(context)
    for (let minute = 0; minute < 12; minute++) store.put('a', String(minute), minute * MINUTE)
    expect([...store.all()].map(([, value]) => value)).toEqual(['10', '11'])
    await store.close()

    const after = new FakeStoreContext({ stateDir, changelogs: context.changelogs })
    after.streamTime = 3 * MINUTE
    const restored = await open(after)
    expect([...restored.fetch('a', 0, 4 * MINUTE)].map(([, value]) => value)).toEqual(['2', '3', '4'])
    for (let minute = 3; minute < 12; minute++) {
      restored.put('b', String(minute), minute * MINUTE)
      await restored.commit?.(after.offsets(restored))
      expect(restored.fetch('a', minute * MINUTE)).toBe(String(minute))
    }
    expect([...restored.all()].map(([, value]) => value)).toEqual(['10', '10', '11', '11'])
    await restored.close()
  })
})
