import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { KafkaStreams } from '../lib/index.ts'
import { workload } from './workloads.ts'

/**
 * An application that runs one workload until it is told to end by SIGTERM. It prints `running` and, when it has seen its first record,
 * `record`: others measure how long that took.
 */
const main = async (name: string, id: string, input: string, output: string, brokers: string[]): Promise<void> => {
  const stateDir = await mkdtemp(path.join(os.tmpdir(), 'millrace-bench-'))
  let isFirst = true
  const tick = (): void => {
    if (isFirst) console.log('record')
    isFirst = false
  }
  const streams = new KafkaStreams(workload(name)(input, output, tick), {
    'application.id': id,
    'bootstrap.servers': brokers,
    'state.dir': stateDir,
    'auto.offset.reset': 'earliest',
    'producer.linger.ms': 0,
  })
  streams.setStateListener((state) => {
    if (state === 'RUNNING') console.log('running')
  })
  const stop = new AbortController()
  process.once('SIGTERM', () => stop.abort())
  await streams.run({ signal: stop.signal })
  await rm(stateDir, { recursive: true, force: true })
}

const [name = '', id = '', input = '', output = '', brokers = ''] = process.argv.slice(2)
await main(name, id, input, output, brokers.split(',')).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
})
