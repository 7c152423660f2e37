/** The topology of the tests of worker threads, which each worker imports. Topics and the marker file come by environment. */
import { existsSync, writeFileSync } from 'node:fs'
import { Serdes, Stores, StreamsBuilder, TimeWindows } from 'millrace'

const { INPUT, LABELS, OUTPUT, LABELLED, MARKER, ENGINE } = process.env

/** What a record can do to the thread that takes it. */
const poison = {
  throw: (key) => {
    throw new RangeError(`cannot take ${key}`, { cause: new TypeError('it is poison') })
  },
  exit: () => process.exit(3),
  uncaught: () => void setImmediate(() => {
    throw new Error('nobody catches this')
  }),
  memory: () => {
    const all = []
    for (;;) all.push(new Array(10_000).fill(all.length))
  },
}

/** Only once: the thread that comes after it finds the marker. */
const take = (key, value) => {
  const harm = poison[value]
  if (harm === undefined || existsSync(MARKER)) return
  writeFileSync(MARKER, value)
  harm(key)
}

// what is no data cannot be sent to a worker: it is here
export const config = { defaultKeySerde: Serdes.string, defaultValueSerde: Serdes.string }

export default () => {
  const builder = new StreamsBuilder()
  const labels = builder.globalTable(LABELS, {}, { store: 'labels' })
  const records = builder.stream(INPUT).peek(take)
  const counts = records.groupByKey().count(Stores.keyValueStore('counts', { key: Serdes.string, value: Serdes.long, engine: ENGINE }))
  counts.toStream().to(OUTPUT, { value: Serdes.long })
  counts.toStream().join(labels, (key) => key, (count, label) => `${label} ${count}`).to(LABELLED)
  records.groupByKey().windowedBy(TimeWindows.ofSizeAndGrace(1000, 3_600_000)).count({ store: 'windows' })
  return builder.build()
}
