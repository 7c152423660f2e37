import { setImmediate as turn } from 'node:timers/promises'
import { Admin, Cluster, Fetcher, Producer } from '../lib/client/index.ts'
import { Headers } from '../lib/core/headers.ts'
import type { RecordChunk } from '../lib/core/record-cursor.ts'

const VALUE_BYTES = 100
/** A producer lets others run after so many records. */
const TURN = 5000
/** A consumer after so many ms. */
const TURN_MS = 2

/** What one run of a client is to do: so many records in all, by so many clients of this process, each with a cluster connection of its own. */
interface Job {
  readonly brokers: readonly string[]
  readonly topic: string
  readonly records: number
  readonly clients: number
  readonly partitions: number
}

const connect = async ({ brokers, clients }: Job): Promise<Cluster[]> => {
  const clusters = Array.from({ length: clients }, (_, i) => new Cluster({ bootstrapServers: brokers, clientId: `millrace-bench-${i}` }))
  await Promise.all(clusters.map((cluster) => cluster.connect()))
  return clusters
}

const secondsSince = (start: number): number => (performance.now() - start) / 1000

/** Values that do not compress to nothing, made before the clock starts. */
const values = Array.from({ length: 1000 }, (_, i) => Buffer.from(String(Math.sin(i)).repeat(10).slice(0, VALUE_BYTES).padEnd(VALUE_BYTES, '.')))

const produceShare = async (producer: Producer, { topic, partitions }: Job, records: number, shift: number): Promise<void> => {
  const appender = producer.appender(topic)
  for (let i = 0; i < records; i++) {
    // Some batches for one partition and then some for the next, as sticky partitioners do.
    const partition = (shift + Math.floor(i / 1000)) % partitions
    appender.appendBytes(partition, Date.now(), undefined, values[i % values.length], Headers.empty)
    if (producer.full) await producer.drained()
    else if (i % TURN === 0) await turn()
  }
  await producer.flush()
}

/** Seconds until everything is acknowledged by all replicas; the producers are idempotent. */
const produce = async (job: Job): Promise<number> => {
  const clusters = await connect(job)
  await new Admin(clusters[0]!).createTopics([{ name: job.topic, numPartitions: job.partitions }])
  const producers = clusters.map((cluster) => new Producer(cluster, { lingerMs: 20 }))
  await Promise.all(producers.map((producer) => producer.prepare([job.topic])))
  const start = performance.now()
  await Promise.all(producers.map((producer, i) => produceShare(producer, job, job.records / job.clients, i * 7)))
  const seconds = secondsSince(start)
  await Promise.all(producers.map((producer) => producer.close()))
  await Promise.all(clusters.map((cluster) => cluster.close()))
  return seconds
}

/** Seconds until every client has read, record by record, all partitions that fall to it. */
const consume = async (job: Job): Promise<number> => {
  const clusters = await connect(job)
  await Promise.all(clusters.map((cluster) => cluster.metadata([job.topic])))
  let left = job.records
  let finished: () => void = () => {}
  const all = new Promise<void>((resolve) => (finished = resolve))
  // As in a stream thread, records are read in turns of their own, of some milliseconds, while the next ones are on their way.
  const waiting: RecordChunk[] = []
  const read = (): void => {
    const until = performance.now() + TURN_MS
    do {
      const chunk = waiting.shift()!
      const cursor = chunk.cursor()
      while (cursor.next()) left--
      chunk.release()
    } while (waiting.length > 0 && performance.now() < until)
    if (left <= 0) finished()
    else if (waiting.length > 0) setImmediate(read)
  }
  const start = performance.now()
  const fetchers = clusters.map((cluster, i) => {
    const fetcher = new Fetcher(cluster, {
      onChunk: (_topic, _partition, chunk) => {
        if (waiting.push(chunk) === 1) setImmediate(read)
      },
    })
    for (let partition = i; partition < job.partitions; partition += job.clients) fetcher.assign(job.topic, partition, 0)
    return fetcher
  })
  await all
  const seconds = secondsSince(start)
  await Promise.all(fetchers.map((fetcher) => fetcher.close()))
  await Promise.all(clusters.map((cluster) => cluster.close()))
  return seconds
}

const [action, brokers = '', topic = '', records, clients, partitions] = process.argv.slice(2)
const job = { brokers: brokers.split(','), topic, records: Number(records), clients: Number(clients), partitions: Number(partitions) }
const seconds = await (action === 'produce' ? produce(job) : consume(job)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
})
console.log(JSON.stringify({ recordsPerSecond: job.records / seconds }))
