import { StreamsBuilder } from '../../dsl/streams-builder.ts'
import type { StreamJoined } from '../../dsl/options.ts'
import { JoinWindows } from '../../dsl/windows.ts'
import { Serdes } from '../../lib/serdes/serdes.ts'
import { TopologyTestDriver } from '../../lib/testing/topology-test-driver.ts'
import { Stores } from '../../stores/stores.ts'
import type { WindowStore } from '../../stores/window-store.ts'
import type { Input } from './helpers.ts'
import { described, run, text } from './helpers.ts'

const serdes = { ...text, otherValue: Serdes.string }
const within10 = JoinWindows.ofTimeDifferenceWithNoGrace(10)
const show = (a: string | undefined, b: string | undefined, key: string): string => `${key}:${a ?? '-'}${b ?? '-'}`
const EMIT_INTERVAL = '__emit.interval.ms.kstreams.outer.join.spurious.results.fix__'

type Kind = 'join' | 'leftJoin' | 'outerJoin'

const define = (kind: Kind, joined: StreamJoined<string, string, string> = serdes, windows = within10) => (builder: StreamsBuilder): void => {
  const [left, right] = [builder.stream('left', text), builder.stream('right', text)]
  const result =
    kind === 'join'
      ? left.join(right, show, windows, joined)
      : kind === 'leftJoin'
        ? left.leftJoin(right, show, windows, joined)
        : left.outerJoin(right, show, windows, joined)
  result.to('out', text)
}

const valuesOf = (kind: Kind, input: readonly Input[]): (string | undefined)[] =>
  run(define(kind), input).map(([, value]) => value)

describe('a join of two streams', () => {
  test('should have the larger timestamp of a pair, and give the joiner the key', () => {
    expect(run(define('join'), [['left', 'k', 'a', 5], ['right', 'k', 'b', 3], ['right', 'k', 'c', 15]])).toEqual([
      ['k', 'k:ab', 5],
      ['k', 'k:ac', 15],
    ])
  })

  test('should skip records without a key or value, and count them', () => {
    const builder = new StreamsBuilder()
    define('join')(builder)
    const driver = new TopologyTestDriver(builder.build(), { initialWallClockMs: 0 })
    const left = driver.createInputTopic('left', text)
    left.pipeInput(undefined, 'a', { timestamp: 0 })
    left.pipeInput('k', undefined, { timestamp: 0 })
    expect(driver.metrics().find(({ name }) => name === 'dropped-records-total')?.value).toBe(2)
    driver.close()
  })

  test('should send records without a key alone at once, where their side keeps what has no partner', () => {
    const input: Input[] = [['left', undefined, 'a', 1], ['right', undefined, 'b', 2]]
    expect(valuesOf('join', input)).toEqual([])
    expect(valuesOf('leftJoin', input)).toEqual(['undefined:a-'])
    expect(valuesOf('outerJoin', input)).toEqual(['undefined:a-', 'undefined:-b'])
  })

  test('should send records alone when their windows are closed, the oldest first, of one time the right side first', () => {
    const input: Input[] = [['left', 'x', 'l', 2], ['right', 'y', 'r', 2], ['left', 'w', 'first', 1], ['left', 'end', 'l', 13]]
    expect(valuesOf('outerJoin', input)).toEqual(['w:first-', 'y:-r', 'x:l-'])
  })

  test('should wait for the grace period', () => {
    const windows = JoinWindows.ofTimeDifferenceAndGrace(10, 5)
    const results = (end: number) => run(define('leftJoin', serdes, windows), [['left', 'x', 'l', 0], ['left', 'end', 'l', end]])
    expect(results(15)).toEqual([])
    expect(results(16)).toEqual([['x', 'x:l-', 0]])
  })

  test('should look for records without a partner once in an interval of the clock', () => {
    const builder = new StreamsBuilder()
    define('leftJoin')(builder)
    const driver = new TopologyTestDriver(builder.build(), { config: { [EMIT_INTERVAL]: 1000 }, initialWallClockMs: 0 })
    const left = driver.createInputTopic('left', text)
    const out = driver.createOutputTopic('out', text)
    left.pipeInput('a', 'x', { timestamp: 0 })
    left.pipeInput('b', 'x', { timestamp: 20 })
    left.pipeInput('c', 'x', { timestamp: 40 })
    expect(out.isEmpty).toBe(true)
    driver.advanceWallClockTime(1000)
    left.pipeInput('d', 'x', { timestamp: 60 })
    expect(out.readKeyValuesToList().map(([key]) => key)).toEqual(['a', 'b', 'c'])
    driver.close()
  })

  test('should look only before, or only after, where the windows say so', () => {
    const input: Input[] = [['right', 'k', 'early', 5], ['right', 'k', 'late', 15], ['left', 'k', 'x', 10]]
    const windows = JoinWindows.ofTimeDifferenceAndGrace(10, 100)
    const joinedIn = (these: JoinWindows) => run(define('join', serdes, these), input).map(([, value]) => value)
    expect(joinedIn(windows.after(0))).toEqual(['k:xearly'])
    expect(joinedIn(windows.before(0))).toEqual(['k:xlate'])
    expect(joinedIn(windows.before(-5))).toEqual(['k:xlate'])
    expect(joinedIn(windows.before(-6))).toEqual([])
  })
})

describe('JoinWindows', () => {
  test('should refuse windows of a negative size and a negative grace', () => {
    expect(() => within10.before(-11)).toThrow('Window interval (ie, beforeMs+afterMs) must not be negative.')
    expect(() => JoinWindows.ofTimeDifferenceAndGrace(1, -1)).toThrow('Grace period must not be negative.')
    expect(() => JoinWindows.ofTimeDifferenceWithNoGrace(0.5)).toThrow('must be a whole number of ms')
  })
})

describe('the stores of a join of two streams', () => {
  const withStore = (supplier: ReturnType<typeof Stores.inMemoryWindowStore>, other = supplier) => () =>
    described(define('join', { ...serdes, thisStore: supplier, otherStore: other }))
  const store = (name: string, retentionMs = 20, windowSizeMs = 20, retainDuplicates = true) =>
    Stores.inMemoryWindowStore(name, retentionMs, windowSizeMs, retainDuplicates)

  test('should be refused when they do not fit', () => {
    expect(withStore(store('same'))).toThrow('Both StoreSuppliers have the same name.')
    expect(withStore(store('a', 20, 20, false), store('b'))).toThrow('The StoreSupplier must set retainDuplicates=true')
    expect(withStore(store('a', 30), store('b'))).toThrow('Window settings mismatch.')
    expect(withStore(store('a'), store('b', 20, 19))).toThrow('Window settings mismatch.')
  })

  test('should be named after the join store, else after generated names, whatever the nodes are called', () => {
    const named = described(define('outerJoin', { ...serdes, name: 'n', store: 's' }))
    for (const name of ['s-outer-this-join-store', 's-outer-other-join-store', 's-outer-shared-join-store']) expect(named).toContain(name)
    const generated = described(define('leftJoin', { ...serdes, name: 'n' }))
    for (const name of ['KSTREAM-JOINTHIS-0000000004-store', 'KSTREAM-OUTEROTHER-0000000005-store', 'KSTREAM-OUTERSHARED-0000000004-store']) {
      expect(generated).toContain(name)
    }
    expect(generated).toContain('Processor: n-outer-other-join')
  })

  test('should be logged as asked, without compaction, unless they are supplied', () => {
    const logs = (joined: Partial<StreamJoined<string, string, string>>): Record<string, unknown> => {
      const builder = new StreamsBuilder()
      define('leftJoin', { ...serdes, store: 's', ...joined })(builder)
      const groups = builder.build().internals.setApplicationId('app').topicGroups()
      return Object.fromEntries([...groups.values()].flatMap((group) => [...group.stateChangelogTopics].map(([name, { configs }]) => [name, configs])))
    }
    expect(logs({ logging: { 'segment.ms': '1000' } })).toMatchObject({
      'app-s-this-join-store-changelog': { 'cleanup.policy': 'delete', 'segment.ms': '1000' },
      'app-s-left-shared-join-store-changelog': { 'cleanup.policy': 'compact', 'segment.ms': '1000' },
    })
    expect(Object.keys(logs({ logging: false, thisStore: store('mine') }))).toEqual(['app-mine-changelog'])
  })

  test('should come from the suppliers that the join names', () => {
    const asked: string[] = []
    const storeType = {
      keyValueStore: ({ name }: { name: string }) => (asked.push(name), Stores.inMemoryKeyValueStore(name)),
      windowStore: ({ name, retentionPeriod, windowSize, retainDuplicates }: { name: string; retentionPeriod: number; windowSize: number; retainDuplicates: boolean }) =>
        (asked.push(name), Stores.inMemoryWindowStore(name, retentionPeriod, windowSize, retainDuplicates)),
      sessionStore: ({ name }: { name: string }) => Stores.inMemorySessionStore(name, 0),
    }
    run(define('leftJoin', { ...serdes, store: 's', storeType }), [])
    expect(asked).toEqual(['s-this-join-store', 's-outer-other-join-store', 's-left-shared-join-store'])
  })

  test('should hold several records of one key and time', () => {
    const builder = new StreamsBuilder()
    define('join', { ...serdes, store: 's' })(builder)
    const driver = new TopologyTestDriver(builder.build(), { initialWallClockMs: 0 })
    driver.createInputTopic('left', text).pipeKeyValueList([['k', 'a'], ['k', 'b']], { startTimestampMs: 5 })
    const kept = driver.getStateStore<WindowStore<string, string>>('s-this-join-store')
    expect([...kept!.fetch('k', 5, 5)]).toEqual([[5, 'a'], [5, 'b']])
    driver.close()
  })
})

describe('single.store.self.join', () => {
  const one = { 'topology.optimization': 'single.store.self.join' }
  const self = (builder: StreamsBuilder): void => {
    const stream = builder.stream('left', text)
    stream.join(stream, show, within10, { ...serdes, store: 's' }).to('out', text)
  }

  test('should keep the records of a stream joined with itself once', () => {
    expect(described(self)).toContain('s-other-join-store')
    expect(described(self, one)).not.toContain('s-other-join-store')
  })

  test('should send the pairs of a record in the order that two stores give', () => {
    const input: Input[] = [['left', 'k', '1', 0], ['left', 'k', '3', 9], ['left', 'k', '2', 5]]
    expect(run(self, input, one)).toEqual(run(self, input))
  })

  test('should leave alone what is joined with something made of it', () => {
    const filtered = (builder: StreamsBuilder): void => {
      const stream = builder.stream('left', text)
      stream.join(stream.filter(() => true), show, within10, serdes).to('out', text)
    }
    expect(described(filtered, one)).toBe(described(filtered))
  })
})
