import { StreamsBuilder } from '../../dsl/streams-builder.ts'
import { Suppressed } from '../../dsl/suppressed.ts'
import { minutes } from '../../lib/core/duration.ts'
import { TopologyTestDriver } from '../../lib/testing/topology-test-driver.ts'
import { Stores } from '../../stores/stores.ts'
import type { Windowed } from '../../stores/windowed.ts'
import type { KTable } from '../../dsl/ktable.ts'
import { described, run, text } from './helpers.ts'

const rows = { ...text, store: 'rows' }

describe('suppress', () => {
  test('should be refused when it waits for windows to close and there are none', () => {
    const builder = new StreamsBuilder()
    const table = builder.table('in', text, rows) as unknown as KTable<Windowed<string>, string>
    expect(() => table.suppress(Suppressed.untilWindowCloses())).toThrow(
      'Window close time is only defined for windowed computations. Got [root->KTABLE-SOURCE-0000000001].',
    )
  })

  test('should be refused for a versioned table', () => {
    const table = new StreamsBuilder().table('in', text, { store: Stores.persistentVersionedKeyValueStore('rows', minutes(1)) })
    expect(() => table.suppress(Suppressed.untilTimeLimit(1))).toThrow('suppress() is only supported for non-versioned KTables')
    expect(() => table.filter(() => true).suppress(Suppressed.untilTimeLimit(1))).toThrow('might be inherited')
  })

  test('should be refused when the time to wait is no number', () => {
    expect(() => Suppressed.untilTimeLimit(Number.NaN)).toThrow('suppress() waits for a number of ms, but got NaN')
  })

  test('should name its buffer after itself', () => {
    const define = (name: string | undefined) => (builder: StreamsBuilder) =>
      void builder.table('in', text, rows).suppress(Suppressed.untilTimeLimit(1, { name }))
    expect(described(define('held'))).toContain('Processor: held (stores: [held-store])')
    expect(described(define(undefined))).toContain('Processor: KTABLE-SUPPRESS-0000000002 (stores: [KTABLE-SUPPRESS-STATE-STORE-0000000003])')
  })

  test('should stop the program when it is full and may not emit early', () => {
    const define = (builder: StreamsBuilder): void =>
      builder.table('in', text, rows).suppress(Suppressed.untilTimeLimit(9, { maxRecords: 1, whenFull: 'shut-down' })).toStream().to('out', text)
    expect(() => run(define, [['in', 'a', '1', 0], ['in', 'b', '2', 0]])).toThrow(
      'KTABLE-SUPPRESS-0000000002 buffer exceeded its max capacity. Currently [2/1] records',
    )
  })

  test('should show lookups the rows from before the updates that wait', () => {
    const out = run(
      (builder) => {
        const held = builder.table('in', text, rows).suppress(Suppressed.untilTimeLimit(10))
        builder.stream('in2', text).leftJoin(held, (value, row) => `${value}/${row}`).to('out', text)
      },
      [['in', 'a', '1', 0], ['in2', 'a', 'x', 1], ['in', 'a', '2', 20], ['in2', 'a', 'y', 21], ['in', 'a', '3', 22], ['in2', 'a', 'z', 23]],
    )
    expect(out.map(([, value]) => value)).toEqual(['x/undefined', 'y/2', 'z/2'])
  })

  test('should need a serde when it starts, not when the first record comes', () => {
    const builder = new StreamsBuilder()
    builder.table('in', text, rows).mapValues((value) => value.length).suppress(Suppressed.untilTimeLimit(1))
    expect(() => new TopologyTestDriver(builder.build(), { config: {} })).toThrow('failed to initialize processor KTABLE-SUPPRESS-0000000003')
  })
})
