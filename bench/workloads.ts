import type { Materialized, Serde, Topology } from '../lib/index.ts'
import { Serdes, Stores, StreamsBuilder } from '../lib/index.ts'

/** Called for each input record, first in the topology: the clock of the benchmark, as in the Java program beside it. */
export type Tick = () => void

type Build = (input: string, output: string, tick: Tick) => Topology

const strings = { key: Serdes.string, value: Serdes.string }
const counts = { key: Serdes.string, value: Serdes.long }

const source = (input: string, tick: Tick) => {
  const builder = new StreamsBuilder()
  return { builder, stream: builder.stream(input, strings).peek((_key, _value) => tick()) }
}

const storeOf = <V>(name: string, value: Serde<V>, disk: boolean): Materialized<string, V> => ({
  store: disk ? Stores.persistentKeyValueStore(name) : Stores.inMemoryKeyValueStore(name),
  key: Serdes.string,
  value,
})

/** As Java splits: what ends in a space has no empty word behind it. */
const words = (text: string): string[] => {
  const parts = text.split(' ')
  while (parts.at(-1) === '') parts.pop()
  return parts
}

const build: Readonly<Record<string, (disk: boolean) => Build>> = {
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

/** Workloads by name; `-disk` behind a stateful one takes persistent stores. */
export const workloadNames = ['pass', 'map-filter', 'count', 'count-disk', 'wordcount', 'wordcount-disk', 'table-join', 'table-join-disk', 'table-table-join', 'table-table-join-disk']

/** @throws {Error} for an unknown name */
export const workload = (name: string): Build => {
  const disk = name.endsWith('-disk')
  const found = build[disk ? name.slice(0, -'-disk'.length) : name]
  if (!found) throw new Error(`there is no workload '${name}' yet; there are ${workloadNames.join(', ')}`)
  return found(disk)
}
