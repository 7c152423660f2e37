import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { startApplication } from './application-process.ts'
import { stopBroker } from './broker-process.ts'
import { javaLatency } from './java-side.ts'
import { removeLeftovers, withAdmin } from './leftovers.ts'
import { median } from './report.ts'
import { lastJson, runProgram } from './run-program.ts'

const here = path.dirname(fileURLToPath(import.meta.url))

/** Records/s. */
const RATES = [1000, 10_000]
const SECONDS = 12

/** How long records take from the sender to the reader behind the application, ms. */
export interface Latency {
  readonly p50ms: number
  readonly p99ms: number
}

export interface LatencyBench {
  readonly brokers: readonly string[]
  readonly rounds: number
  readonly json: boolean
  readonly javaProgram: string | undefined
}

const ours = async (brokers: readonly string[], rate: number): Promise<Latency> => {
  const id = `bench-latency-${process.pid}-${Date.now()}`
  const [input, output] = [`${id}-in`, `${id}-out`]
  try {
    await withAdmin(brokers, (admin) => admin.createTopics([input, output].map((name) => ({ name, numPartitions: 1 }))))
    const child = await startApplication({ workload: 'pass', id, input, output, brokers }, 'running')
    try {
      const driver = path.join(here, 'latency-driver.js')
      return lastJson(await runProgram(process.execPath, [driver, brokers.join(','), input, output, `${rate}`, `${SECONDS}`])) as Latency
    } finally {
      await stopBroker(child)
    }
  } finally {
    await removeLeftovers(brokers, id)
  }
}

const medians = (rounds: readonly Latency[]): Latency => ({
  p50ms: median(rounds.map(({ p50ms }) => p50ms)),
  p99ms: median(rounds.map(({ p99ms }) => p99ms)),
})

const text = ({ p50ms, p99ms }: Latency): string => `p50 ${p50ms.toFixed(1)} ms, p99 ${p99ms.toFixed(1)} ms`

/** End-to-end latency of an application that copies records, at some rates, in alternation with Java. */
export const measureLatency = async ({ brokers, rounds, json, javaProgram }: LatencyBench): Promise<void> => {
  for (const rate of RATES) {
    const sides = { millrace: [] as Latency[], java: [] as Latency[] }
    for (let round = 0; round < rounds; round++) {
      if (javaProgram !== undefined) sides.java.push(await javaLatency(javaProgram, brokers, rate, SECONDS))
      sides.millrace.push(await ours(brokers, rate))
    }
    const millrace = medians(sides.millrace)
    const java = javaProgram === undefined ? undefined : medians(sides.java)
    if (json) console.log(JSON.stringify({ workload: 'latency', rate, millrace, java: java ?? null }))
    else console.log(`${rate} records/s: Millrace ${text(millrace)}${java === undefined ? '' : `; Java ${text(java)}`}`)
  }
}
