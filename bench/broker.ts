import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { startBroker, stopBroker } from './broker-process.ts'
import { measureStart } from './broker-start.ts'
import { startKafka } from './kafka-process.ts'
import { removeLeftovers } from './leftovers.ts'
import { median } from './report.ts'
import { lastJson, runProgram } from './run-program.ts'

const here = path.dirname(fileURLToPath(import.meta.url))
const program = path.join(here, '..', 'apps', 'broker.js')

export interface BrokerBench {
  readonly records: number
  readonly rounds: number
  readonly json: boolean
  /** Whether Apache Kafka is measured, too. */
  readonly java: boolean
  /** Kafka that runs already; one is started when there is none. */
  readonly kafka: string | undefined
}

/** A broker that is measured. */
interface Side {
  readonly name: string
  readonly address: string
  readonly stop: () => Promise<void>
}

/** How many clients of each direction over how many partitions. */
const SHAPES = [
  { clients: 1, partitions: 1 },
  { clients: 10, partitions: 100 },
] as const

interface Rates {
  readonly produced: number
  readonly consumed: number
}

const embedded = async (name: string, directory: string | undefined): Promise<Side> => {
  // What is deleted goes at once, and a round fits into memory with the one before it.
  const { address, child } = await startBroker(program, ...(directory === undefined ? [] : ['--dir', directory]))
  return {
    name,
    address,
    stop: async () => {
      await stopBroker(child)
      if (directory !== undefined) await rm(directory, { recursive: true, force: true })
    },
  }
}

const sidesOf = async ({ java, kafka }: BrokerBench, started: Side[]): Promise<void> => {
  started.push(await embedded('embedded, in memory', undefined))
  started.push(await embedded('embedded, in files', await mkdtemp(path.join(os.tmpdir(), 'millrace-bench-broker-'))))
  if (kafka !== undefined) started.push({ name: 'Apache Kafka', address: kafka, stop: async () => {} })
  else if (java) started.push({ name: 'Apache Kafka', ...(await startKafka()) })
}

/** One round on one side: a topic is written, read and deleted, each by a process of its own. */
const round = async ({ address }: Side, records: number, { clients, partitions }: (typeof SHAPES)[number]): Promise<Rates> => {
  const topic = `bench-broker-${Date.now()}`
  const run = async (action: string): Promise<number> => {
    const output = await runProgram(process.execPath, [path.join(here, 'broker-client.js'), action, address, topic, `${records}`, `${clients}`, `${partitions}`])
    return (lastJson(output) as { recordsPerSecond: number }).recordsPerSecond
  }
  try {
    return { produced: await run('produce'), consumed: await run('consume') }
  } finally {
    await removeLeftovers([address], topic)
  }
}

const thousands = (value: number): string => Math.round(value).toLocaleString('en-US')

/** Produces and consumes on the embedded broker and on Kafka, in alternation; then how long the embedded one takes to start. */
export const measureBroker = async (bench: BrokerBench): Promise<void> => {
  const sides: Side[] = []
  try {
    await sidesOf(bench, sides)
    for (const shape of SHAPES) {
      const rounds = sides.map((): Rates[] => [])
      for (let i = 0; i < bench.rounds; i++) {
        for (const [at, side] of sides.entries()) rounds[at]!.push(await round(side, bench.records, shape))
      }
      for (const [at, { name }] of sides.entries()) {
        const rates = { produced: median(rounds[at]!.map(({ produced }) => produced)), consumed: median(rounds[at]!.map(({ consumed }) => consumed)) }
        if (bench.json) console.log(JSON.stringify({ workload: 'broker', broker: name, records: bench.records, ...shape, produced: Math.round(rates.produced), consumed: Math.round(rates.consumed) }))
        else console.log(`${name}, ${shape.clients} clients each way, ${shape.partitions} partitions: ${thousands(rates.produced)} records/s produced, ${thousands(rates.consumed)} consumed`)
      }
    }
  } finally {
    for (const side of sides) await side.stop()
  }
  const start = await measureStart(program, bench.rounds)
  if (bench.json) console.log(JSON.stringify({ workload: 'broker-start', ...start }))
  else {
    console.log(`process start to first answer: ${start.firstAnswerMs} ms; idle: ${start.idleMegabytes} MB resident; `
      + `directory of ${thousands(start.partitions)} partitions and ${thousands(start.records)} records: first answer after ${start.openedMs} ms`)
  }
}
