import { CompositeKeyValueStore } from '../../lib/query/composite-key-value-store.ts'
import { plainValue } from '../../lib/query/shown-values.ts'
import type { ReadOnlyKeyValueStore, StateStore } from '../../topology/api.ts'

type Local = StateStore & ReadOnlyKeyValueStore<unknown, unknown>

/** A store of sorted string keys. */
const storeOf = (rows: Record<string, unknown>, keepsTimestamps = false): Local => {
  const sorted = Object.entries(rows).sort(([a], [b]) => (a < b ? -1 : 1))
  const iterate = (list: [string, unknown][]) => Object.assign(list[Symbol.iterator](), { close: () => {} })
  const between = (from: unknown, to: unknown): [string, unknown][] =>
    sorted.filter(([key]) => (from === undefined || key >= (from as string)) && (to === undefined || key <= (to as string)))
  return {
    keepsTimestamps,
    get: (key: string) => rows[key],
    range: (from: unknown, to: unknown) => iterate(between(from, to)),
    reverseRange: (from: unknown, to: unknown) => iterate(between(from, to).reverse()),
    prefixScan: (prefix: string) => iterate(sorted.filter(([key]) => key.startsWith(prefix))),
    approximateNumEntries: () => sorted.length,
  } as unknown as Local
}

const collect = async <T>(iterable: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = []
  for await (const each of iterable) all.push(each)
  return all
}

const many = Object.fromEntries(Array.from({ length: 1234 }, (_, n) => [`k${String(n).padStart(5, '0')}`, n]))

describe('a query handle over the stores of several partitions', () => {
  const composite = (...stores: Local[]) => new CompositeKeyValueStore<string, number>(() => stores, plainValue)

  test('should find a row wherever it is', async () => {
    const handle = composite(storeOf({ a: 1 }), storeOf({ b: 2 }))
    expect([await handle.get('a'), await handle.get('b'), await handle.get('c')]).toEqual([1, 2, undefined])
  })

  test('should read all rows of all partitions over many pages, once each', async () => {
    const handle = composite(storeOf(many), storeOf({ z: -1 }), storeOf({}))
    const rows = await collect(handle.all())
    expect(rows).toHaveLength(1235)
    expect(new Set(rows.map(([key]) => key)).size).toBe(1235)
    expect((await collect(handle.reverseRange('k00010', 'k00700'))).map(([, value]) => value)).toEqual(
      Array.from({ length: 691 }, (_, n) => 700 - n),
    )
  })

  test('should show the values of a store that keeps timestamps alone', async () => {
    const handle = composite(storeOf({ a: { value: 7, timestamp: 1 } }, true))
    expect(await handle.get('a')).toBe(7)
    expect(await collect(handle.prefixScan('a', { serialize: () => undefined }))).toEqual([['a', 7]])
  })

  test('should stop in the middle when told to', async () => {
    const stop = new AbortController()
    const iterator = composite(storeOf(many)).all({ signal: stop.signal })
    await iterator.next()
    stop.abort()
    await expect(iterator.next()).rejects.toThrow('aborted')
    const closed = composite(storeOf(many)).all()
    await closed.close()
    expect((await closed.next()).done).toBe(true)
  })
})
