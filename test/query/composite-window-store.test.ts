import fc from 'fast-check'
import { CompositeSessionStore } from '../../lib/query/composite-session-store.ts'
import type { LocalSessionStore } from '../../lib/query/composite-session-store.ts'
import { CompositeWindowStore } from '../../lib/query/composite-window-store.ts'
import type { LocalWindowStore } from '../../lib/query/composite-window-store.ts'
import type { Windowed } from '../../stores/windowed.ts'

type Row = [windowed: Windowed<string>, value: string]
type Order = (a: Row, b: Row) => number

const collect = async <T>(iterable: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = []
  for await (const each of iterable) all.push(each)
  return all
}

const byKey: Order = ([a], [b]) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)
const byTime: Order = (a, b) => a[0].window.start - b[0].window.start || byKey(a, b)
/** As stores in files do: older segments first, within one by key. */
const bySegment: Order = (a, b) =>
  Math.floor(a[0].window.start / 100) - Math.floor(b[0].window.start / 100) || byKey(a, b) || a[0].window.start - b[0].window.start

const iterate = <T>(list: readonly T[]) => Object.assign(list[Symbol.iterator](), { close: () => {} })

/** A window store of these rows that walks over them in that order. */
const storeOf = (rows: readonly Row[], order: Order): LocalWindowStore => {
  const range = (low: unknown, high: unknown, from: number, to: number): Row[] =>
    rows
      .filter(([{ key, window }]) => (low === undefined || key >= (low as string)) && (high === undefined || key <= (high as string)) && window.start >= from && window.start <= to)
      .sort(order)
  const starts = (key: unknown, from: number, to: number): [number, string][] =>
    range(key, key, from, to).map(([{ window }, value]): [number, string] => [window.start, value]).sort(([a], [b]) => a - b)
  return {
    fetch: (key: unknown, from: number, to?: number) => (to === undefined ? starts(key, from, from)[0]?.[1] : iterate(starts(key, from, to))),
    backwardFetch: (key: unknown, from: number, to: number) => iterate(starts(key, from, to).reverse()),
    fetchRange: (low: unknown, high: unknown, from: number, to: number) => iterate(range(low, high, from, to)),
    backwardFetchRange: (low: unknown, high: unknown, from: number, to: number) => iterate(range(low, high, from, to).reverse()),
  } as unknown as LocalWindowStore
}

const row = (key: string, start: number): Row => [{ key, window: { start, end: start + 10 } }, `${key}@${start}`]

const handle = (...stores: LocalWindowStore[]) => new CompositeWindowStore<string, string>(() => stores, (value) => value)

const names = (rows: readonly Row[]): string[] => rows.map(([, value]) => value)

describe.each([
  ['by time', byTime],
  ['by segment', bySegment],
] as const)('a query of windows of stores that walk %s', (_name, order) => {
  test('should give every window of the range once, over many pages, whatever lies where', async () => {
    const place = fc.record({ keys: fc.integer({ min: 1, max: 3000 }), starts: fc.integer({ min: 1, max: 3000 }), reverse: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(place, async ({ keys, starts, reverse }) => {
        const rows = new Map<string, Row>()
        for (let i = 0; i < 6000; i++) {
          const made = row(`k${(i * 7919) % keys}`, (i * 104729) % starts)
          rows.set(made[1], made)
        }
        const all = [...rows.values()]
        const windows = handle(storeOf(all, order))
        const [from, to] = [Math.floor(starts / 10), starts - 1]
        const found = await collect(reverse ? windows.backwardFetchRange('k1', undefined, from, to) : windows.fetchRange('k1', undefined, from, to))
        const expected = all.filter(([{ key, window }]) => key >= 'k1' && window.start >= from && window.start <= to)
        expect(names(found)).toHaveLength(expected.length)
        expect(names(found).sort()).toEqual(names(expected).sort())
      }),
      { numRuns: 15 },
    )
  })

  test('should go from older to newer windows when their order is that of time', async () => {
    const all = Array.from({ length: 5000 }, (_, n) => row(`k${n % 50}`, n))
    const found = await collect(handle(storeOf(all, byTime)).all())
    expect(names(found)).toEqual(names(all))
    expect(names(await collect(handle(storeOf(all, byTime)).backwardAll()))).toEqual(names(all).reverse())
  })
})

describe('a query of the windows of a key', () => {
  const many = Array.from({ length: 1234 }, (_, n) => row('a', n * 10))
  const windows = handle(storeOf(many, byTime), storeOf([row('b', 5)], byTime))

  test('should find one by its start, wherever it is', async () => {
    expect([await windows.fetch('a', 30), await windows.fetch('b', 5), await windows.fetch('a', 5)]).toEqual(['a@30', 'b@5', undefined])
  })

  test('should give those of a span of time in order, forwards and backwards', async () => {
    const expected = many.slice(3, 1001).map(([{ window }, value]): [number, string] => [window.start, value])
    expect(await collect(windows.fetchWindows('a', 25, 10_000))).toEqual(expected)
    expect(await collect(windows.backwardFetchWindows('a', 25, 10_000))).toEqual(expected.reverse())
  })
})

describe('a query of sessions', () => {
  const session = (key: string, start: number, end: number): Row => [{ key, window: { start, end } }, `${key}@${start}-${end}`]
  const sessionStore = (rows: readonly Row[]): LocalSessionStore =>
    ({
      fetchSession: (key: unknown, start: number, end: number) =>
        rows.find(([at]) => at.key === key && at.window.start === start && at.window.end === end)?.[1],
      fetch: (key: unknown) => iterate(rows.filter(([at]) => at.key === key)),
      findSessions: (key: unknown, earliestEnd: number, latestStart: number) =>
        iterate(rows.filter(([at]) => at.key === key && at.window.end >= earliestEnd && at.window.start <= latestStart)),
      fetchRange: (from: unknown, to: unknown) =>
        iterate(rows.filter(([at]) => (from === undefined || at.key >= (from as string)) && (to === undefined || at.key <= (to as string)))),
    }) as unknown as LocalSessionStore
  const sessions = new CompositeSessionStore<string, string>(
    () => [sessionStore([session('a', 1, 5), session('a', 20, 30)]), sessionStore([session('b', 2, 3)])],
    (value) => value,
  )

  test('should find one, those of a key, and those of a range of keys in all partitions', async () => {
    expect(await sessions.fetchSession('b', 2, 3)).toBe('b@2-3')
    expect(await sessions.fetchSession('b', 2, 4)).toBeUndefined()
    expect(names(await collect(sessions.fetch('a')))).toEqual(['a@1-5', 'a@20-30'])
    expect(names(await collect(sessions.findSessions('a', 10, 25)))).toEqual(['a@20-30'])
    expect(names(await collect(sessions.fetchRange('a', undefined)))).toEqual(['a@1-5', 'a@20-30', 'b@2-3'])
  })
})
