import type { KTable } from '../../dsl/ktable.ts'
import { StreamsBuilder } from '../../dsl/streams-builder.ts'
import { minutes, seconds } from '../../lib/core/duration.ts'
import { Stores } from '../../stores/stores.ts'
import { described, run, text } from './helpers.ts'

const versioned = { store: Stores.persistentVersionedKeyValueStore('rows', minutes(1)) }

const joined = (builder: StreamsBuilder, table: KTable<string, string>, gracePeriodMs: number, name?: string): void =>
  builder.stream('stream', text).join(table, (value, row) => `${value}/${row}`, { gracePeriodMs, name }).to('out', text)

describe('a stream-table join with grace', () => {
  test('should be refused when the table is not versioned', () => {
    const words = 'KTable must be versioned to use a grace period in a stream table join.'
    const building = (make: (builder: StreamsBuilder) => KTable<string, string>) => () => {
      const builder = new StreamsBuilder()
      joined(builder, make(builder), 10)
      builder.build()
    }
    const table = (builder: StreamsBuilder): KTable<string, string> => builder.table('table', text, versioned)
    expect(building((builder) => builder.table('table', text))).toThrow(words)
    expect(building((builder) => table(builder).mapValues((value) => value, { store: 'mapped', ...text }))).toThrow(words)
    expect(building((builder) => table(builder).join(builder.table('other', text), (value) => value))).toThrow(words)
    expect(building((builder) => table(builder).filter(() => true))).not.toThrow()
  })

  test('should be refused when the table forgets sooner than the stream waits', () => {
    const builder = new StreamsBuilder()
    joined(builder, builder.table('table', text, versioned), minutes(2))
    expect(() => builder.build()).toThrow('History retention must be at least grace period.')
  })

  test('should name its buffer after itself', () => {
    const define = (builder: StreamsBuilder): void => joined(builder, builder.table('table', text, versioned), 10, 'late')
    expect(described(define)).toContain('Processor: late (stores: [late-Buffer, rows])')
  })

  test('should refuse a record without a key when it is a left join, which has no place in the buffer for it', () => {
    const define = (builder: StreamsBuilder): void =>
      builder.stream('stream', text).leftJoin(builder.table('table', text, versioned), (value) => value, { gracePeriodMs: seconds(1) }).to('out', text)
    expect(() => run(define, [['stream', undefined, 'x', 1]])).toThrow('key cannot be null')
  })
})
