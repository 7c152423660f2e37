import fc from 'fast-check'
import type { KTable } from '../../dsl/ktable.ts'
import type { Input } from './helpers.ts'
import { numbers, run, text } from './helpers.ts'

/** Updates of two tables in any order of timestamps; undefined deletes. */
const updates = fc.array(
  fc.record({
    topic: fc.constantFrom('left', 'right'),
    key: fc.constantFrom('a', 'b', 'c'),
    value: fc.option(fc.constantFrom('x', 'y', 'zz'), { nil: undefined, freq: 3 }),
    timestamp: fc.nat(50),
  }),
  { maxLength: 40 },
)
type Update = { topic: string; key: string; value: string | undefined; timestamp: number }

const inputs = (list: readonly Update[]): Input[] => list.map(({ topic, key, value, timestamp }) => [topic, key, value, timestamp])

/** A table as it stands after all updates, which count in the order in which they come. */
const rows = (list: readonly Update[], topic: string): Map<string, string> => {
  const table = new Map<string, string>()
  for (const update of list) {
    if (update.topic !== topic) continue
    if (update.value === undefined) table.delete(update.key)
    else table.set(update.key, update.value)
  }
  return table
}

/** The last value of each key in the output, without deleted ones. */
const last = (out: ReturnType<typeof run>): Record<string, unknown> => {
  const table = new Map<string, unknown>()
  for (const [key, value] of out) {
    if (value == null) table.delete(String(key))
    else table.set(String(key), value)
  }
  return Object.fromEntries([...table].sort())
}

const config = fc.record({
  'statestore.cache.max.bytes': fc.constantFrom(0, 10_000_000),
  'topology.optimization': fc.constantFrom('none', 'all'),
  'default.dsl.store': fc.constantFrom('in_memory', 'rocksDB'),
})

const output = (table: KTable<string, string>): void => table.toStream().to('out', text)

describe('after any updates in any order of time', () => {
  test.each([
    ['join', false, false],
    ['leftJoin', true, false],
    ['outerJoin', true, true],
  ] as const)('%s should give the join of what both tables hold', (kind, keepsLeft, keepsRight) => {
    fc.assert(
      fc.property(updates, config, fc.boolean(), (list, settings, materialized) => {
        const out = run((builder) => {
          const left = builder.table('left', text)
          const right = builder.table('right', text)
          const store = materialized ? { store: 'joined', ...text } : undefined
          const joiner = (a: unknown, b: unknown): string => `${a as string}+${b as string}`
          if (kind === 'outerJoin') output(left.outerJoin(right, joiner, store))
          else if (kind === 'leftJoin') output(left.leftJoin(right, joiner, store))
          else output(left.join(right, joiner, store))
        }, inputs(list), settings)
        const [left, right] = [rows(list, 'left'), rows(list, 'right')]
        const expected = new Map<string, string>()
        for (const key of ['a', 'b', 'c']) {
          const [a, b] = [left.get(key), right.get(key)]
          if ((a !== undefined && b !== undefined) || (a !== undefined && keepsLeft) || (b !== undefined && keepsRight)) expected.set(key, `${a}+${b}`)
        }
        expect(last(out)).toEqual(Object.fromEntries(expected))
      }),
      { numRuns: 60 },
    )
  })

  test('the rows of a derived table should be those that the functions make of the rows', () => {
    fc.assert(
      fc.property(updates, config, (list, settings) => {
        const out = run((builder) => {
          output(builder.table('left', text).mapValues((value) => value.repeat(2)).filter((key, value) => key !== 'c' && value.length < 4))
        }, inputs([...list, { topic: 'left', key: 'a', value: 'x', timestamp: 0 }]).filter(([topic]) => topic === 'left'), settings)
        const expected = [...rows([...list, { topic: 'left', key: 'a', value: 'x', timestamp: 0 }], 'left')]
          .map(([key, value]) => [key, value.repeat(2)] as const)
          .filter(([key, value]) => key !== 'c' && value.length < 4)
        expect(last(out)).toEqual(Object.fromEntries(expected))
      }),
      { numRuns: 60 },
    )
  })

  test('the counts of a regrouped table should be the sizes of its groups', () => {
    fc.assert(
      fc.property(updates, config, (list, settings) => {
        const out = run((builder) => {
          builder
            .table('left', text)
            .groupBy((key, value) => [value, key], text)
            .count()
            .toStream()
            .mapValues((count) => (count === 0 ? undefined : String(count)))
            .to('out', text)
        }, inputs(list).filter(([topic]) => topic === 'left'), settings)
        const sizes: Record<string, string> = {}
        for (const value of rows(list, 'left').values()) sizes[value] = String(Number(sizes[value] ?? 0) + 1)
        expect(last(out)).toEqual(sizes)
      }),
      { numRuns: 60 },
    )
  })

  test('an aggregate of a stream should be that of its records, with the largest timestamp', () => {
    fc.assert(
      fc.property(updates, config, (list, settings) => {
        const out = run((builder) => {
          builder
            .stream('left', text)
            .groupByKey()
            .aggregate(() => 0, (_key, value, length) => length + value.length, { ...numbers })
            .toStream()
            .mapValues(String)
            .to('out', text)
        }, inputs(list).filter(([topic]) => topic === 'left'), settings)
        const records = list.filter((update) => update.topic === 'left' && update.value !== undefined)
        const expected: Record<string, [string, number]> = {}
        for (const { key, value, timestamp } of records) {
          const before = expected[key] ?? ['0', 0]
          expected[key] = [String(Number(before[0]) + (value?.length ?? 0)), Math.max(before[1], timestamp)]
        }
        const got: Record<string, [unknown, number]> = {}
        for (const [key, value, timestamp] of out) got[String(key)] = [value, timestamp]
        expect(got).toEqual(expected)
      }),
      { numRuns: 60 },
    )
  })
})
