import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { Serdes } from '../../../../lib/serdes/serdes.ts'
import type { MeteredWindowStore } from '../../../../stores/internals/timed/metered-window-store.ts'
import { Stores } from '../../../../stores/stores.ts'
import { FakeStoreContext } from '../../fake-context.ts'

type Store = MeteredWindowStore<string, string, unknown>

const RETENTION_MS = 1_000_000

const makeStore = (cached: boolean): Store => {
  const supplier = { ...Stores.persistentWindowStore('windows', RETENTION_MS, 10, false), timeOrdered: true }
  const builder = Stores.windowStoreBuilder(supplier, Serdes.string, Serdes.string)
  return (cached ? builder.withCachingEnabled() : builder).build() as Store
}

const closed = (store: Store, from: number, to: number): string[] =>
  [...store.fetchClosed(from, to)].map(([{ key, window }, value]) => `${window.start} ${key}=${value}`)

const change = fc.record({
  kind: fc.constantFrom('put' as const, 'put' as const, 'delete' as const), key: fc.constantFrom('a', 'b', 'aa'), start: fc.nat(4_000),
})
const step = fc.oneof(
  { weight: 8, arbitrary: change },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('close' as const), by: fc.nat(1_500) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('commit' as const, 'flush' as const, 'restore' as const) }) },
)

/** The same steps on the store and on a plain map, from which closed windows are sorted out each time. */
const check = async (store: Store, context: FakeStoreContext, steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[]): Promise<void> => {
  const rows = new Map<string, { start: number; key: string; value: string }>()
  let sent = -1
  for (const [i, each] of steps.entries()) {
    if (each.kind === 'put' || each.kind === 'delete') {
      const value = each.kind === 'put' ? `v${i}` : undefined
      store.put(each.key, value, each.start)
      if (value === undefined) rows.delete(`${each.start} ${each.key}`)
      else rows.set(`${each.start} ${each.key}`, { start: each.start, key: each.key, value })
    } else if (each.kind === 'close') {
      const [from, to] = [sent + 1, sent + each.by]
      const due = [...rows.values()].filter(({ start }) => start >= from && start <= to)
      due.sort((a, b) => a.start - b.start || (a.key < b.key ? -1 : 1))
      expect(closed(store, from, to)).toEqual(due.map(({ start, key, value }) => `${start} ${key}=${value}`))
      sent = to
    } else if (each.kind === 'flush') {
      store.flushCache()
    } else if (each.kind === 'commit') {
      store.flushCache()
      await store.commit(context.offsets(store))
    } else {
      store.flushCache()
      const value = `r${i}`
      context.changelog('windows').append('b\0\0\0\0\0\0\x0f\xa0\0\0\0\0', Buffer.from(value), 0)
      context.restore(store)
      rows.clear()
      for (const { key, value: logged } of context.changelog('windows').records) {
        const [name, start] = [key.latin1Slice(0, key.length - 12), Number(key.readBigInt64BE(key.length - 12))]
        if (logged === undefined) rows.delete(`${start} ${name}`)
        else rows.set(`${start} ${name}`, { start, key: name, value: logged.toString() })
      }
    }
  }
}

describe('windows that are sent when they close', () => {
  test.each([['without a cache', false], ['with a cache', true]])('should be all that are there, by their starts, %s', async (_name, cached) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const context = new FakeStoreContext({ ephemeral: true })
        const store = makeStore(cached)
        await store.init(context, store)
        await check(store, context, steps)
        await store.close()
      }),
      { numRuns: 150 },
    )
  })

  test('should be the same from files', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), fc.boolean(), async (steps, cached) => {
        const stateDir = mkdtempSync(path.join(tmpdir(), 'open-windows-'))
        const context = new FakeStoreContext({ stateDir })
        const store = makeStore(cached)
        await store.init(context, store)
        try {
          await check(store, context, steps)
        } finally {
          await store.close()
          rmSync(stateDir, { recursive: true })
        }
      }),
      { numRuns: 12 },
    )
  })

  test('should be found after a restart that follows a commit', async () => {
    const stateDir = mkdtempSync(path.join(tmpdir(), 'open-windows-'))
    const first = new FakeStoreContext({ stateDir })
    const before = makeStore(false)
    await before.init(first, before)
    for (const start of [10, 20, 30]) before.put('a', `at ${start}`, start)
    expect(closed(before, 0, 10)).toEqual(['10 a=at 10'])
    await before.commit(first.offsets(before))
    await before.close()
    const store = makeStore(false)
    await store.init(new FakeStoreContext({ stateDir }), store)
    store.put('b', 'new', 20)
    expect(closed(store, 11, 25)).toEqual(['20 a=at 20', '20 b=new'])
    expect(closed(store, 26, 40)).toEqual(['30 a=at 30'])
    await store.close()
    rmSync(stateDir, { recursive: true })
  })

  test('should be found when nobody asked for longer than rows are kept', async () => {
    const context = new FakeStoreContext({ ephemeral: true })
    const store = makeStore(false)
    await store.init(context, store)
    expect(closed(store, 0, 5)).toEqual([])
    for (let start = 0; start <= 3 * RETENTION_MS; start += 1000) store.put('a', String(start), start)
    expect(closed(store, 6, 3 * RETENTION_MS - 1000)).toHaveLength(RETENTION_MS / 1000)
    expect(closed(store, 3 * RETENTION_MS - 999, 3 * RETENTION_MS)).toEqual([`${3 * RETENTION_MS} a=${3 * RETENTION_MS}`])
    await store.close()
  })
})
