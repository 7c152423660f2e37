import fc from 'fast-check'
import type { KGroupedStream } from '../../dsl/kgrouped.ts'
import { StreamsBuilder } from '../../dsl/streams-builder.ts'
import { SessionWindows, SlidingWindows, TimeWindows } from '../../dsl/windows.ts'
import type { Input } from './helpers.ts'
import { run, text } from './helpers.ts'

interface Event {
  readonly topic: string
  readonly key: string
  readonly value: string
  readonly timestamp: number
}

const TOPICS = ['first', 'second', 'third'] as const

const events = fc.array(
  fc.record({ topic: fc.constantFrom(...TOPICS), key: fc.constantFrom('a', 'b', 'c'), value: fc.constantFrom('x', 'y'), timestamp: fc.nat(60) }),
  { maxLength: 40 },
)

const settings = fc.record({
  'statestore.cache.max.bytes': fc.constantFrom(0, 10_000_000),
  'default.dsl.store': fc.constantFrom('in_memory', 'rocksDB'),
  'dsl.store.format': fc.constantFrom('DEFAULT', 'HEADERS'),
  'topology.optimization': fc.constantFrom('none', 'all'),
})

const inputs = (list: readonly Event[]): Input[] => list.map(({ topic, key, value, timestamp }) => [topic, key, value, timestamp])

/** What is left of a table after all its updates. */
const settled = (out: ReturnType<typeof run>) => Object.fromEntries([...new Map(out.map(([key, value]) => [key, value] as const))].filter(([, value]) => value !== undefined))

/** Each stream adds its values with its own sign. */
const add = (topic: string) => (_key: string, value: string, all: string): string => `${all}${topic[0]}${value}`

const grouped = (builder: StreamsBuilder, topic: string, isRekeyed: boolean): KGroupedStream<string, string> => {
  const stream = builder.stream<string, string>(topic, text)
  return isRekeyed ? stream.groupBy((key) => key, { ...text, name: `by-${topic}` }) : stream.groupByKey(text)
}

const cogrouped = (builder: StreamsBuilder, rekeyed: readonly boolean[]) => {
  const [first, ...others] = TOPICS.map((topic, i) => grouped(builder, topic, rekeyed[i] ?? false))
  return others.reduce((all, stream, i) => all.cogroup(stream, add(TOPICS[i + 1]!)), first!.cogroup<string>(add(TOPICS[0])))
}

/** The same in one stream: what a cogroup is short for. */
const merged = (builder: StreamsBuilder) =>
  TOPICS.map((topic) => builder.stream<string, string>(topic, text).mapValues((value) => `${topic[0]}${value}`))
    .reduce((all, stream) => all.merge(stream))
    .groupByKey(text)

const concat = (_key: string, value: string, all: string): string => all + value
const empty = (): string => ''
const rekeyed = fc.tuple(fc.boolean(), fc.boolean(), fc.boolean())

describe('a cogroup of three streams', () => {
  test('should aggregate as one stream of all their records, whether they are repartitioned or not', () => {
    fc.assert(
      fc.property(events, settings, rekeyed, (list, config, changed) => {
        const together = run((builder) => cogrouped(builder, changed).aggregate(empty, text).toStream().to('out', text), inputs(list), config)
        const model = new Map<string, string>()
        for (const { topic, key, value } of list) model.set(key, `${model.get(key) ?? ''}${topic[0]}${value}`)
        expect(settled(together)).toEqual(Object.fromEntries(model))
      }),
      { numRuns: 100 },
    )
  })

  test.each([
    ['tumbling windows', TimeWindows.ofSizeAndGrace(10, 1000)],
    ['hopping windows', TimeWindows.ofSizeAndGrace(10, 1000).advanceBy(4)],
    ['sliding windows', SlidingWindows.ofTimeDifferenceAndGrace(8, 1000)],
  ])('should aggregate in %s as one stream does', (_name, windows) => {
    fc.assert(
      fc.property(events, settings, rekeyed, (list, config, changed) => {
        const together = run((builder) => {
          cogrouped(builder, changed).windowedBy(windows).aggregate(empty, text)
            .toStream(({ key, window }) => `${key}@${window.start}-${window.end}`).to('out', text)
        }, inputs(list), config)
        const asOne = run((builder) => {
          merged(builder).windowedBy(windows).aggregate(empty, concat, text)
            .toStream(({ key, window }) => `${key}@${window.start}-${window.end}`).to('out', text)
        }, inputs(list), config)
        expect(settled(together)).toEqual(settled(asOne))
      }),
      { numRuns: 60 },
    )
  })

  test('should aggregate in sessions as one stream does', () => {
    const sessions = SessionWindows.ofInactivityGapAndGrace(5, 1000)
    const merge = (_key: string, a: string, b: string): string => a + b
    fc.assert(
      fc.property(events, settings, rekeyed, (list, config, changed) => {
        const together = run((builder) => {
          cogrouped(builder, changed).windowedBy(sessions).aggregate(empty, merge, text)
            .toStream(({ key, window }) => `${key}@${window.start}-${window.end}`).to('out', text)
        }, inputs(list), config)
        const asOne = run((builder) => {
          merged(builder).windowedBy(sessions).aggregate(empty, concat, merge, text)
            .toStream(({ key, window }) => `${key}@${window.start}-${window.end}`).to('out', text)
        }, inputs(list), config)
        expect(settled(together)).toEqual(settled(asOne))
      }),
      { numRuns: 60 },
    )
  })

  test('should refuse a stream of another builder', () => {
    const stranger = grouped(new StreamsBuilder(), 'elsewhere', false)
    expect(() => cogrouped(new StreamsBuilder(), []).cogroup(stranger, add('x'))).toThrow(/cogroup\(\) needs a KGroupedStream of the same StreamsBuilder/)
  })
})
