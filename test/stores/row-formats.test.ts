import { Headers } from '../../lib/core/headers.ts'
import { Serdes } from '../../lib/serdes/serdes.ts'
import { Stores } from '../../stores/stores.ts'
import { FakeStoreContext } from './fake-context.ts'

const { string } = Serdes
const headers = Headers.empty.add('h', 'x')
const row = { value: 'v', timestamp: 7, headers }

/** What is read of a row that was put, before and after its changelog was read into a new store. */
const readBack = <S extends { init: (context: FakeStoreContext, root: never) => void | Promise<void> }>(
  make: () => S, put: (store: S) => void, get: (store: S) => unknown, cacheBytes = 0,
): unknown[] => {
  const context = new FakeStoreContext({ ephemeral: true, cacheBytes })
  const store = make()
  void store.init(context, store as never)
  context.at(7)
  put(store)
  const restored = make()
  const after = new FakeStoreContext({ ephemeral: true, cacheBytes: 0, changelogs: context.changelogs })
  void restored.init(after, restored as never)
  after.restore(restored as never)
  return [get(store), get(restored)]
}

describe('storage in files that holds less than its store asks for', () => {
  const stamped = (supplier: ReturnType<typeof Stores.persistentKeyValueStore>) =>
    readBack(() => Stores.timestampedKeyValueStoreBuilder(supplier, string, string).build(), (store) => store.put('k', row), (store) => store.get('k'))
  const withHeaders = (supplier: ReturnType<typeof Stores.persistentKeyValueStore>) =>
    readBack(() => Stores.timestampedKeyValueStoreWithHeadersBuilder(supplier, string, string).build(), (store) => store.put('k', row), (store) => store.get('k'))
  const twice = (value: unknown): unknown[] => [value, value]

  test('should forget timestamps when it is plain, and headers too', () => {
    expect(stamped(Stores.persistentKeyValueStore('s'))).toEqual(twice({ value: 'v', timestamp: -1 }))
    expect(withHeaders(Stores.persistentKeyValueStore('s'))).toEqual(twice({ value: 'v', timestamp: -1, headers: Headers.empty }))
  })

  test('should forget headers alone when it keeps timestamps', () => {
    expect(stamped(Stores.persistentTimestampedKeyValueStore('s'))).toEqual(twice(expect.objectContaining({ value: 'v', timestamp: 7 })))
    expect(withHeaders(Stores.persistentTimestampedKeyValueStore('s'))).toEqual(twice({ value: 'v', timestamp: 7, headers: Headers.empty }))
  })

  test('should forget nothing when it was made for the store, or is in memory', () => {
    for (const supplier of [Stores.persistentTimestampedKeyValueStoreWithHeaders('s'), Stores.inMemoryKeyValueStore('s'), Stores.lruMap('s', 5)]) {
      expect(withHeaders(supplier)).toEqual(twice(row))
    }
  })

  test('should forget only when a row leaves the cache', () => {
    const make = () => Stores.timestampedKeyValueStoreBuilder(Stores.persistentKeyValueStore('s'), string, string).withCachingEnabled().build()
    const context = new FakeStoreContext({ ephemeral: true, cacheBytes: 300 })
    const store = make()
    void store.init(context, store)
    store.put('k', row)
    store.flushCache?.()
    expect(store.get('k')).toMatchObject({ timestamp: 7 })
    expect([...store.all()]).toMatchObject([['k', { timestamp: 7 }]])
    for (let i = 0; i < 10; i++) store.put(`other ${i}`, row)
    expect(store.get('k')).toEqual({ value: 'v', timestamp: -1 })
  })

  test('should do the same with windows and sessions', () => {
    const window = (supplier: ReturnType<typeof Stores.persistentWindowStore>) =>
      readBack(() => Stores.timestampedWindowStoreWithHeadersBuilder(supplier, string, string).build(), (store) => store.put('k', row, 5), (store) => store.fetch('k', 5))
    expect(window(Stores.persistentWindowStore('s', 100, 10))).toEqual(twice({ value: 'v', timestamp: -1, headers: Headers.empty }))
    expect(window(Stores.persistentTimestampedWindowStore('s', 100, 10))).toEqual(twice({ value: 'v', timestamp: 7, headers: Headers.empty }))
    expect(window(Stores.persistentTimestampedWindowStoreWithHeaders('s', 100, 10))).toEqual(twice(row))
    const session = (supplier: ReturnType<typeof Stores.persistentSessionStore>) =>
      readBack(
        () => Stores.sessionStoreWithHeadersBuilder(supplier, string, string).build(),
        (store) => store.put({ key: 'k', window: { start: 1, end: 5 } }, { value: 'v', headers }),
        (store) => store.fetchSession('k', 1, 5),
      )
    expect(session(Stores.persistentSessionStore('s', 100))).toEqual(twice({ value: 'v', headers: Headers.empty }))
    expect(session(Stores.persistentSessionStoreWithHeaders('s', 100))).toEqual(twice({ value: 'v', headers }))
  })
})
