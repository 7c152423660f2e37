import { Headers } from '../../lib/core/headers.ts'
import { QueryableStoreTypes } from '../../lib/query/queryable-store-types.ts'
import { KeyQuery, RangeQuery, TimestampedKeyQuery, TimestampedRangeQuery } from '../../lib/query/queries/key-queries.ts'
import { WindowRangeQuery } from '../../lib/query/queries/window-queries.ts'
import { queryStore, StoreQueryParameters } from '../../lib/query/store-query-parameters.ts'
import { Serdes } from '../../lib/serdes/serdes.ts'
import { ThreadCache } from '../../stores/internals/thread-cache.ts'
import { Stores } from '../../stores/stores.ts'
import type { StateStore } from '../../topology/api.ts'
import { FakeStoreContext } from '../stores/fake-context.ts'

const { string } = Serdes
const headers = Headers.of([{ key: 'h', value: Buffer.from('1') }])

const open = <S extends StateStore>(store: S, cache?: ThreadCache): S => {
  void store.init(Object.assign(new FakeStoreContext({ ephemeral: true }), { cache }), store)
  return store
}

const collect = async <T>(iterable: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = []
  for await (const each of iterable) all.push(each)
  return all
}

describe('queries of keys', () => {
  test('should see the cache of a store, or what is below it when they are told to', () => {
    const store = open(Stores.timestampedKeyValueStoreBuilder(Stores.inMemoryKeyValueStore('kv'), string, string).withCachingEnabled().build(), new ThreadCache(10_000))
    store.put('a', { value: 'old', timestamp: 1 })
    ;(store as unknown as { flushCache(): void }).flushCache()
    store.put('a', { value: 'new', timestamp: 2 })
    const ask = <R>(query: { execute(store: () => StateStore): R }): R => query.execute(() => store)
    expect(ask(KeyQuery.withKey('a'))).toBe('new')
    expect(ask(KeyQuery.withKey('a').skipCache())).toBe('old')
    expect(ask(TimestampedKeyQuery.withKey('a').skipCache())).toEqual({ value: 'old', timestamp: 1 })
    expect(ask(TimestampedKeyQuery.withKey('a'))).toEqual({ value: 'new', timestamp: 2 })
    expect(ask(KeyQuery.withKey('b').skipCache())).toBeUndefined()
  })

  test('should read ranges in either order, with timestamps when asked', async () => {
    const store = open(Stores.timestampedKeyValueStoreBuilder(Stores.inMemoryKeyValueStore('kv'), string, string).build())
    for (const [at, key] of ['a', 'b', 'c'].entries()) store.put(key, { value: `v${key}`, timestamp: at })
    const keys = async (query: RangeQuery<string, string>): Promise<string[]> => (await collect(query.execute(() => store, undefined))).map(([key]) => key)
    expect(await keys(RangeQuery.withNoBounds())).toEqual(['a', 'b', 'c'])
    expect(await keys(RangeQuery.withLowerBound<string, string>('b').withDescendingKeys())).toEqual(['c', 'b'])
    expect(await keys(RangeQuery.withUpperBound<string, string>('b').withDescendingKeys().withAscendingKeys())).toEqual(['a', 'b'])
    const timestamped = TimestampedRangeQuery.withRange<string, string>('b', 'c').withDescendingKeys()
    expect(await collect(timestamped.execute(() => store, undefined))).toEqual([['c', { value: 'vc', timestamp: 2 }], ['b', { value: 'vb', timestamp: 1 }]])
  })
})

describe('stores that keep headers', () => {
  const ask = async <T, R>(store: StateStore, type: Parameters<typeof StoreQueryParameters.fromNameAndType<T>>[1], read: (handle: T) => R): Promise<Awaited<R>> =>
    await read(queryStore(StoreQueryParameters.fromNameAndType(store.name, type).withPartition(0).enableStaleStores(), () => [{ store, partition: 0 }]))

  test('should show them to those who ask for them, and values to the others', async () => {
    const store = open(Stores.timestampedKeyValueStoreWithHeadersBuilder(Stores.inMemoryKeyValueStore('kv'), string, string).build())
    store.put('a', { value: 'v', timestamp: 5, headers })
    expect(await ask(store, QueryableStoreTypes.timestampedKeyValueStoreWithHeaders<string, string>(), (kv) => kv.get('a'))).toEqual({ value: 'v', timestamp: 5, headers })
    expect(await ask(store, QueryableStoreTypes.timestampedKeyValueStore<string, string>(), (kv) => kv.get('a'))).toEqual({ value: 'v', timestamp: 5 })
    expect(await ask(store, QueryableStoreTypes.keyValueStore<string, string>(), (kv) => kv.get('a'))).toBe('v')
  })

  test('should show them of windows', async () => {
    const store = open(Stores.timestampedWindowStoreWithHeadersBuilder(Stores.inMemoryWindowStore('w', 1000, 10), string, string).build())
    store.put('a', { value: 'v', timestamp: 25, headers }, 20)
    expect(await ask(store, QueryableStoreTypes.timestampedWindowStoreWithHeaders<string, string>(), (w) => w.fetch('a', 20))).toEqual({ value: 'v', timestamp: 25, headers })
    expect(await ask(store, QueryableStoreTypes.timestampedWindowStore<string, string>(), (w) => w.fetch('a', 20))).toEqual({ value: 'v', timestamp: 25 })
    expect(await ask(store, QueryableStoreTypes.windowStore<string, string>(), (w) => w.fetch('a', 20))).toBe('v')
  })

  test('should show them of sessions', async () => {
    const store = open(Stores.sessionStoreWithHeadersBuilder(Stores.inMemorySessionStore('s', 1000), string, string).build())
    store.put({ key: 'a', window: { start: 1, end: 2 } }, { value: 'v', headers })
    expect(await ask(store, QueryableStoreTypes.sessionStoreWithHeaders<string, string>(), (s) => s.fetchSession('a', 1, 2))).toEqual({ value: 'v', headers })
    expect(await ask(store, QueryableStoreTypes.sessionStore<string, string>(), (s) => s.fetchSession('a', 1, 2))).toBe('v')
    expect((await collect(WindowRangeQuery.withKey<string, string>('a').execute(() => store, undefined))).map(([, value]) => value)).toEqual(['v'])
  })

  test('should be refused when a store without headers is asked for them', async () => {
    const store = open(Stores.timestampedKeyValueStoreBuilder(Stores.inMemoryKeyValueStore('kv'), string, string).build())
    const type = QueryableStoreTypes.timestampedKeyValueStoreWithHeaders<string, string>()
    expect(() => queryStore({ storeName: 'kv', type }, () => [{ store, partition: 0 }])).toThrow('cannot be read as timestampedKeyValueStoreWithHeaders')
  })
})
