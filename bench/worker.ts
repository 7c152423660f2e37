import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { BroadcastChannel } from 'node:worker_threads'
import { Admin, Cluster } from '../lib/client/index.ts'
import { KafkaStreams } from '../lib/index.ts'
import { removeLeftovers } from './leftovers.ts'
import { settings } from './settings.ts'
import type { SeenRecords, WorkloadToLoad } from './workload-module.ts'
import { workload } from './workloads.ts'

/** When the first and the last input record were seen, ms of the process's clock, and the CPU time by then, µs. */
interface Seen {
  first: number
  last: number
  cpuAtFirst: number
}

const cpu = (): number => {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** One thread in this event loop. */
const inEventLoop = (name: string, topic: string, output: string, records: number, config: Record<string, unknown>): [KafkaStreams, Promise<Seen>] => {
  let seen = 0
  const times: Seen = { first: 0, last: 0, cpuAtFirst: 0 }
  let done: (times: Seen) => void = () => {}
  const all = new Promise<Seen>((resolve) => {
    done = resolve
  })
  const tick = (): void => {
    seen++
    if (seen === 1) {
      times.first = performance.now()
      times.cpuAtFirst = cpu()
    }
    if (seen === records) {
      times.last = performance.now()
      done(times)
    }
  }
  return [new KafkaStreams(workload(name)(topic, output, tick), config), all]
}

/** Worker threads, which tell what they have seen. */
const inWorkers = (name: string, input: string, output: string, records: number, config: Record<string, unknown>, workers: number): [KafkaStreams, Promise<Seen>] => {
  const channel = `seen-${output}`
  process.env.BENCH_WORKLOAD = JSON.stringify({ name, input, output, channel } satisfies WorkloadToLoad)
  const port = new BroadcastChannel(channel)
  const offset = performance.now() - Number(process.hrtime.bigint()) / 1e6
  const times: Seen = { first: Infinity, last: 0, cpuAtFirst: 0 }
  let count = 0
  const all = new Promise<Seen>((resolve) => {
    port.onmessage = (event) => {
      const seen = (event as { data: SeenRecords }).data
      if (count === 0) times.cpuAtFirst = cpu()
      count += seen.count
      times.first = Math.min(times.first, Number(seen.first) / 1e6 + offset)
      times.last = Math.max(times.last, Number(seen.last) / 1e6 + offset)
      if (count < records) return
      port.close()
      resolve(times)
    }
  })
  const module = new URL('./workload-module.js', import.meta.url)
  return [new KafkaStreams(module, { ...config, numStreamThreads: workers }, { workers: true }), all]
}

/**
 * One run of one workload in a process of its own. The clock runs from the first to the last input record seen, as on the
 * Java side; `acked` also waits until every output is acknowledged.
 */
const main = async (name: string, topic: string, records: number, brokers: string[], guarantee: string, partitions: number, workers: number): Promise<void> => {
  const id = `bench-${name}-${process.pid}-${Date.now()}`
  const output = `${id}-out`
  const cluster = new Cluster({ bootstrapServers: brokers, clientId: id })
  await cluster.connect()
  await new Admin(cluster).createTopics([{ name: output, numPartitions: partitions }])
  const stateDir = await mkdtemp(path.join(os.tmpdir(), 'millrace-bench-'))
  const config = settings(id, brokers, stateDir, guarantee)
  const [streams, all] = workers === 0 ? inEventLoop(name, topic, output, records, config) : inWorkers(name, topic, output, records, config, workers)
  streams.setUncaughtExceptionHandler((error) => {
    console.error(error)
    process.exit(1)
  })
  await streams.start()
  const { first, last, cpuAtFirst } = await all
  await streams.close()
  const acked = performance.now()
  const cpuMicros = (cpu() - cpuAtFirst) / records
  await cluster.close()
  await removeLeftovers(brokers, id)
  await rm(stateDir, { recursive: true, force: true })
  const perSecond = (end: number): number => (records / (end - first)) * 1000
  console.log(JSON.stringify({ recordsPerSecond: perSecond(last), ackedPerSecond: perSecond(acked), cpuMicros }))
}

const [name = '', topic = '', records = '0', brokers = '', guarantee = 'at_least_once', partitions = '1', workers = '0'] = process.argv.slice(2)
await main(name, topic, Number(records), brokers.split(','), guarantee, Number(partitions), Number(workers)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
})
