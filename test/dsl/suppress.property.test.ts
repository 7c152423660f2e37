import fc from 'fast-check'
import { Suppressed } from '../../dsl/suppressed.ts'
import { TimeWindows } from '../../dsl/windows.ts'
import type { Input } from './helpers.ts'
import { numbers, run, text } from './helpers.ts'

const updates = fc.array(
  fc.record({
    key: fc.constantFrom('a', 'b', 'c'),
    value: fc.option(fc.constantFrom('x', 'y', 'zz'), { nil: undefined, freq: 4 }),
    timestamp: fc.nat(60),
  }),
  { maxLength: 50 },
)
type Update = { key: string; value: string | undefined; timestamp: number }

const inputs = (list: readonly Update[]): Input[] => list.map(({ key, value, timestamp }) => ['in', key, value, timestamp])

const config = fc.record({ 'statestore.cache.max.bytes': fc.constantFrom(0, 10_000_000) })

describe('after any updates in any order of time', () => {
  test('suppress until a time limit should emit what a queue of waiting keys would', () => {
    fc.assert(
      fc.property(updates, fc.nat(30), fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }), config, (list, waitMs, maxRecords, settings) => {
        const waiting = new Map<string, { time: number; update: Update }>()
        const expected: [string, string | undefined, number][] = []
        const known = new Set<string>()
        let streamTime = -1
        for (const update of list) {
          // The table says nothing of a deletion of what it does not hold when it is cached, and hardly more when it is not.
          const isNews = update.value !== undefined || known.has(update.key) || settings['statestore.cache.max.bytes'] === 0
          if (!isNews) continue
          if (update.value === undefined) known.delete(update.key)
          else known.add(update.key)
          streamTime = Math.max(streamTime, update.timestamp)
          waiting.set(update.key, { time: waiting.get(update.key)?.time ?? update.timestamp, update })
          for (;;) {
            const first = [...waiting].sort(([a, x], [b, y]) => x.time - y.time || (a < b ? -1 : 1))[0]
            if (first === undefined || (first[1].time > streamTime - waitMs && waiting.size <= (maxRecords ?? Infinity))) break
            waiting.delete(first[0])
            expected.push([first[0], first[1].update.value, first[1].update.timestamp])
          }
        }
        const out = run(
          (builder) => builder.table('in', text, { store: 'rows' }).suppress(Suppressed.untilTimeLimit(waitMs, { maxRecords })).toStream().to('out', text),
          inputs(list),
          settings,
        )
        expect(out).toEqual(expected)
      }),
    )
  })

  test('suppress until windows close should emit each closed window once, with its final count', () => {
    fc.assert(
      fc.property(updates, fc.constantFrom(5, 10), fc.constantFrom(0, 7), config, (list, sizeMs, graceMs, settings) => {
        const counts = new Map<string, { key: string; end: number; count: number }>()
        let streamTime = -1
        let tableTime = -1
        // Windows count records without a value, too, as in Java.
        for (const { key, timestamp } of list) {
          streamTime = Math.max(streamTime, timestamp)
          const start = timestamp - (timestamp % sizeMs)
          const end = start + sizeMs
          if (end + graceMs <= streamTime) continue
          tableTime = Math.max(tableTime, timestamp)
          const count = (counts.get(`${key}@${start}`)?.count ?? 0) + 1
          counts.set(`${key}@${start}`, { key, end, count })
        }
        const closed = [...counts].filter(([, { end }]) => end + graceMs <= tableTime)
        const expected = closed.sort(([, a], [, b]) => a.end - b.end || (a.key < b.key ? -1 : 1)).map(([name, { count }]) => [name, count])
        const out = run(
          (builder) =>
            builder
              .stream('in', text)
              .groupByKey()
              .windowedBy(TimeWindows.ofSizeAndGrace(sizeMs, graceMs))
              .count({ store: 'counts', ...numbers })
              .suppress(Suppressed.untilWindowCloses())
              .toStream(({ key, window }) => `${key}@${window.start}`)
              .mapValues((count) => String(count))
              .to('out', text),
          inputs(list),
          settings,
        )
        expect(out.map(([name, count]) => [name, Number(count)])).toEqual(expected)
      }),
    )
  })
})
