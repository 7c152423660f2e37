import { MultiVersionedKeyQuery, VersionedKeyQuery } from '../../lib/query/queries/versioned-queries.ts'
import { runQuery } from '../../lib/query/run-query.ts'
import type { LocalPartition } from '../../lib/query/run-query.ts'
import { Serdes } from '../../lib/serdes/serdes.ts'
import { Stores } from '../../stores/stores.ts'
import type { StateStore } from '../../topology/api.ts'
import { FakeStoreContext } from '../stores/fake-context.ts'

const { string } = Serdes

const open = <S extends StateStore>(store: S): S => {
  void store.init(new FakeStoreContext({ ephemeral: true }), store)
  return store
}

const versioned = () => {
  const store = open(Stores.versionedKeyValueStoreBuilder(Stores.inMemoryVersionedKeyValueStore('prices', 100, 10), string, string).build())
  store.put('apple', 'one', 10)
  store.put('apple', 'two', 20)
  store.put('apple', undefined, 30)
  store.put('apple', 'four', 40)
  return store
}

const ask = <R>(store: StateStore, query: Parameters<typeof runQuery<R>>[1]['query']) => {
  const partition = { store, partition: 0, isActive: true, position: undefined } as unknown as LocalPartition
  return runQuery({ name: store.name, partitionCount: 1, find: () => [partition] }, { store: store.name, query }).partitionResults.get(0)
}

describe('queries of versioned stores', () => {
  test('a query of a key should give the latest version, or the one of a time', () => {
    const query = VersionedKeyQuery.withKey<string, string>('apple')
    const answer = (at: number | undefined) => {
      const result = ask(versioned(), at === undefined ? query : query.asOf(at))
      return result?.isSuccess === true ? result.result : result
    }
    expect(answer(undefined)).toEqual({ value: 'four', timestamp: 40 })
    expect(answer(40)).toEqual({ value: 'four', timestamp: 40 })
    expect(answer(35)).toBeUndefined()
    expect(answer(29)).toEqual({ value: 'two', timestamp: 20, validTo: 30 })
    expect(answer(9)).toBeUndefined()
  })

  test('a query of versions should give those that held in the span, in the order asked for', () => {
    const query = MultiVersionedKeyQuery.withKey<string, string>('apple')
    const values = (of: typeof query) => {
      const result = ask(versioned(), of)
      return result?.isSuccess === true ? result.result.map(({ value }) => value) : result
    }
    expect(values(query)).toEqual(['four', 'two', 'one'])
    expect(values(query.withAscendingTimestamps())).toEqual(['one', 'two', 'four'])
    expect(values(query.withAscendingTimestamps().withDescendingTimestamps())).toEqual(['four', 'two', 'one'])
    expect(values(query.fromTime(15))).toEqual(['four', 'two', 'one'])
    expect(values(query.fromTime(20))).toEqual(['four', 'two'])
    expect(values(query.fromTime(15).toTime(25))).toEqual(['two', 'one'])
    expect(values(query.fromTime(30).toTime(39))).toEqual([])
    expect(values(query.toTime(10))).toEqual(['one'])
    expect(values(MultiVersionedKeyQuery.withKey<string, string>('pear'))).toEqual([])
  })

  test('stores without versions should not take them', () => {
    const plain = open(Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore('plain'), string, string).build())
    for (const query of [VersionedKeyQuery.withKey<string, string>('a'), MultiVersionedKeyQuery.withKey<string, string>('a')]) {
      expect(ask<unknown>(plain, query)).toMatchObject({ isSuccess: false, failureReason: 'UNKNOWN_QUERY_TYPE' })
    }
  })
})
