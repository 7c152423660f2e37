import fc from 'fast-check'
import type { EmitStrategy, Windows } from '../../dsl/windows.ts'
import { EmitStrategy as Emit, SlidingWindows, TimeWindows, UnlimitedWindows } from '../../dsl/windows.ts'
import type { Window } from '../../stores/windowed.ts'
import type { Input } from './helpers.ts'
import { run, text } from './helpers.ts'

interface Event {
  readonly key: string
  readonly value: string
  readonly timestamp: number
}

/** Records in any order of time. */
const events = (earliest: number, latest: number) =>
  fc.array(
    fc.record({ key: fc.constantFrom('a', 'b'), value: fc.constantFrom('x', 'y', 'z'), timestamp: fc.integer({ min: earliest, max: latest }) }),
    { maxLength: 40 },
  )

const inputs = (list: readonly Event[]): Input[] => list.map(({ key, value, timestamp }) => ['in', key, value, timestamp])

const settings = fc.record({
  'statestore.cache.max.bytes': fc.constantFrom(0, 10_000_000),
  'default.dsl.store': fc.constantFrom('in_memory', 'rocksDB'),
  'dsl.store.format': fc.constantFrom('DEFAULT', 'HEADERS'),
  '__emit.interval.ms.kstreams.windowed.aggregation__': fc.constant(0),
})

const concat = (_key: string, value: string, all: string): string => all + value

/**
 * The values of each window in the order of their arrival, as the topology sends them: `key@start-end` and text. The store keeps
 * windows long: with the least retention a leap in time removes closed windows before they are sent, as in Java.
 */
const aggregated = (list: readonly Event[], windows: Windows | SlidingWindows, strategy: EmitStrategy, config: Readonly<Record<string, unknown>>) =>
  run((builder) => {
    builder
      .stream<string, string>('in', text)
      .groupByKey()
      .windowedBy(windows)
      .emitStrategy(strategy)
      .aggregate(() => '', concat, { ...text, retentionMs: windows instanceof UnlimitedWindows ? undefined : 10_000 })
      .toStream(({ key, window }) => `${key}@${window.start}-${window.end}`)
      .to('out', text)
  }, inputs(list), config).map(([key, value]) => [key, value] as const)

/** The last value of each window. */
const settled = (out: readonly (readonly [string | undefined, string | undefined])[]) => Object.fromEntries([...new Map(out)].sort())

const named = (key: string, { start, end }: Window): string => `${key}@${start}-${end}`

/** Windows of fixed size by their meaning: a record counts in each that holds its time and is not closed by then. */
class WindowsModel {
  readonly values = new Map<string, string>()
  readonly closed: string[] = []

  constructor(list: readonly Event[], windows: Windows, windowsOf: (timestamp: number) => Window[]) {
    let streamTime = -1
    const open = new Map<string, number>()
    for (const { key, value, timestamp } of list) {
      streamTime = Math.max(streamTime, timestamp)
      const closeTime = streamTime - windows.gracePeriodMs
      for (const window of windowsOf(timestamp)) {
        if (window.end <= closeTime) continue
        const name = named(key, window)
        this.values.set(name, (this.values.get(name) ?? '') + value)
        open.set(name, window.end)
      }
      for (const [name, end] of open) {
        if (end > closeTime) continue
        open.delete(name)
        this.closed.push(name)
      }
    }
  }
}

/** All windows of that size at multiples of the distance that hold the timestamp. */
const around = (size: number, advance: number) => (timestamp: number): Window[] => {
  const found: Window[] = []
  for (let start = 0; start <= timestamp; start += advance) if (timestamp < start + size) found.push({ start, end: start + size })
  return found
}

const shapes = fc
  .record({ size: fc.integer({ min: 1, max: 30 }), share: fc.double({ min: 0, max: 1, noNaN: true }), grace: fc.nat(40) })
  .map(({ size, share, grace }) => ({ size, advance: Math.max(1, Math.ceil(size * share)), grace }))

describe('windows of time, with records in any order', () => {
  test('should hold the records of their time that came before they closed', () => {
    fc.assert(
      fc.property(events(0, 120), shapes, settings, (list, { size, advance, grace }, config) => {
        const windows = TimeWindows.ofSizeAndGrace(size, grace).advanceBy(advance)
        const { values } = new WindowsModel(list, windows, around(size, advance))
        expect(settled(aggregated(list, windows, Emit.onWindowUpdate(), config))).toEqual(Object.fromEntries([...values].sort()))
      }),
      { numRuns: 150 },
    )
  })

  test('should be sent once each, when they close, with all they hold', () => {
    fc.assert(
      fc.property(events(0, 120), shapes, settings, (list, { size, advance, grace }, config) => {
        const windows = TimeWindows.ofSizeAndGrace(size, grace).advanceBy(advance)
        const { values, closed } = new WindowsModel(list, windows, around(size, advance))
        const out = aggregated(list, windows, Emit.onWindowClose(), config)
        expect([...out].sort()).toEqual(closed.map((name) => [name, values.get(name)]).sort())
      }),
      { numRuns: 150 },
    )
  })

  test('should be one for ever when they are unlimited', () => {
    fc.assert(
      fc.property(events(0, 50), fc.nat(60), settings, (list, start, config) => {
        const { values } = new WindowsModel(list, UnlimitedWindows.of(), (timestamp) =>
          timestamp < start ? [] : [{ start, end: Number.MAX_SAFE_INTEGER }])
        const out = aggregated(list, UnlimitedWindows.of().startOn(start), Emit.onWindowUpdate(), config)
        expect(settled(out)).toEqual(Object.fromEntries([...values].sort()))
      }),
    )
  })
})

/** Sliding windows by their meaning: one ends at each record, and one begins behind each record that others follow within it. */
const slidingWindows = (list: readonly Event[], difference: number): Record<string, string> => {
  const result = new Map<string, string>()
  for (const key of ['a', 'b']) {
    const own = list.filter((event) => event.key === key)
    for (const start of own.flatMap(({ timestamp }) => [timestamp - difference, timestamp + 1])) {
      const window = { start, end: start + difference }
      const held = own.filter(({ timestamp }) => timestamp >= window.start && timestamp <= window.end)
      if (held.length > 0) result.set(named(key, window), held.map(({ value }) => value).sort().join(''))
    }
  }
  return Object.fromEntries([...result].sort())
}

/** Which of two equal sets comes first depends on the order of arrival; the set does not. */
const sorted = (out: ReturnType<typeof aggregated>) => out.map(([key, value]) => [key, [...(value ?? '')].sort().join('')] as const)

describe('sliding windows, with records in any order within the grace period', () => {
  test('should be every distinct set of records that are no further apart than the difference', () => {
    fc.assert(
      fc.property(events(100, 220), fc.integer({ min: 1, max: 50 }), settings, (list, difference, config) => {
        const windows = SlidingWindows.ofTimeDifferenceAndGrace(difference, 1000)
        expect(settled(sorted(aggregated(list, windows, Emit.onWindowUpdate(), config)))).toEqual(slidingWindows(list, difference))
      }),
      { numRuns: 200 },
    )
  })

  test('should be sent once each when they close', () => {
    fc.assert(
      fc.property(events(100, 220), fc.integer({ min: 1, max: 50 }), settings, (list, difference, config) => {
        const windows = SlidingWindows.ofTimeDifferenceAndGrace(difference, 1000)
        const last: Event = { key: 'c', value: 'closes all', timestamp: 5000 }
        const out = aggregated([...list, last], windows, Emit.onWindowClose(), config)
        expect(sorted(out).sort()).toEqual(Object.entries(slidingWindows(list, difference)).sort())
      }),
    )
  })
})
