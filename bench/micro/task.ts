// What one record costs in a task: the real task, its stores and its collector, from fetched bytes to sealed batches, without a broker.
// Run it from the build, in a process per workload: node dist/bench/micro/task.js window session --records 600000 --keys 10000
import { Session } from 'node:inspector/promises'
import { parseArgs } from 'node:util'
import { AccumulatingAppender } from '../../lib/client/topic-appender.ts'
import { RecordAccumulator } from '../../lib/client/record-accumulator.ts'
import type { RecordProducer, TopicAppender } from '../../lib/client/types.ts'
import { Headers } from '../../lib/core/headers.ts'
import { silentLogger } from '../../lib/core/log.ts'
import { systemTime } from '../../lib/core/time.ts'
import { MetricsRegistry } from '../../lib/metrics/metrics-registry.ts'
import { FetchedRecords, RecordBatchWriter } from '../../lib/protocol/index.ts'
import { KafkaRecordCollector } from '../../lib/runtime/kafka-record-collector.ts'
import { StreamsProducer } from '../../lib/runtime/streams-producer.ts'
import { StreamTask } from '../../lib/task/stream-task.ts'
import { taskId } from '../../lib/task/task-id.ts'
import { StreamsConfig } from '../../topology/config.ts'
import { Serdes, Stores, StreamsBuilder, TimeWindows } from '../../lib/index.ts'
import type { Topology } from '../../lib/index.ts'
import { workload } from '../workloads.ts'

const TOPIC = 'input'
const BATCH_RECORDS = 2250
const BATCH_BYTES = 262_144
/** As the stream thread does it. */
const RECORDS_A_CALL = 100
const COMMIT_EVERY = 300_000
/** Time for the optimising compiler; what comes later is the steady state. */
const WARM_UP = 200_000
const VALUE = 'river wheel stone grain flour sack cart road market bread oven salt water spring autumn harvest barn field '.slice(0, 100)

interface Input {
  readonly records: number
  readonly keys: number
  /** Records are up to so many ms older than the newest one, at random. */
  readonly late: number
}

/** A small generator with a seed, as that of the benchmark. */
const random = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 4294967296
  }
}

const latin1 = { write: (text: string, out: { writeLatin1(text: string): void }) => out.writeLatin1(text) }

/** Ten windows for each record. */
const hopping = (): Topology => {
  const builder = new StreamsBuilder()
  const store = Stores.inMemoryWindowStore('s', 3_600_000, 10_000)
  builder
    .stream(TOPIC, { key: Serdes.string, value: Serdes.string })
    .groupByKey()
    .windowedBy(TimeWindows.ofSizeAndGrace(10_000, 1000).advanceBy(1000))
    .count({ store, key: Serdes.string, value: Serdes.long })
    .toStream(({ key, window }) => `${key}@${window.start}`)
    .to('output', { key: Serdes.string, value: Serdes.long })
  return builder.build()
}

const topologyOf = (name: string): Topology => (name === 'hopping' ? hopping() : workload(name)(TOPIC, 'output', () => {}))

/** The input as a broker gives it: sealed batches, records a millisecond apart. */
const fetchedBatches = ({ records, keys, late }: Input): Buffer[] => {
  const batches: Buffer[] = []
  const next = random(7)
  const start = 1_700_000_000_000
  const writer = new RecordBatchWriter(512 * 1024)
  for (let i = 0; i < records; ) {
    writer.reset()
    for (let n = 0; n < BATCH_RECORDS && i < records; n++, i++) {
      const key = `k${Math.floor(next() * keys)}`
      writer.appendWith(start + i - Math.floor(next() * (late + 1)), key, latin1, VALUE, latin1, Headers.empty)
    }
    batches.push(Buffer.from(writer.seal()))
  }
  return batches
}

/** A producer whose batches are sealed and thrown away, unless somebody wants those of changelogs. */
class SealingProducer implements Pick<RecordProducer, 'appender' | 'flush' | 'ackedOffset' | 'full' | 'bufferedBytes' | 'fatalError'> {
  readonly full = false
  readonly bufferedBytes = 0
  readonly fatalError = undefined
  readonly #accumulator = new RecordAccumulator({ batchSize: BATCH_BYTES, lingerMs: 1e9, maxRequestSize: 4 * BATCH_BYTES }, () => {})
  readonly changelogs = new Map<string, Buffer[]>()
  readonly #keepsChangelogs: boolean

  constructor(keepsChangelogs: boolean) {
    this.#keepsChangelogs = keepsChangelogs
  }

  appender(topic: string): TopicAppender {
    return new AccumulatingAppender(this.#accumulator, topic, 1)
  }

  ackedOffset(): undefined {
    return undefined
  }

  async flush(): Promise<void> {}

  sealFull(): void {
    const accumulator = this.#accumulator
    for (const queue of accumulator.ready) {
      for (let batch = queue.sealed.shift(); batch !== undefined; batch = queue.sealed.shift()) {
        const sealed = batch.encode({})
        if (this.#keepsChangelogs && queue.topic.endsWith('-changelog')) this.#keep(queue.topic, Buffer.from(sealed))
        accumulator.settle(batch)
      }
    }
    accumulator.ready.clear()
  }

  #keep(topic: string, batch: Buffer): void {
    const batches = this.changelogs.get(topic)
    if (batches === undefined) this.changelogs.set(topic, [batch])
    else batches.push(batch)
  }

  close(): void {
    this.#accumulator.close()
  }
}

const taskOf = async (name: string, producer: SealingProducer): Promise<StreamTask> => {
  const config = new StreamsConfig({ 'application.id': 'micro', 'bootstrap.servers': 'none:1', 'statestore.cache.max.bytes': 0 })
  const topology = topologyOf(name).internals.setApplicationId('micro')
  const task = new StreamTask({
    taskId: taskId(0, 0),
    applicationId: 'micro',
    config,
    time: systemTime,
    log: silentLogger,
    metrics: new MetricsRegistry(),
    threadId: 'micro',
    stateDir: '',
    ephemeral: true,
    topology: topology.buildTopology(0),
    inputPartitions: [{ topic: TOPIC, partition: 0 }],
    collector: new KafkaRecordCollector(new StreamsProducer(() => producer as unknown as RecordProducer, () => 'fail'), '0_0'),
  })
  await task.open()
  return task
}

const commit = async (task: StreamTask): Promise<void> => {
  await task.prepareCommit()
  await task.postCommit()
}

/** Gives the whole input to a task; `visit` hears how many records are done. */
const run = async (
  name: string, batches: readonly Buffer[], visit: (done: number) => void, producer = new SealingProducer(false),
): Promise<StreamTask> => {
  const task = await taskOf(name, producer)
  task.start()
  let done = 0
  let committed = 0
  for (const records of batches) {
    task.addChunk(TOPIC, 0, new FetchedRecords({ records, fetchOffset: 0 }))
    for (let count = 1; count > 0; done += count) count = task.process(RECORDS_A_CALL)
    producer.sealFull()
    if (done - committed >= COMMIT_EVERY) {
      await commit(task)
      committed = done
    }
    visit(done)
  }
  producer.close()
  return task
}

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

interface SampledNode {
  readonly callFrame: { readonly functionName: string; readonly url: string }
  readonly selfSize: number
  readonly children: readonly SampledNode[]
}

const addSites = (node: SampledNode, sites: Map<string, number>): void => {
  const { functionName, url } = node.callFrame
  const site = `${functionName === '' ? '(anonymous)' : functionName} ${url.slice(url.lastIndexOf('/') + 1)}`
  sites.set(site, (sites.get(site) ?? 0) + node.selfSize)
  for (const child of node.children) addSites(child, sites)
}

const SAMPLE_BYTES = 4096
const MOST_SITES = 14

/** Bytes a record, with what is garbage by now, and where they are made. Does not depend on the load of the machine. */
const allocations = async (name: string, input: Input): Promise<string> => {
  const batches = fetchedBatches(input)
  const session = new Session()
  session.connect()
  let since = 0
  const start = async (): Promise<unknown> => session.post('HeapProfiler.startSampling', {
    samplingInterval: SAMPLE_BYTES, includeObjectsCollectedByMajorGC: true, includeObjectsCollectedByMinorGC: true,
  })
  let starting: Promise<unknown> | undefined
  await run(name, batches, (done) => {
    if (done < WARM_UP || starting !== undefined) return
    since = done
    starting = start()
  })
  await starting
  const { profile } = await session.post('HeapProfiler.stopSampling')
  session.disconnect()
  const sites = new Map<string, number>()
  addSites(profile.head as SampledNode, sites)
  const counted = input.records - since
  const bytes = [...sites.values()].reduce((a, b) => a + b, 0)
  const list = [...sites].sort((a, b) => b[1] - a[1]).slice(0, MOST_SITES)
  return [
    `${name.padEnd(18)} ${(bytes / counted).toFixed(0).padStart(6)} bytes/record`,
    ...list.map(([site, size]) => `  ${(size / counted).toFixed(1).padStart(8)}  ${site}`),
  ].join('\n')
}

const times = async (name: string, input: Input): Promise<string> => {
  const batches = fetchedBatches(input)
  const begin = cpuMs()
  let warmAt = 0
  let warm = begin
  const task = await run(name, batches, (done) => {
    if (done < WARM_UP || warmAt > 0) return
    warmAt = done
    warm = cpuMs()
  })
  const end = cpuMs()
  const heap = process.memoryUsage().heapUsed / 1e6
  await task.close()
  const perRecord = (ms: number, records: number): string => ((ms * 1000) / records).toFixed(3).padStart(7)
  return `${name.padEnd(18)} ${perRecord(end - warm, input.records - warmAt)} µs/record steady, ${perRecord(end - begin, input.records)} with warming up, heap ${heap.toFixed(0)} MB`
}

/** What it costs to read the changelogs into an empty task. */
const restoring = async (name: string, input: Input): Promise<string> => {
  const producer = new SealingProducer(true)
  const first = await run(name, fetchedBatches(input), () => {}, producer)
  await first.close()
  const task = await taskOf(name, new SealingProducer(false))
  const begin = cpuMs()
  let count = 0
  for (const [topic, batches] of producer.changelogs) {
    for (const records of batches) count += task.restore(topic, 0, new FetchedRecords({ records, fetchOffset: 0 }).cursor(), Infinity)
  }
  const end = cpuMs()
  await task.close()
  return `${name.padEnd(18)} ${(((end - begin) * 1000) / count).toFixed(3).padStart(7)} µs per restored record, ${count} of them`
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    records: { type: 'string', default: '600000' },
    keys: { type: 'string', default: '10000' },
    late: { type: 'string', default: '0' },
    bytes: { type: 'boolean', default: false },
    restore: { type: 'boolean', default: false },
  },
})
const input: Input = { records: Number(values.records), keys: Number(values.keys), late: Number(values.late) }
const measure = values.bytes ? allocations : values.restore ? restoring : times
for (const name of positionals) console.log(await measure(name, input))
