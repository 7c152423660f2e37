import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Serdes } from '../../lib/serdes/serdes.ts'
import type { SessionStore } from '../../stores/session-store.ts'
import { Stores } from '../../stores/stores.ts'
import type { WindowStore } from '../../stores/window-store.ts'
import type { Windowed } from '../../stores/windowed.ts'
import type { KeyValueStore, StoreBuilder, ValueAndTimestamp } from '../../topology/api.ts'
import { windowedStoreContract } from '../contract/windowed-store.ts'
import type { Row, WindowedStoreSubject } from '../contract/windowed-store.ts'
import { FakeStoreContext } from './fake-context.ts'

const { string } = Serdes

interface Values<V> {
  readonly of: (text: string) => V
  readonly text: (value: V) => string
}

const plain: Values<string> = { of: (text) => text, text: (value) => value }
const stamped: Values<ValueAndTimestamp<string>> = { of: (text) => ({ value: text, timestamp: 7 }), text: ({ value }) => value }

const windowRow = <V>(values: Values<V>) => ([{ key, window }, value]: [Windowed<string>, V]): Row => {
  expect(window.end - window.start).toBe(10)
  return [key, window.start, 0, values.text(value)]
}

const windows = <V>(values: Values<V>): Pick<WindowedStoreSubject<WindowStore<string, V>>, 'hasSessions' | 'put' | 'get' | 'fetch' | 'fetchRange'> => ({
  hasSessions: false,
  put: (store, { key, time }, text) => store.put(key, text === undefined ? undefined : values.of(text), time),
  get(store, { key, time }) {
    const value = store.fetch(key, time)
    return value === undefined ? undefined : values.text(value)
  },
  fetch: (store, key, from, to, reverse) =>
    [...(reverse ? store.backwardFetch(key, from, to) : store.fetch(key, from, to))].map(([start, value]) => [key, start, 0, values.text(value)]),
  fetchRange: (store, keyFrom, keyTo, from, to, reverse) =>
    [...(reverse ? store.backwardFetchRange(keyFrom, keyTo, from, to) : store.fetchRange(keyFrom, keyTo, from, to))].map(windowRow(values)),
})

const sessionRow = ([{ key, window }, value]: [Windowed<string>, string]): Row => [key, window.end, window.start, value]

const sessions: Pick<WindowedStoreSubject<SessionStore<string, string>>, 'hasSessions' | 'put' | 'get' | 'fetch' | 'fetchRange'> = {
  hasSessions: true,
  put: (store, { key, time, minor }, text) => store.put({ key, window: { start: minor, end: time } }, text),
  get: (store, { key, time, minor }) => store.fetchSession(key, minor, time),
  fetch: (store, key, from, _to, reverse) =>
    [...(reverse ? store.backwardFindSessions(key, from, Infinity) : store.findSessions(key, from, Infinity))].map(sessionRow),
  fetchRange: (store, keyFrom, keyTo, from, _to, reverse) =>
    [...(reverse
      ? store.backwardFindSessionsRange(keyFrom, keyTo, from, Infinity)
      : store.findSessionsRange(keyFrom, keyTo, from, Infinity))].map(sessionRow),
}

const cachedIf = <B extends StoreBuilder>(caching: boolean, builder: B): B => (caching ? builder.withCachingEnabled() : builder)
const memoryWindow = (caching: boolean) => (retentionMs: number) =>
  cachedIf(caching, Stores.windowStoreBuilder(Stores.inMemoryWindowStore('store', retentionMs, 10), string, string))
const fileWindow = (caching: boolean) => (retentionMs: number) =>
  cachedIf(caching, Stores.windowStoreBuilder(Stores.persistentWindowStore('store', retentionMs, 10), string, string))
const fileStampedWindow = (retentionMs: number) =>
  Stores.timestampedWindowStoreBuilder(Stores.persistentTimestampedWindowStore('store', retentionMs, 10), string, string)
const memorySession = (retentionMs: number) => Stores.sessionStoreBuilder(Stores.inMemorySessionStore('store', retentionMs), string, string)
const fileSession = (caching: boolean) => (retentionMs: number) =>
  cachedIf(caching, Stores.sessionStoreBuilder(Stores.persistentSessionStore('store', retentionMs), string, string))

const memory = { order: 'time', survives: false, isCached: false } as const
const files = { order: 'segment', survives: true, isCached: false } as const
const ephemeral = { order: 'segment', survives: false, isCached: false, context: { ephemeral: true } } as const

windowedStoreContract('windows in memory', { builder: memoryWindow(false), ...windows(plain), ...memory })
windowedStoreContract('windows in memory, cached', { builder: memoryWindow(true), ...windows(plain), ...memory, isCached: true })
windowedStoreContract('windows in files', { builder: fileWindow(false), ...windows(plain), ...files })
windowedStoreContract('timestamped windows in files', { builder: fileStampedWindow, ...windows(stamped), ...files })
windowedStoreContract('windows in files under the test driver', { builder: fileWindow(false), ...windows(plain), ...ephemeral })
windowedStoreContract('sessions in memory', { builder: memorySession, ...sessions, ...memory })
windowedStoreContract('sessions in files', { builder: fileSession(false), ...sessions, ...files })
windowedStoreContract('sessions in files under the test driver', { builder: fileSession(false), ...sessions, ...ephemeral })

describe('window stores that retain duplicates', () => {
  const open = (context: FakeStoreContext): WindowStore<string, string> => {
    const store = Stores.windowStoreBuilder(Stores.inMemoryWindowStore('store', 1000, 10, true), string, string).build()
    expect(store.init(context, store)).toBeUndefined()
    context.restore(store)
    return store
  }

  test('should keep all rows of one key and start, in the order of their puts, and go on counting after a restore', () => {
    const context = new FakeStoreContext()
    const store = open(context)
    for (const text of ['1', '2', '1']) store.put('a', text, 10)
    store.put('a', undefined, 10)
    expect([...store.fetch('a', 0, 100)]).toEqual([[10, '1'], [10, '2'], [10, '1']])
    expect(context.changelog('store').records.map(({ key }) => key.toString('hex'))).toEqual([
      '61000000000000000a00000001', '61000000000000000a00000002', '61000000000000000a00000003', '61000000000000000a00000004',
    ])
    const restored = open(new FakeStoreContext({ changelogs: context.changelogs }))
    restored.put('a', '3', 10)
    expect([...restored.fetch('a', 0, 100)]).toEqual([[10, '1'], [10, '2'], [10, '1'], [10, '3']])
  })
})

describe('window stores in files that retain duplicates', () => {
  const open = async (stateDir: string): Promise<WindowStore<string, string>> => {
    const context = new FakeStoreContext({ stateDir })
    const store = Stores.windowStoreBuilder(Stores.persistentWindowStore('store', 1000, 10, true), string, string).build()
    await store.init(context, store)
    return store
  }

  test('should have the rows that reads could find at the last commit when they are opened again', async () => {
    const stateDir = mkdtempSync(path.join(os.tmpdir(), 'millrace-duplicates-'))
    const store = await open(stateDir)
    for (let time = 1; time <= 3000; time++) store.put('a', `${time}`, time)
    await store.commit?.(new Map([['app-store-changelog-0', 3000]]))
    store.put('a', 'not committed', 3001)
    await store.close()
    const again = await open(stateDir)
    expect(again.committedOffset?.({ topic: 'app-store-changelog', partition: 0 })).toBe(3000)
    const rows = [...again.fetch('a', 0, Infinity)]
    expect([rows.length, rows[0], rows.at(-1)]).toEqual([1000, [2001, '2001'], [3000, '3000']])
    again.put('a', 'next', 3001)
    expect([...again.fetch('a', 3000, 3001)]).toEqual([[3000, '3000'], [3001, 'next']])
    await again.close()
    rmSync(stateDir, { recursive: true, force: true })
  })
})

describe('the cache of a window store', () => {
  test('should hand windowed keys to its listener, under the context of the change', () => {
    const context = new FakeStoreContext()
    const builder = Stores.timestampedWindowStoreBuilder(Stores.inMemoryWindowStore('store', 1000, 10), string, string).withCachingEnabled()
    const store = builder.build()
    void store.init(context, store)
    const heard: unknown[] = []
    const cached = store as unknown as { setFlushListener(listener: (...change: unknown[]) => void, sendOldValues: boolean): boolean }
    expect(cached.setFlushListener((...change) => heard.push([...change, context.currentTimestamp]), true)).toBe(true)
    context.at(3)
    store.put('a', { value: 'x', timestamp: 3 }, 0)
    context.at(4)
    store.put('a', { value: 'y', timestamp: 4 }, 0)
    store.flushCache?.()
    context.at(5)
    store.put('a', undefined, 0)
    store.flushCache?.()
    const key = { key: 'a', window: { start: 0, end: 10 } }
    expect(heard).toEqual([[key, { value: 'y', timestamp: 4 }, undefined, 4, 4], [key, undefined, { value: 'y', timestamp: 4 }, 5, 5]])
  })

  test('should go on to show rows that are too old for the store below, as long as it holds them', () => {
    const context = new FakeStoreContext()
    const store = Stores.windowStoreBuilder(Stores.inMemoryWindowStore('store', 1000, 10), string, string).withCachingEnabled().build()
    void store.init(context, store)
    store.put('a', 'old', 10)
    store.flushCache?.()
    store.put('a', 'new', 100_000)
    store.flushCache?.()
    expect([...store.fetch('a', 0, Infinity)]).toEqual([[10, 'old'], [100_000, 'new']])
  })
})

test.each([
  ['a window larger than the retention', () => Stores.inMemoryWindowStore('w', 10, 20), /no smaller than its window size/],
  ['a negative retention', () => Stores.persistentSessionStore('s', -1), /cannot be negative/],
  ['a negative window', () => Stores.inMemoryWindowStore('w', 10, -1), /cannot be negative/],
])('a supplier should refuse %s', (_name, make, message) => {
  expect(make).toThrow(message)
})

test('windowed and key-value stores of one task should share its environment', async () => {
  const stateDir = mkdtempSync(path.join(os.tmpdir(), 'millrace-mixed-'))
  const context = new FakeStoreContext({ stateDir })
  const window = fileWindow(false)(1000).build()
  const rows = Stores.keyValueStore('rows', { key: string, value: string, engine: 'lmdb' }).build() as KeyValueStore<string, string>
  await window.init(context, window)
  await rows.init(context, rows)
  window.put('a', 'window', 1)
  rows.put('a', 'row')
  await Promise.all([window.commit?.(new Map([['w-0', 1]])), rows.commit?.(new Map([['r-0', 2]]))])
  expect([window.fetch('a', 1), rows.get('a')]).toEqual(['window', 'row'])
  expect([window.committedOffset?.({ topic: 'w', partition: 0 }), rows.committedOffset?.({ topic: 'w', partition: 0 })]).toEqual([1, undefined])
  await window.close()
  await rows.close()
  rmSync(stateDir, { recursive: true, force: true })
})
