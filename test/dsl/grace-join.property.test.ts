import fc from 'fast-check'
import { Stores } from '../../stores/stores.ts'
import type { Input } from './helpers.ts'
import { run, text } from './helpers.ts'

const records = fc.array(
  fc.record({ topic: fc.constantFrom('stream', 'table'), key: fc.constantFrom('a', 'b'), value: fc.constantFrom('x', 'y', 'zz'), timestamp: fc.nat(60) }),
  { maxLength: 40 },
)

const HISTORY_MS = 1000

test('a stream-table join with grace should give each record the row of its time, in the order of time, late ones at once', () => {
  fc.assert(
    fc.property(records, fc.constantFrom(0, 5, 20), fc.boolean(), (list, gracePeriodMs, isLeft) => {
      const versions: { key: string; timestamp: number; value: string }[] = []
      const expected: [string, string, number][] = []
      let waiting: { key: string; timestamp: number; value: string; n: number }[] = []
      let streamTime = -1
      const join = ({ key, value, timestamp }: { key: string; value: string; timestamp: number }): void => {
        const held = versions.filter((version) => version.key === key && version.timestamp <= timestamp)
        // Of versions with one timestamp the later put replaces the earlier.
        const row = held.reduce<(typeof held)[number] | undefined>((best, each) => (best === undefined || each.timestamp >= best.timestamp ? each : best), undefined)
        if (row !== undefined || isLeft) expected.push([key, `${value}/${row?.value}`, timestamp])
      }
      list.forEach(({ topic, ...record }, n) => {
        if (topic === 'table') {
          versions.push(record)
          return
        }
        if (streamTime - gracePeriodMs > record.timestamp) {
          join(record)
          return
        }
        streamTime = Math.max(streamTime, record.timestamp)
        waiting.push({ ...record, n })
        waiting.sort((a, b) => a.timestamp - b.timestamp || (a.key < b.key ? -1 : a.key > b.key ? 1 : a.n - b.n))
        waiting.filter(({ timestamp }) => timestamp <= streamTime - gracePeriodMs).forEach(join)
        waiting = waiting.filter(({ timestamp }) => timestamp > streamTime - gracePeriodMs)
      })
      const out = run(
        (builder) => {
          const table = builder.table('table', text, { store: Stores.persistentVersionedKeyValueStore('rows', HISTORY_MS) })
          const stream = builder.stream('stream', text)
          const joined = isLeft
            ? stream.leftJoin(table, (value, row) => `${value}/${row}`, { gracePeriodMs })
            : stream.join(table, (value, row) => `${value}/${row}`, { gracePeriodMs })
          joined.to('out', text)
        },
        list.map(({ topic, key, value, timestamp }): Input => [topic, key, value, timestamp]),
      )
      expect(out).toEqual(expected)
    }),
  )
})
