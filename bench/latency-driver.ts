import { setTimeout as pause } from 'node:timers/promises'
import { Cluster, Fetcher, Producer } from '../lib/client/index.ts'
import { Headers } from '../lib/core/headers.ts'

/** How often the producer looks at the clock, ms: what is due since the last look is sent at once. */
const LOOK_MS = 1

const nowNs = (): number => Number(process.hrtime.bigint())

/** Sends `rate` records a second for so many seconds; each holds the time when it was sent. */
const send = async (producer: Producer, topic: string, rate: number, total: number): Promise<void> => {
  const appender = producer.appender(topic)
  const start = nowNs()
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, Math.floor(((nowNs() - start) / 1e9) * rate) + 1)
    for (; sent < due; sent++) {
      appender.appendBytes(0, Date.now(), undefined, Buffer.from(`${nowNs()}`), Headers.empty)
    }
    await pause(LOOK_MS)
  }
  await producer.flush()
}

/**
 * Writes to one topic, reads another one to which an application copies it, and tells how long the records took, ms. The first
 * third is warming up and does not count, as on the Java side.
 */
const measure = async (brokers: readonly string[], input: string, output: string, rate: number, seconds: number): Promise<number[]> => {
  const cluster = new Cluster({ bootstrapServers: brokers, clientId: 'millrace-bench-latency' })
  await cluster.connect()
  await cluster.metadata([input, output])
  const producer = new Producer(cluster, { lingerMs: 0 })
  await producer.prepare([input])
  const total = rate * seconds
  const took: number[] = []
  let finished: () => void = () => {}
  const all = new Promise<void>((resolve) => (finished = resolve))
  const fetcher = new Fetcher(cluster, {
    onChunk: (_topic, _partition, chunk) => {
      const now = nowNs()
      const cursor = chunk.cursor()
      while (cursor.next()) took.push((now - Number(cursor.buffer.latin1Slice(cursor.valueStart, cursor.valueEnd))) / 1e6)
      chunk.release()
      if (took.length >= total) finished()
    },
  })
  fetcher.assign(output, 0, 0)
  await send(producer, input, rate, total)
  await all
  await fetcher.close()
  await producer.close()
  await cluster.close()
  return took.slice(Math.floor(took.length / 3)).sort((a, b) => a - b)
}

const [brokers = '', input = '', output = '', rate, seconds] = process.argv.slice(2)
const sorted = await measure(brokers.split(','), input, output, Number(rate), Number(seconds)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
})
const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!
console.log(JSON.stringify({ p50ms: at(0.5), p99ms: at(0.99), maxMs: sorted.at(-1) }))
