import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { Admin, Cluster } from '../lib/client/index.ts'
import { KafkaStreams } from '../lib/index.ts'
import { removeLeftovers } from './leftovers.ts'
import { settings } from './settings.ts'
import { workload } from './workloads.ts'

/**
 * One run of one workload in a process of its own. The clock runs from the first to the last input record seen, as on the
 * Java side; `acked` also waits until every output is acknowledged.
 */
const main = async (name: string, topic: string, records: number, brokers: string[], guarantee: string, partitions: number): Promise<void> => {
  const id = `bench-${name}-${process.pid}-${Date.now()}`
  const output = `${id}-out`
  const cluster = new Cluster({ bootstrapServers: brokers, clientId: id })
  await cluster.connect()
  await new Admin(cluster).createTopics([{ name: output, numPartitions: partitions }])
  const stateDir = await mkdtemp(path.join(os.tmpdir(), 'millrace-bench-'))
  let seen = 0
  let first = 0
  let last = 0
  let done: () => void = () => {}
  const all = new Promise<void>((resolve) => {
    done = resolve
  })
  const tick = (): void => {
    seen++
    if (seen === 1) first = performance.now()
    if (seen === records) {
      last = performance.now()
      done()
    }
  }
  const streams = new KafkaStreams(workload(name)(topic, output, tick), settings(id, brokers, stateDir, guarantee))
  streams.setUncaughtExceptionHandler((error) => {
    console.error(error)
    process.exit(1)
  })
  await streams.start()
  await all
  await streams.close()
  const acked = performance.now()
  await cluster.close()
  await removeLeftovers(brokers, id)
  await rm(stateDir, { recursive: true, force: true })
  const perSecond = (end: number): number => (records / (end - first)) * 1000
  console.log(JSON.stringify({ recordsPerSecond: perSecond(last), ackedPerSecond: perSecond(acked) }))
}

const [name = '', topic = '', records = '0', brokers = '', guarantee = 'at_least_once', partitions = '1'] = process.argv.slice(2)
await main(name, topic, Number(records), brokers.split(','), guarantee, Number(partitions)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
})
