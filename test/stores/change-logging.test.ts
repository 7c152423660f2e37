import { Headers } from '../../lib/core/headers.ts'
import { Serdes } from '../../lib/serdes/serdes.ts'
import { Stores } from '../../stores/stores.ts'
import type { KeyValueStore, StateStore, StoreBuilder } from '../../topology/api.ts'
import { FakeStoreContext } from './fake-context.ts'

const open = <S extends StateStore>(builder: StoreBuilder<S>, context: FakeStoreContext): S => {
  const store = builder.build()
  expect(store.init(context, store)).toBeUndefined()
  return store
}

const logged = (context: FakeStoreContext, name = 'store'): [string, string | undefined, number][] =>
  context.changelog(name).records.map(({ key, value, timestamp }) => [key.toString(), value?.toString('hex'), timestamp])

describe('the changelog of a key-value store', () => {
  test('should get every change of a plain store with the timestamp of the current record, deletes also of nothing', () => {
    const context = new FakeStoreContext()
    const store = open(Stores.keyValueStore('store', { key: Serdes.string, value: Serdes.long, engine: 'memory' }), context)
    context.at(10)
    store.put('a', 1)
    context.at(20)
    store.put('é', 2)
    store.delete('a')
    context.at(30)
    store.delete('nothing')
    store.putIfAbsent('é', 3)
    store.putIfAbsent('b', 3)
    expect(logged(context)).toEqual([
      ['a', '0000000000000001', 10], ['é', '0000000000000002', 20], ['a', undefined, 20], ['nothing', undefined, 30], ['b', '0000000000000003', 30],
    ])
  })

  test('should get plain values of a timestamped store, with their own timestamps', () => {
    const context = new FakeStoreContext()
    const store = open(Stores.timestampedKeyValueStore('store', { key: Serdes.string, value: Serdes.string, engine: 'memory' }), context)
    context.at(99)
    store.put('a', { value: 'x', timestamp: 5 })
    store.put('a', undefined)
    store.put('b', { value: undefined as unknown as string, timestamp: 7 })
    expect(logged(context)).toEqual([['a', '78', 5], ['a', undefined, 99], ['b', undefined, 99]])
  })

  test('should get the headers of values in a store that keeps them, and of the current record for deletes', () => {
    const context = new FakeStoreContext()
    const store = open(Stores.timestampedKeyValueStoreWithHeadersBuilder(Stores.inMemoryKeyValueStore('store'), Serdes.string, Serdes.string), context)
    context.current = { ...context.current!, headers: Headers.empty.add('h', 'of the record') }
    store.put('a', { value: 'x', timestamp: 5, headers: Headers.empty.add('h', 'of the value') })
    store.put('b', { value: 'x', timestamp: 5 })
    store.put('a', undefined)
    const headers = context.changelog('store').records.map((record) => record.headers.toArray().map(({ value }) => Buffer.from(value!).toString()))
    expect(headers).toEqual([['of the value'], [], ['of the record']])
  })

  test('should bring back timestamps from its records', () => {
    const context = new FakeStoreContext()
    const builder = Stores.timestampedKeyValueStore('store', { key: Serdes.string, value: Serdes.json<{ n: number }>(), engine: 'memory' })
    open(builder, context).put('a', { value: { n: 1 }, timestamp: 5 })
    const again = new FakeStoreContext({ changelogs: context.changelogs })
    const store = open(builder, again)
    again.restore(store)
    expect(store.get('a')).toEqual({ value: { n: 1 }, timestamp: 5 })
    expect(context.changelog('store').records).toHaveLength(1)
  })

  test('should not exist when logging is disabled, and then bad values are still refused', () => {
    const context = new FakeStoreContext()
    const store = open(Stores.keyValueStore('store', { key: Serdes.string, value: Serdes.long, engine: 'memory', logging: false }), context)
    store.put('a', 1)
    expect(() => store.put('a', 'x' as unknown as number)).toThrow(/Store store: Serdes.long/)
    expect(store.get('a')).toBe(1)
    expect(context.changelogs.size).toBe(0)
  })

  test('should get a tombstone for each row that an LRU store gives up, before the row that took its place', () => {
    const context = new FakeStoreContext()
    const builder = Stores.keyValueStoreBuilder(Stores.lruMap('store', 2), Serdes.string, Serdes.string)
    const store = open(builder, context)
    store.put('a', '1')
    store.put('b', '2')
    store.get('a')
    store.put('c', '3')
    expect(logged(context).map(([key, value]) => [key, value])).toEqual([['a', '31'], ['b', '32'], ['b', undefined], ['c', '33']])
    expect([store.get('a'), store.get('b'), store.get('c')]).toEqual(['1', undefined, '3'])
    const again = new FakeStoreContext({ changelogs: context.changelogs })
    const restored = open(builder, again)
    again.restore(restored)
    expect([...restored.all()]).toEqual([['a', '1'], ['c', '3']])
    expect(logged(again)).toHaveLength(4)
  })
})

describe('values of mutable types', () => {
  test('should be kept as bytes, so that changing an object changes nothing stored', () => {
    const context = new FakeStoreContext()
    const store = open(Stores.keyValueStore('store', { key: Serdes.string, value: Serdes.json<{ n: number }>(), engine: 'memory' }), context)
    const value = { n: 1 }
    store.put('a', value)
    value.n = 2
    expect(store.get('a')).toEqual({ n: 1 })
    store.get('a')!.n = 3
    expect(store.get('a')).toEqual({ n: 1 })
  })
})

/** As a user would write one: counts how often each word was seen, one number per word in the changelog. */
class WordCounts implements StateStore {
  readonly name: string
  readonly persistent = false
  isOpen = false
  readonly #counts = new Map<string, number>()
  #log: (word: string) => void = () => {}

  constructor(name: string) {
    this.name = name
  }

  init(context: Parameters<StateStore['init']>[0], root: StateStore): void {
    this.#log = (word) => context.logChange(this.name, Buffer.from(word), Buffer.from([this.count(word)]))
    context.register(root, (key, value) => {
      if (value === undefined) this.#counts.delete(key.toString())
      else this.#counts.set(key.toString(), value[0]!)
    })
    this.isOpen = true
  }

  add(word: string): void {
    this.#counts.set(word, this.count(word) + 1)
    this.#log(word)
  }

  count(word: string): number {
    return this.#counts.get(word) ?? 0
  }

  close(): void {
    this.isOpen = false
  }
}

test('a store of a user should log through its context and come back through its callback', () => {
  const context = new FakeStoreContext()
  const counts = new WordCounts('words')
  counts.init(context, counts)
  context.at(7)
  counts.add('to')
  counts.add('be')
  counts.add('to')
  expect(logged(context, 'words')).toEqual([['to', '01', 7], ['be', '01', 7], ['to', '02', 7]])
  const again = new FakeStoreContext({ changelogs: context.changelogs })
  const restored = new WordCounts('words')
  restored.init(again, restored)
  again.restore(restored)
  expect([restored.count('to'), restored.count('be'), restored.count('or')]).toEqual([2, 1, 0])
})

describe('the cache of a key-value store', () => {
  const cached = (context: FakeStoreContext, name = 'store'): KeyValueStore<string, string> =>
    open(Stores.keyValueStore(name, { key: Serdes.string, value: Serdes.string, engine: 'memory', caching: true }), context)

  type Listened = [string, string | undefined, string | undefined, number]
  const listen = (store: KeyValueStore<string, string>, sendOldValues: boolean, onEach: () => void = () => {}): Listened[] => {
    const heard: Listened[] = []
    const isCached = (store as unknown as { setFlushListener(l: (...change: Listened) => void, old: boolean): boolean })
      .setFlushListener((...change) => {
        onEach()
        heard.push(change)
      }, sendOldValues)
    expect(isCached).toBe(true)
    return heard
  }

  test('should merge changes until the flush, and flush in the order of the last change, under the context of that change', () => {
    const context = new FakeStoreContext()
    const store = cached(context)
    const timestamps: number[] = []
    const heard = listen(store, true, () => timestamps.push(context.currentTimestamp))
    for (const [timestamp, key, value] of [[1, 'd', '1'], [2, 'b', '1'], [3, 'a', '1'], [4, 'b', '2'], [5, 'c', '1']] as const) {
      context.at(timestamp)
      store.put(key, value)
    }
    expect(store.get('b')).toBe('2')
    expect(context.changelog('store').records).toHaveLength(0)
    context.at(100)
    store.flushCache?.()
    expect(heard).toEqual([['d', '1', undefined, 1], ['a', '1', undefined, 3], ['b', '2', undefined, 4], ['c', '1', undefined, 5]])
    expect(timestamps).toEqual([1, 3, 4, 5])
    expect(logged(context)).toEqual([['d', '31', 1], ['a', '31', 3], ['b', '32', 4], ['c', '31', 5]])
    expect(context.currentTimestamp).toBe(100)
    store.flushCache?.()
    expect(heard).toHaveLength(4)
  })

  test('should give old values when asked for, and pass on deletes only of rows that were there', () => {
    const context = new FakeStoreContext()
    const store = cached(context)
    const heard = listen(store, true)
    store.put('a', '1')
    store.flushCache?.()
    store.put('a', '2')
    store.put('b', '1')
    store.put('b', undefined)
    store.put('c', undefined)
    store.flushCache?.()
    store.put('a', undefined)
    store.flushCache?.()
    expect(heard).toEqual([['a', '1', undefined, 0], ['a', '2', '1', 0], ['a', undefined, '2', 0]])
    expect(logged(context).map(([key]) => key)).toEqual(['a', 'a', 'a'])
  })

  test('should log deletes of nothing when nobody listens, as Java does', () => {
    const context = new FakeStoreContext()
    const store = cached(context)
    store.delete('a')
    store.flushCache?.()
    expect(logged(context)).toEqual([['a', undefined, 0]])
  })

  test('should flush all changes, the least recently used first, when it is full', () => {
    const context = new FakeStoreContext({ cacheBytes: 160 })
    const store = cached(context)
    const heard = listen(store, false)
    store.put('a', '1')
    store.put('b', '1')
    store.get('a')
    expect(heard).toEqual([])
    store.put('c', 'x'.repeat(30))
    expect(heard.map(([key]) => key)).toEqual(['b', 'a', 'c'])
    expect(context.cache.sizeBytes).toBeLessThanOrEqual(160)
    expect([...store.all()].map(([key]) => key)).toEqual(['a', 'b', 'c'])
  })

  test('should be shared in size by all stores of a thread, and give its memory back when a store closes', () => {
    const context = new FakeStoreContext({ cacheBytes: 200 })
    const [one, two] = [cached(context, 'one'), cached(context, 'two')]
    one.put('a', '1')
    two.put('a', '1')
    two.put('b', '1')
    expect(context.changelog('two').records).toHaveLength(0)
    two.put('c', '1')
    two.put('d', '1')
    expect(context.changelog('one').records).toHaveLength(0)
    expect(context.changelog('two').records.length).toBeGreaterThan(0)
    void two.close()
    void one.close()
    expect(context.cache.sizeBytes).toBe(0)
  })

  test('should show rows that an LRU store below has given up as long as it holds them, in ranges as in gets', () => {
    const context = new FakeStoreContext()
    const store = open(Stores.keyValueStoreBuilder(Stores.lruMap('store', 1), Serdes.string, Serdes.string).withCachingEnabled(), context)
    store.put('a', '1')
    store.put('b', '2')
    store.flushCache?.()
    expect(store.get('a')).toBe('1')
    expect([...store.all()]).toEqual([['a', '1'], ['b', '2']])
  })

  test('should allow a listener that changes the very store', () => {
    const context = new FakeStoreContext()
    const store = cached(context)
    const heard = listen(store, false, () => {
      if (store.get('echo') === undefined) store.put('echo', 'x')
    })
    store.put('a', '1')
    store.flushCache?.()
    store.flushCache?.()
    expect(heard.map(([key]) => key)).toEqual(['a', 'echo'])
  })

  test('should keep the headers and metadata of the record with its change', () => {
    const context = new FakeStoreContext()
    const store = cached(context)
    const seen: unknown[] = []
    listen(store, false, () => seen.push(context.current))
    const record = { topic: 'in', partition: 3, offset: 42, timestamp: 9, headers: Headers.empty.add('h', 'v') }
    context.current = record
    store.put('a', '1')
    context.at(10)
    store.flushCache?.()
    expect(seen).toEqual([record])
  })
})

test.each([
  ['without caching', false, 1000],
  ['with a cache of 0 bytes', true, 0],
])('a store %s should say that nobody will be told of flushes', (_name, caching, cacheBytes) => {
  const builder = Stores.keyValueStore('store', { key: Serdes.string, value: Serdes.string, engine: 'memory', caching })
  const context = new FakeStoreContext({ cacheBytes })
  const store = open(builder, context)
  expect((store as unknown as { setFlushListener(l: () => void, old: boolean): boolean }).setFlushListener(() => {}, false)).toBe(false)
  store.put('a', '1')
  expect(context.changelog('store').records).toHaveLength(1)
})
