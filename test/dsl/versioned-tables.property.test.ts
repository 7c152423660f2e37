import fc from 'fast-check'
import type { KTable } from '../../dsl/ktable.ts'
import type { StreamsBuilder } from '../../dsl/streams-builder.ts'
import { Serdes } from '../../lib/serdes/serdes.ts'
import { Stores } from '../../stores/stores.ts'
import { PUT_RETURN_CODE_NOT_PUT, PUT_RETURN_CODE_VALID_TO_UNDEFINED } from '../../stores/versioned-store.ts'
import { VersionedModel } from '../contract/versioned-model.ts'
import type { Input } from './helpers.ts'
import { run, text } from './helpers.ts'

/** Updates of the table, and records of a stream, with timestamps in any order. */
const inputs = (topics: readonly string[]): fc.Arbitrary<Input[]> =>
  fc.array(
    fc.tuple(
      fc.constantFrom(...topics),
      fc.constantFrom('a', 'b', 'c'),
      fc.option(fc.constantFrom('x', 'y', 'zz'), { nil: undefined, freq: 5 }),
      fc.oneof({ weight: 5, arbitrary: fc.nat(60) }, { weight: 1, arbitrary: fc.nat(200) }),
    ),
    { maxLength: 40 },
  )

const HISTORY_MS = 50
const table = (builder: StreamsBuilder): KTable<string, string> =>
  builder.table('table', text, { store: Stores.persistentVersionedKeyValueStore('versions', HISTORY_MS) })

type Output = [string | undefined, string | undefined, number]

/** Applies the updates to the model, and asks `each` what comes out for every one that is kept. */
const modelled = (list: readonly Input[], each: (input: Input, isLatest: boolean, model: VersionedModel<string>) => Output[]): Output[] => {
  const model = new VersionedModel<string>(HISTORY_MS)
  return list.flatMap((input) => {
    const [topic, key, value, timestamp] = input
    if (topic !== 'table') return each(input, true, model)
    const validTo = model.put(key!, value, timestamp)
    return validTo === PUT_RETURN_CODE_NOT_PUT ? [] : each(input, validTo === PUT_RETURN_CODE_VALID_TO_UNDEFINED, model)
  })
}

test('a versioned table should pass on every update that is not too late, through derived tables too', () => {
  fc.assert(
    fc.property(inputs(['table']), (list) => {
      const out = run((builder) => table(builder).mapValues((value) => value.toUpperCase()).filter((_key, value) => value !== 'X').toStream().to('out', text), list)
      expect(out).toEqual(modelled(list, ([, key, value, timestamp]) => [[key, value === 'x' ? undefined : value?.toUpperCase(), timestamp]]))
    }),
    { numRuns: 60 },
  )
})

test('a stream should meet the row of its own time, also in a derived table', () => {
  fc.assert(
    fc.property(inputs(['table', 'stream']), fc.boolean(), (list, derives) => {
      const out = run((builder) => {
        const rows = derives ? table(builder).filter((_key, value) => value !== 'x').mapValues((value) => `<${value}>`) : table(builder)
        builder.stream('stream', text).leftJoin(rows, (value, row) => `${value}/${row}`).to('out', text)
      }, list)
      const shown = (row: string | undefined): string | undefined => (!derives ? row : row === undefined || row === 'x' ? undefined : `<${row}>`)
      const expected = modelled(list, ([topic, key, value, timestamp], _isLatest, model) =>
        topic === 'table' || value === undefined ? [] : [[key, `${value}/${shown(model.asOf(key!, timestamp)?.value)}`, timestamp]])
      expect(out).toEqual(expected)
    }),
    { numRuns: 80 },
  )
})

test('groups of a versioned table should count its latest rows, whatever comes late', () => {
  fc.assert(
    fc.property(inputs(['table']), (list) => {
      const out = run((builder) =>
        table(builder).groupBy((key, value) => [value, key], text).count({ key: Serdes.string, caching: false }).toStream().mapValues(String).to('out', text), list)
      const last = new Map(out.map(([group, count]) => [group, Number(count)]))
      const model = new VersionedModel<string>(HISTORY_MS)
      for (const [, key, value, timestamp] of list) model.put(key!, value, timestamp)
      const counted = ['a', 'b', 'c'].map((key) => model.get(key)?.value).filter((value) => value !== undefined)
      for (const group of ['x', 'y', 'zz']) expect(last.get(group) ?? 0).toBe(counted.filter((value) => value === group).length)
    }),
    { numRuns: 60 },
  )
})

test('a join of a versioned table should ignore what comes late', () => {
  fc.assert(
    fc.property(inputs(['table', 'other']), (list) => {
      const out = run((builder) => table(builder).join(builder.table('other', text), (value, other) => `${value}+${other}`).toStream().to('out', text), list)
      const others = new Map<string, { value: string | undefined; timestamp: number }>()
      const expected = modelled(list, ([topic, key, value, timestamp], isLatest, model) => {
        const row = model.get(key!)
        if (topic === 'other') {
          // Of a deletion of nothing its cached store says nothing.
          const changes = value !== undefined || others.get(key!)?.value !== undefined
          others.set(key!, { value, timestamp })
          if (row === undefined || !changes) return []
          return [[key, value === undefined ? undefined : `${row.value}+${value}`, Math.max(timestamp, row.timestamp)]]
        }
        const other = others.get(key!)
        if (!isLatest || other?.value === undefined) return []
        return [[key, value === undefined ? undefined : `${value}+${other.value}`, Math.max(timestamp, other.timestamp)]]
      })
      expect(out).toEqual(expected)
    }),
    { numRuns: 80 },
  )
})
