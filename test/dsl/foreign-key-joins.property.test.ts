import fc from 'fast-check'
import type { Input } from './helpers.ts'
import { run, text } from './helpers.ts'

/** Updates of both tables, in any order of timestamps; undefined deletes. Left values are `foreign key|rest`, or have no key. */
const leftValue = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constantFrom('a', 'b', 'c', 'ab'), fc.nat(2)).map(([key, rest]) => `${key}|${rest}`) },
  { weight: 1, arbitrary: fc.constant('none') },
  { weight: 2, arbitrary: fc.constant(undefined) },
)
const rightValue = fc.option(fc.constantFrom('x', 'y', 'a|1'), { nil: undefined, freq: 3 })
const update = fc.oneof(
  fc.record({ topic: fc.constant('left'), key: fc.constantFrom('1', '2', '3', 'a'), value: leftValue, timestamp: fc.nat(50) }),
  fc.record({ topic: fc.constant('right'), key: fc.constantFrom('a', 'b', 'c', 'ab'), value: rightValue, timestamp: fc.nat(50) }),
)
const updates = fc.array(update, { maxLength: 40 })
type Update = { readonly topic: string; readonly key: string; readonly value: string | undefined; readonly timestamp: number }

const config = fc.record({
  'statestore.cache.max.bytes': fc.constantFrom(0, 10_000_000),
  'topology.optimization': fc.constantFrom('none', 'all'),
  'default.dsl.store': fc.constantFrom('in_memory', 'rocksDB'),
})

const foreignKey = (value: string): string | undefined => (value.includes('|') ? value.split('|')[0] : undefined)

/** A table as it stands after all updates, which count in the order in which they come. */
const rows = (list: readonly Update[], topic: string): Map<string, string> => {
  const table = new Map<string, string>()
  for (const { topic: of, key, value } of list) {
    if (of !== topic) continue
    if (value === undefined) table.delete(key)
    else table.set(key, value)
  }
  return table
}

/** What a database would answer. */
const joined = (left: ReadonlyMap<string, string>, right: ReadonlyMap<string, string>, isLeftJoin: boolean): Map<string, string> => {
  const result = new Map<string, string>()
  for (const [key, value] of left) {
    const other = right.get(foreignKey(value) ?? '')
    if (other !== undefined || isLeftJoin) result.set(key, `${value}+${other}`)
  }
  return result
}

const sorted = (table: ReadonlyMap<string, string>): [string, string][] => [...table].sort()

/** The last value of each key in the output, without deleted ones. */
const last = (out: ReturnType<typeof run>): [string, string][] => {
  const table = new Map<string, string>()
  for (const [key, value] of out) {
    if (value === undefined) table.delete(String(key))
    else table.set(String(key), value)
  }
  return sorted(table)
}

const inputs = (list: readonly Update[]): Input[] => list.map(({ topic, key, value, timestamp }) => [topic, key, value, timestamp])
const pair = (a: string, b: string | undefined): string => `${a}+${b}`

describe('a join by a foreign key, after any updates in any order of time', () => {
  test.each([['join', false], ['leftJoin', true]] as const)('%s should give what a database gives for what both tables hold', (_kind, isLeftJoin) => {
    fc.assert(
      fc.property(updates, config, fc.boolean(), (list, settings, materialized) => {
        const out = run((builder) => {
          const store = materialized ? { store: 'joined', ...text } : undefined
          const [left, right] = [builder.table('left', text), builder.table('right', text)]
          const result = isLeftJoin ? left.leftJoin(right, foreignKey, pair, {}, store) : left.join(right, foreignKey, pair, {}, store)
          result.toStream().to('out', text)
        }, inputs(list), settings)
        expect(last(out)).toEqual(sorted(joined(rows(list, 'left'), rows(list, 'right'), isLeftJoin)))
      }),
      { numRuns: 150 },
    )
  })

  test('a table should be joined with itself', () => {
    fc.assert(
      fc.property(updates, config, (list, settings) => {
        const all = list.map((each) => ({ ...each, topic: 'left' }))
        const out = run((builder) => {
          const table = builder.table('left', text)
          table.leftJoin(table, foreignKey, pair).toStream().to('out', text)
        }, inputs(all), settings)
        const table = rows(all, 'left')
        expect(last(out)).toEqual(sorted(joined(table, table, true)))
      }),
      { numRuns: 100 },
    )
  })

  test('a derived result should be joined again, by a key that the first join found', () => {
    fc.assert(
      fc.property(updates, config, (list, settings) => {
        const out = run((builder) => {
          const right = builder.table('right', text)
          const first = builder.table('left', text).join(right, foreignKey, (_value, found) => found, {}, text)
          first.filter((key) => key !== '2').leftJoin(right, foreignKey, pair).toStream().to('out', text)
        }, inputs(list), settings)
        const right = rows(list, 'right')
        const first = new Map<string, string>()
        for (const [key, value] of rows(list, 'left')) {
          const found = right.get(foreignKey(value) ?? '')
          if (found !== undefined && key !== '2') first.set(key, found)
        }
        expect(last(out)).toEqual(sorted(joined(first, right, true)))
      }),
      { numRuns: 100 },
    )
  })
})
