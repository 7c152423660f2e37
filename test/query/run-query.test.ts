import { Position } from '../../lib/query/position.ts'
import { KeyQuery, RangeQuery, TimestampedKeyQuery } from '../../lib/query/queries/key-queries.ts'
import { WindowKeyQuery } from '../../lib/query/queries/window-queries.ts'
import { runQuery } from '../../lib/query/run-query.ts'
import type { LocalPartition } from '../../lib/query/run-query.ts'
import type { StateStore } from '../../topology/api.ts'

const iterate = <T>(list: readonly T[]) => Object.assign(list[Symbol.iterator](), { close: () => {} })

const storeOf = (rows: Readonly<Record<string, unknown>>): StateStore => {
  const between = (from?: string, to?: string): [string, unknown][] =>
    Object.entries(rows).filter(([key]) => (from === undefined || key >= from) && (to === undefined || key <= to)).sort()
  return {
    get(key: string) {
      if (key === 'broken') throw new Error('the disk is gone')
      return rows[key]
    },
    range: (from?: string, to?: string) => iterate(between(from, to)),
    reverseRange: (from?: string, to?: string) => iterate(between(from, to).reverse()),
    all: () => iterate(between()),
  } as unknown as StateStore
}

const at = (partition: number, rows: Readonly<Record<string, unknown>>, offset: number, isActive = true): LocalPartition => ({
  partition,
  store: storeOf(rows),
  isActive,
  position: Position.of([{ topic: 'in', partition, offset }]),
})

const counts = (...partitions: LocalPartition[]) => ({ name: 'counts', partitionCount: 3, find: () => partitions })
const store = 'counts'

describe('a state query', () => {
  test('should be answered by each local partition, and merge their positions', () => {
    const result = runQuery(counts(at(1, { b: 2 }, 7), at(0, { a: 1 }, 4)), { store, query: KeyQuery.withKey<string, number>('b') })
    expect([...result.partitionResults.keys()]).toEqual([0, 1])
    expect(result.onlyPartitionResult).toMatchObject({ isSuccess: true, result: 2 })
    expect(Object.fromEntries(result.position!.partitionPositions('in'))).toEqual({ 0: 4, 1: 7 })
  })

  test('should read a range in the order that it asks for', async () => {
    const query = RangeQuery.withRange<string, number>('a', 'c').withDescendingKeys()
    const [first] = runQuery(counts(at(0, { a: 1, b: 2, d: 4 }, 4)), { store, query }).partitionResults.values()
    if (first?.isSuccess !== true) throw new Error('no answer')
    const rows: unknown[] = []
    for await (const row of first.result) rows.push(row)
    expect(rows).toEqual([['b', 2], ['a', 1]])
  })

  test.each([
    ['a partition that does not exist', { partitions: [3] }, 'DOES_NOT_EXIST', 'the store counts has no partition 3, but 3'],
    ['a partition of another instance', { partitions: [2] }, 'NOT_PRESENT', 'partition 2 of the store counts is not on this instance'],
    ['a partition that is being restored', { partitions: [1], requireActive: true }, 'NOT_ACTIVE', 'is being restored'],
    ['a store that is not as far', { partitions: [0], positionBound: Position.of([{ topic: 'in', partition: 0, offset: 5 }]) }, 'NOT_UP_TO_BOUND', 'position'],
    ['a store of another kind', { partitions: [0], query: WindowKeyQuery.withKeyAndWindowStartRange('a', 0, 1) }, 'UNKNOWN_QUERY_TYPE', 'WindowKeyQuery'],
    ['a store without timestamps', { partitions: [0], query: TimestampedKeyQuery.withKey('a') }, 'UNKNOWN_QUERY_TYPE', 'TimestampedKeyQuery'],
    ['a store that throws', { partitions: [0], query: KeyQuery.withKey('broken') }, 'STORE_EXCEPTION', 'the disk is gone'],
  ] as const)('should say why there is no answer from %s', (_case, request, failureReason, message) => {
    const partitions = counts(at(0, { a: 1 }, 4), at(1, {}, 0, false))
    const result = runQuery<unknown>(partitions, { store, query: KeyQuery.withKey<string, number>('a'), ...request })
    const [only] = result.partitionResults.values()
    expect(only).toMatchObject({ isSuccess: false, failureReason, failureMessage: expect.stringContaining(message) })
  })

  test('should be answered within a bound that speaks of other partitions', () => {
    const positionBound = Position.of([{ topic: 'in', partition: 0, offset: 4 }, { topic: 'in', partition: 2, offset: 1000 }])
    const result = runQuery(counts(at(0, { a: 1 }, 4)), { store, query: KeyQuery.withKey<string, number>('a'), positionBound })
    expect(result.onlyPartitionResult).toMatchObject({ isSuccess: true, result: 1 })
  })

  test('should tell what was done when asked, of a global store too', () => {
    const result = runQuery(counts(at(-1, { a: 1 }, 4)), { store, query: KeyQuery.withKey<string, number>('a'), executionInfo: true })
    expect(result.partitionResults.size).toBe(0)
    expect(result.globalResult).toMatchObject({ isSuccess: true, result: 1, executionInfo: [expect.stringMatching(/^KeyQuery on the global store counts took/)] })
  })
})

describe('a position', () => {
  test('should be the later one in each partition when two are merged', () => {
    const merged = Position.of([{ topic: 'a', partition: 0, offset: 3 }]).merge(Position.of([{ topic: 'a', partition: 0, offset: 2 }])).withComponent('b', 1, 9)
    expect(merged.components()).toEqual([{ topic: 'a', partition: 0, offset: 3 }, { topic: 'b', partition: 1, offset: 9 }])
    expect(merged.topics).toEqual(['a', 'b'])
    expect(merged.reaches(Position.empty, 0)).toBe(true)
  })
})
