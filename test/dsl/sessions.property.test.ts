import fc from 'fast-check'
import { EmitStrategy as Emit, SessionWindows } from '../../dsl/windows.ts'
import type { EmitStrategy } from '../../dsl/windows.ts'
import type { Input } from './helpers.ts'
import { run, text } from './helpers.ts'

interface Event {
  readonly key: string
  readonly value: string
  readonly timestamp: number
}

/** Records in any order of time. */
const events = fc.array(
  fc.record({ key: fc.constantFrom('a', 'b'), value: fc.constantFrom('x', 'y', 'z'), timestamp: fc.nat(150) }),
  { maxLength: 40 },
)

const windows = fc.record({ gap: fc.nat(12), grace: fc.constantFrom(0, 5, 30, 1000) })

const settings = fc.record({
  'statestore.cache.max.bytes': fc.constantFrom(0, 10_000_000),
  'default.dsl.store': fc.constantFrom('in_memory', 'rocksDB'),
  'dsl.store.format': fc.constantFrom('DEFAULT', 'HEADERS'),
  '__emit.interval.ms.kstreams.windowed.aggregation__': fc.constant(0),
})

/** Sessions merge in an order that is not the order of arrival: values are compared as a set. */
const sorted = (values: string): string => [...values].sort().join('')

/** What the topology sends: session as `key@start-end`, and the values of its records. */
const aggregated = (list: readonly Event[], sessions: SessionWindows, strategy: EmitStrategy, config: Readonly<Record<string, unknown>>) =>
  run((builder) => {
    builder
      .stream<string, string>('in', text)
      .groupByKey()
      .windowedBy(sessions)
      .emitStrategy(strategy)
      // Kept so long that nothing is forgotten.
      .aggregate(() => '', (_key, value, all) => all + value, (_key, a, b) => a + b, { ...text, retentionMs: 10_000 })
      .toStream(({ key, window }) => `${key}@${window.start}-${window.end}`)
      .to('out', text)
  }, list.map(({ key, value, timestamp }): Input => ['in', key, value, timestamp]), config)

/** The sessions of a key by their meaning: records that are linked by gaps of at most that length. */
class SessionsModel {
  readonly #gap: number
  #taken: Event[] = []

  constructor(gap: number) {
    this.#gap = gap
  }

  /** The records that are in one session with a time, and that time. */
  around(key: string, timestamp: number): { members: Event[]; start: number; end: number } {
    let [start, end] = [timestamp, timestamp]
    let members: Event[] = []
    for (;;) {
      const linked = this.#taken.filter((each) => each.key === key && each.timestamp >= start - this.#gap && each.timestamp <= end + this.#gap)
      if (linked.length === members.length) return { members, start, end }
      members = linked
      const times = [timestamp, ...linked.map((each) => each.timestamp)]
      start = Math.min(...times)
      end = Math.max(...times)
    }
  }

  take(event: Event): void {
    this.#taken.push(event)
  }

  /** All sessions: name, end and values. */
  all(): { name: string; end: number; values: string }[] {
    const found = new Map<string, { name: string; end: number; values: string }>()
    for (const { key, timestamp } of this.#taken) {
      const { members, start, end } = this.around(key, timestamp)
      const name = `${key}@${start}-${end}`
      found.set(name, { name, end, values: sorted(members.map(({ value }) => value).join('')) })
    }
    return [...found.values()]
  }
}

/** The sessions at the end, and those that close, in rounds. */
const expected = (list: readonly Event[], gap: number, grace: number) => {
  const model = new SessionsModel(gap)
  const closed: string[][] = []
  let streamTime = -1
  let closedUntil = 0
  for (const event of list) {
    streamTime = Math.max(streamTime, event.timestamp)
    const closeTime = streamTime - gap - grace
    if (model.around(event.key, event.timestamp).end >= closeTime) model.take(event)
    if (closeTime <= closedUntil) continue
    const ended = model.all().filter(({ end }) => end >= closedUntil && end < closeTime)
    if (ended.length > 0) closed.push(ended.map(({ name, values }) => `${name}=${values}`).sort())
    closedUntil = closeTime
  }
  return { sessions: Object.fromEntries(model.all().map(({ name, values }) => [name, values])), closed: closed.flat() }
}

describe('sessions of records in any order of time', () => {
  test('should be the records that are linked by gaps, those without the ones that come too late', () => {
    fc.assert(
      fc.property(events, windows, settings, (list, { gap, grace }, config) => {
        const out = aggregated(list, SessionWindows.ofInactivityGapAndGrace(gap, grace), Emit.onWindowUpdate(), config)
        const table = new Map<string, string>()
        for (const [session, values] of out) {
          if (values === undefined) table.delete(session!)
          else table.set(session!, sorted(values))
        }
        expect(Object.fromEntries(table)).toEqual(expected(list, gap, grace).sessions)
      }),
      { numRuns: 150 },
    )
  })

  test('should be sent once they are closed, in the order of their ends, when that was asked for', () => {
    fc.assert(
      fc.property(events, windows, settings, (list, { gap, grace }, config) => {
        const out = aggregated(list, SessionWindows.ofInactivityGapAndGrace(gap, grace), Emit.onWindowClose(), config)
        // Those that close together come by their ends, of equal ends in the order of the store.
        const ends = out.map(([, , timestamp]) => timestamp)
        expect(ends).toEqual([...ends].sort((a, b) => a - b))
        expect(out.map(([session, values]) => `${session}=${sorted(values!)}`).sort()).toEqual(expected(list, gap, grace).closed.sort())
      }),
      { numRuns: 150 },
    )
  })

  test('should count and reduce like an aggregation of one and of the values', () => {
    fc.assert(
      fc.property(events, windows, settings, (list, { gap, grace }, config) => {
        const table = (kind: 'count' | 'reduce') => {
          const out = run((builder) => {
            const sessions = builder.stream<string, string>('in', text).groupByKey().windowedBy(SessionWindows.ofInactivityGapAndGrace(gap, grace))
            const counted = kind === 'count'
              ? sessions.count({ retentionMs: 10_000 }).mapValues(String)
              : sessions.reduce((a, b) => a + b, { ...text, retentionMs: 10_000 })
            counted.toStream(({ key, window }) => `${key}@${window.start}-${window.end}`).to('out', text)
          }, list.map(({ key, value, timestamp }): Input => ['in', key, value, timestamp]), config)
          const left = new Map(out.map(([session, value]) => [session, value] as const))
          return Object.fromEntries([...left].flatMap(([session, value]) => (value === undefined ? [] : [[session, sorted(value)]])))
        }
        const { sessions } = expected(list, gap, grace)
        expect(table('reduce')).toEqual(sessions)
        expect(table('count')).toEqual(Object.fromEntries(Object.entries(sessions).map(([name, values]) => [name, sorted(String(values.length))])))
      }),
      { numRuns: 80 },
    )
  })
})
