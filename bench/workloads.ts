import type { KTable, Materialized, Serde, SessionedStore, Topology, Windowed, WindowedStore } from '../lib/index.ts'
import { BuiltInDslStoreSuppliers, hours, JoinWindows, seconds, Serdes, SessionWindows, SlidingWindows, Stores, StreamsBuilder, Suppressed, TimeWindows } from '../lib/index.ts'

/** Called for each input record, first in the topology: the clock of the benchmark, as in the Java program beside it. */
export type Tick = () => void

type Build = (input: string, output: string, tick: Tick) => Topology

/** The engine of tables in files; undefined: everything is in memory. Windows and sessions have one form in files. */
type Disk = 'leveldb' | 'lmdb' | undefined

const strings = { key: Serdes.string, value: Serdes.string }
const counts = { key: Serdes.string, value: Serdes.long }

const source = (input: string, tick: Tick) => {
  const builder = new StreamsBuilder()
  return { builder, stream: builder.stream(input, strings).peek((_key, _value) => tick()) }
}

const storeOf = <V>(name: string, value: Serde<V>, disk: Disk): Materialized<string, V> => ({
  store: disk ? Stores.persistentKeyValueStore(name, { engine: disk }) : Stores.inMemoryKeyValueStore(name),
  key: Serdes.string,
  value,
})

/** The code of `a`. */
const A = 97
const WINDOW_MS = seconds(10)
const GRACE_MS = seconds(1)
const RETENTION_MS = hours(1)

const windowsOf = (disk: Disk): WindowedStore<string, number> => ({
  store: disk ? Stores.persistentWindowStore('s', RETENTION_MS, WINDOW_MS) : Stores.inMemoryWindowStore('s', RETENTION_MS, WINDOW_MS),
  ...counts,
})

const sessionsOf = (disk: Disk): SessionedStore<string, number> => ({
  store: disk ? Stores.persistentSessionStore('s', RETENTION_MS) : Stores.inMemorySessionStore('s', RETENTION_MS),
  ...counts,
})

/** Writes the counts of windows, each under its key and start. */
const writeWindows = (table: KTable<Windowed<string>, number>, output: string): void =>
  table.toStream(({ key, window }) => `${key}@${window.start}`).to(output, counts)

/** As Java splits: what ends in a space has no empty word behind it. */
const words = (text: string): string[] => {
  const parts = text.split(' ')
  while (parts.at(-1) === '') parts.pop()
  return parts
}

const build: Readonly<Record<string, (disk: Disk) => Build>> = {
  pass: () => (input, output, tick) => {
    const { builder, stream } = source(input, tick)
    stream.to(output, strings)
    return builder.build()
  },
  'map-filter': () => (input, output, tick) => {
    const { builder, stream } = source(input, tick)
    stream
      .filter((_key, value) => value.length > 3)
      .mapValues((value) => value.toUpperCase())
      .to(output, strings)
    return builder.build()
  },
  count: (disk) => (input, output, tick) => {
    const { builder, stream } = source(input, tick)
    stream.groupByKey(strings).count(storeOf('s', Serdes.long, disk)).toStream().to(output, counts)
    return builder.build()
  },
  wordcount: (disk) => (input, output, tick) => {
    const { builder, stream } = source(input, tick)
    stream
      .flatMapValues(words)
      .groupBy((_key, word) => word, strings)
      .count(storeOf('s', Serdes.long, disk))
      .toStream()
      .to(output, counts)
    return builder.build()
  },
  window: (disk) => (input, output, tick) => {
    const { builder, stream } = source(input, tick)
    writeWindows(stream.groupByKey(strings).windowedBy(TimeWindows.ofSizeAndGrace(WINDOW_MS, GRACE_MS)).count(windowsOf(disk)), output)
    return builder.build()
  },
  sliding: (disk) => (input, output, tick) => {
    const { builder, stream } = source(input, tick)
    writeWindows(stream.groupByKey(strings).windowedBy(SlidingWindows.ofTimeDifferenceAndGrace(WINDOW_MS, GRACE_MS)).count(windowsOf(disk)), output)
    return builder.build()
  },
  session: (disk) => (input, output, tick) => {
    const { builder, stream } = source(input, tick)
    writeWindows(stream.groupByKey(strings).windowedBy(SessionWindows.ofInactivityGapAndGrace(seconds(5), GRACE_MS)).count(sessionsOf(disk)), output)
    return builder.build()
  },
  suppress: (disk) => (input, output, tick) => {
    const { builder, stream } = source(input, tick)
    const windows = stream.groupByKey(strings).windowedBy(TimeWindows.ofSizeAndGrace(WINDOW_MS, GRACE_MS)).count(windowsOf(disk))
    writeWindows(windows.suppress(Suppressed.untilWindowCloses()), output)
    return builder.build()
  },
  'stream-join': (disk) => (input, output, tick) => {
    const { builder, stream } = source(input, tick)
    const storeType = BuiltInDslStoreSuppliers[disk ? 'rocksDB' : 'in_memory']
    const windows = JoinWindows.ofTimeDifferenceAndGrace(seconds(1), 0)
    const short = stream.mapValues((value) => value.slice(0, 10))
    stream.join(short, (_left, right) => right, windows, { ...strings, otherValue: Serdes.string, storeType }).to(output, strings)
    return builder.build()
  },
  'fk-join': (disk) => (input, output, tick) => {
    const { builder, stream } = source(input, tick)
    const left = stream.toTable(storeOf('l', Serdes.string, disk))
    const right = stream.filter((key) => key.endsWith('0')).toTable(storeOf('r', Serdes.string, disk))
    left
      .join(right, (value) => `k${(value.charCodeAt(0) - A) * 10}`, (value) => value, {}, storeOf('s', Serdes.string, disk))
      .toStream()
      .to(output, strings)
    return builder.build()
  },
  'table-join': (disk) => (input, output, tick) => {
    const { builder, stream } = source(input, tick)
    const table = stream.toTable(storeOf('s', Serdes.string, disk))
    stream.join(table, (left) => left, strings).to(output, strings)
    return builder.build()
  },
  'table-table-join': (disk) => (input, output, tick) => {
    const { builder, stream } = source(input, tick)
    const left = stream.toTable(storeOf('l', Serdes.string, disk))
    const right = stream.mapValues((value) => value.slice(0, 10)).toTable(storeOf('r', Serdes.string, disk))
    left
      .join(right, (_left, value) => value)
      .toStream()
      .to(output, strings)
    return builder.build()
  },
}

/** Those that keep nothing. */
const stateless = new Set(['pass', 'map-filter'])

const ENGINES: Readonly<Record<string, Disk>> = { disk: 'leveldb', lmdb: 'lmdb' }

/** Workloads by name; `-disk` behind a stateful one takes persistent stores, `-lmdb` tables in LMDB. */
export const workloadNames = Object.keys(build).flatMap((name) => (stateless.has(name) ? [name] : [name, `${name}-disk`]))

/** @throws {Error} for an unknown name */
export const workload = (name: string): Build => {
  const [, base = name, engine = ''] = /^(.+)-(disk|lmdb)$/.exec(name) ?? []
  const found = build[base]
  if (!found) throw new Error(`there is no workload '${name}' yet; there are ${workloadNames.join(', ')}`)
  return found(ENGINES[engine])
}
