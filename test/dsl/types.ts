/**
 * Not a test that runs: what must compile, and what must not. `npm run typecheck` is the judge; an expectation of an error
 * that does not come is an error too.
 */
import { StreamsBuilder } from '../../dsl/streams-builder.ts'
import type { GlobalKTable, KTable } from '../../dsl/ktable.ts'
import type { KStream } from '../../dsl/kstream.ts'
import { Serdes } from '../../lib/serdes/serdes.ts'
import { Suppressed } from '../../dsl/suppressed.ts'
import { JoinWindows, SessionWindows, TimeWindows } from '../../dsl/windows.ts'
import { MockProcessorContext } from '../../lib/testing/index.ts'
import type { Windowed } from '../../stores/windowed.ts'
import type { FixedKeyRecord, KeyValueStore, Processor } from '../../topology/api.ts'
import { AutoOffsetReset, Record } from '../../topology/api.ts'
import { ContextualFixedKeyProcessor } from '../../topology/contextual-processor.ts'
import type { StreamsConfigInput } from '../../topology/config.ts'
import { HandlerResponse } from '../../topology/exception-handlers.ts'
import { Stores } from '../../stores/stores.ts'

interface Click {
  user: string
  at: number
}

const builder = new StreamsBuilder({ topologyOptimization: 'all' })
const lines = builder.stream('lines', { key: Serdes.string, value: Serdes.string })
const clicks = builder.stream(['a', 'b'], { key: Serdes.string, value: Serdes.json<Click>() })
const users = builder.table('users', { key: Serdes.string, value: Serdes.json<{ name: string }>() })
const countries = builder.globalTable('countries', { key: Serdes.int, value: Serdes.string })

export const inferred = (): void => {
  const typed: KStream<string, string> = lines
  const unknowns: KStream<unknown, unknown> = builder.stream(/log-.*/)
  const named: KStream<string, string> = builder.stream<string, string>('x')
  const lengths: KStream<string, number> = lines.mapValues((line) => line.length)
  const pairs: KStream<number, string> = lines.map((_key, line) => [line.length, line])
  const words: KStream<string, string> = lines.flatMapValues((line) => line.split(' '))
  const rekeyed: KStream<Date, string> = lines.selectKey(() => new Date(0))
  const counts: KTable<string, number> = words.groupBy((_key, word) => word).count()
  const totals: KTable<string, { n: number }> = clicks.groupByKey().aggregate(() => ({ n: 0 }), (_key, click, total) => ({ n: total.n + click.at }))
  const global: GlobalKTable<number, string> = countries
  const located: KStream<string, string> = clicks.join(countries, (_key, click) => click.at, (click, country) => click.user + country)
  const greeted: KStream<string, string> = clicks.leftJoin(users, (click, user) => user?.name ?? click.user)
  const joined: KTable<string, string> = users.outerJoin(counts, (user, count) => `${user?.name} ${count ?? 0}`)
  const rekeyedTable: KStream<number, { name: string }> = users.toStream((key, user) => key.length + user.name.length)
  const regrouped: KTable<number, number> = users.groupBy((_key, user) => [user.name.length, user]).count()
  void [typed, unknowns, named, lengths, pairs, rekeyed, rekeyedTable, totals, global, located, greeted, joined, regrouped]

  words.to('words', { value: Serdes.string })
  counts.toStream().to((key) => `counts-${key}`, { key: Serdes.string, value: Serdes.long, partitioner: (_topic, key) => key?.length })
  lines.groupByKey().count(Stores.keyValueStore('counts', { key: Serdes.string, value: Serdes.long }))
  lines.groupByKey().count({ name: 'count', store: 'counts', caching: false, logging: { 'segment.bytes': '1000' } })
}

export const refused = (): void => {
  // @ts-expect-error a stream of strings is not written with a serde of longs
  lines.to('out', { value: Serdes.long })
  // @ts-expect-error a count is a number
  lines.groupByKey().count({ store: 'counts', value: Serdes.string })
  // @ts-expect-error a handle of another type
  lines.groupByKey().count(Stores.keyValueStore('counts', { key: Serdes.string, value: Serdes.string }))
  // @ts-expect-error map needs a pair
  lines.map((_key, line) => line)
  // @ts-expect-error flatMapValues needs a list
  lines.flatMapValues((line) => line.length)
  // @ts-expect-error streams of different values cannot be merged
  lines.merge(lines.mapValues((line) => line.length))
  // @ts-expect-error the table has other keys
  lines.selectKey((_key, line) => line.length).join(users, (line, user) => line + user.name)
  // @ts-expect-error a left join may find nothing
  clicks.leftJoin(users, (_click, user) => user.name)
  // @ts-expect-error a global table needs a key to look up
  clicks.join(countries, (_click: Click, country: string) => country)
  // @ts-expect-error the selector gives another type than the global table's keys
  clicks.join(countries, (_key, click) => click.user, (_click, country) => country)
  // @ts-expect-error a table is not a global table
  clicks.join(users, (_key, click) => click.user, (_click, user) => user)
  // @ts-expect-error the reducer changes the type
  lines.groupByKey().reduce((total, line) => total.length + line.length)
  // @ts-expect-error an option that does not exist
  lines.filter(() => true, { nme: 'x' })
  // @ts-expect-error a join of two streams needs windows
  lines.join(lines, (a: string, b: string) => a + b)
}

export const asynchronous = (): void => {
  const lengths: KStream<string, number> = lines.mapValuesAsync(async (line) => line.length)
  const plain: KStream<string, number> = lines.mapValuesAsync((line, key, { signal, offset }) => (signal.aborted ? offset : line.length + key.length))
  const pairs: KStream<number, string> = lines.mapAsync(async (_key, line) => [line.length, line])
  const words: KStream<string, string> = lines.flatMapValuesAsync(async (line) => line.split(' '), { order: 'key', concurrency: 4, timeoutMs: 1000, name: 'words' })
  const rekeyed: KStream<Date, string> = lines.flatMapAsync(async (_key, line) => [[new Date(0), line]])
  const kept: KStream<string, Click> = clicks.filterAsync(async (_user, click) => click.at > 0).peekAsync(async () => {})
  const nothing: void = clicks.foreachAsync(async (_user, click) => click.user)
  void [lengths, plain, pairs, words, rekeyed, kept, nothing]
  // @ts-expect-error the value has no such field
  clicks.mapValuesAsync(async (click) => click.name)
  // @ts-expect-error mapAsync needs a pair
  lines.mapAsync(async (_key, line) => line)
  // @ts-expect-error flatMapValuesAsync needs a list
  lines.flatMapValuesAsync(async (line) => line.length)
  // @ts-expect-error filterAsync needs a boolean
  lines.filterAsync(async (_key, line) => line.length)
  // @ts-expect-error there is no such order
  lines.mapValuesAsync(async (line) => line, { order: 'none' })
}

class Lengths implements Processor<string, string, string, number> {
  process(_record: Record<string, string>): void {}
}

export const processors = (): void => {
  const out: KStream<string, number> = lines.process({ get: () => new Lengths() })
  // @ts-expect-error the processor reads strings
  clicks.process({ get: () => new Lengths() })
  void out
}

export const windowed = (): void => {
  const sessions = lines.groupByKey().windowedBy(SessionWindows.ofInactivityGapWithNoGrace(10)).count()
  const hourly = lines.groupByKey().windowedBy(TimeWindows.ofSizeWithNoGrace(3_600_000))
  const counts: KTable<Windowed<string>, number> = hourly.count({ store: 'hourly', retentionMs: 7_200_000 })
  const joined: KStream<string, number> = lines.join(clicks, (line, click) => line.length + click.at, JoinWindows.ofTimeDifferenceWithNoGrace(5))
  counts.suppress(Suppressed.untilWindowCloses()).toStream().to('final', { key: Serdes.timeWindowed(Serdes.string, 3_600_000), value: Serdes.long })
  counts.suppress(Suppressed.untilTimeLimit(10, { maxRecords: 5 }))
  hourly.count(Stores.windowStoreBuilder(Stores.inMemoryWindowStore('w', 10, 5), Serdes.string, Serdes.long))
  lines.leftJoin(lines, (a, b) => a + (b ?? ''), JoinWindows.ofTimeDifferenceWithNoGrace(5), { thisStore: Stores.inMemoryWindowStore('a', 10, 5, true) })
  void [sessions, joined]

  // @ts-expect-error the key is a window of a key, not the key
  counts.toStream().to('out', { key: Serdes.string, value: Serdes.long })
  // @ts-expect-error likewise in a predicate
  counts.filter((key) => key.length > 0)
  // @ts-expect-error a table of windows does not fit a table of keys
  users.join(counts, (user, count) => user.name + count)
  // @ts-expect-error a stream by key does not find windows of keys
  lines.join(counts, (line, count) => line + count)
  // @ts-expect-error only windows close
  users.suppress(Suppressed.untilWindowCloses())
  // @ts-expect-error a final result cannot go on early
  counts.suppress(Suppressed.untilWindowCloses({ whenFull: 'emit-early' }))
  // @ts-expect-error windows are not kept in a key-value store
  hourly.count(Stores.keyValueStore('w', { key: Serdes.string, value: Serdes.long }))
  // @ts-expect-error nor sessions in a window store
  lines.groupByKey().windowedBy(SessionWindows.ofInactivityGapWithNoGrace(10)).count({ store: Stores.inMemoryWindowStore('w', 10, 5) })
  // @ts-expect-error nor what has no windows
  lines.groupByKey().count({ store: Stores.inMemoryWindowStore('w', 10, 5) })
  // @ts-expect-error a join of streams waits in window stores
  lines.join(lines, (a, b) => a + b, JoinWindows.ofTimeDifferenceWithNoGrace(5), { thisStore: Stores.inMemoryKeyValueStore('a') })
  // @ts-expect-error the other stream may have nothing
  lines.leftJoin(clicks, (line, click) => line + click.user, JoinWindows.ofTimeDifferenceWithNoGrace(5))
  // @ts-expect-error sessions that grow together need a merger
  lines.groupByKey().windowedBy(SessionWindows.ofInactivityGapWithNoGrace(10)).aggregate(() => 0, (_key, line, n) => n + line.length)
  // @ts-expect-error the extractor gives another type than the other table's keys
  users.join(counts, (user) => user.name, (user, count) => user.name + count)
}

export const stores = (): void => {
  const counts = Stores.keyValueStore('counts', { key: Serdes.string, value: Serdes.long })
  const context = new MockProcessorContext<string, number>()
  const store: KeyValueStore<string, number> = context.getStateStore(counts)
  store.put('a', 1)
  context.forward(new Record('a', 1, 0))
  // @ts-expect-error the store has numbers
  store.put('a', 'one')
  // @ts-expect-error and text keys
  store.get(1)
  // @ts-expect-error the processor's children read numbers
  context.forward(new Record('a', 'one', 0))
  // @ts-expect-error a serde of another type
  Stores.keyValueStoreBuilder<string, number>(Stores.inMemoryKeyValueStore('x'), Serdes.string, Serdes.string)
  // @ts-expect-error a window store needs a supplier of one
  Stores.windowStoreBuilder(Stores.inMemoryKeyValueStore('x'), Serdes.string, Serdes.long)
  // @ts-expect-error a topic is read with serdes, not with texts
  builder.stream('in', { key: 'string', value: Serdes.string })
}

class Fixed extends ContextualFixedKeyProcessor<string, string, number> {
  process(record: FixedKeyRecord<string, string>): void {
    this.context.forward(record.withValue(record.value.length))
    // @ts-expect-error the key cannot be changed
    this.context.forward(record.withKey('other'))
    // @ts-expect-error numbers go on
    this.context.forward(record.withValue('text'))
  }
}

export const handlers = (): void => {
  const lengths: KStream<string, number> = lines.processValues(() => new Fixed())
  builder.build({ processingExceptionHandler: () => HandlerResponse.resume(), productionExceptionHandler: () => HandlerResponse.retry() })
  builder.stream('in', { offsetReset: AutoOffsetReset.byDuration(5) })
  // @ts-expect-error only what was to be sent can be tried again
  const wrong: StreamsConfigInput = { processingExceptionHandler: () => HandlerResponse.retry() }
  // @ts-expect-error a setting that does not exist
  const unknown: StreamsConfigInput = { applicationIdd: 'app' }
  // @ts-expect-error there is no such start
  builder.stream('in', { offsetReset: 'first' })
  // @ts-expect-error nor does it where a configuration is written down in place
  builder.build({ topologyOptimisation: 'all' })
  // @ts-expect-error a number of ms
  builder.build({ commitIntervalMs: 'soon' })
  builder.build({ 'commit.interval.ms': '100' } as globalThis.Record<string, unknown>)
  void [lengths, wrong, unknown]
}
