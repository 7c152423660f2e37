import path from 'node:path'
import { fileURLToPath } from 'node:url'
import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { measureBroker } from './broker.ts'
import { startBroker } from './broker-process.ts'
import { writeInput } from './input-topic.ts'
import { findJava, javaInput, javaRun } from './java-side.ts'
import { measureLatency } from './latency.ts'
import { removeLeftovers, withAdmin } from './leftovers.ts'
import type { Round } from './report.ts'
import { jsonLine, resultOf, table } from './report.ts'
import { lastJson, runProgram } from './run-program.ts'
import { measureStart } from './start.ts'
import { baseWorkload, isStateName, measureState } from './state.ts'
import { workload, workloadNames } from './workloads.ts'

const here = path.dirname(fileURLToPath(import.meta.url))

/** What is measured alone, and not a workload. */
const ALONE = ['broker', 'latency', 'start']

const options = () =>
  yargs(hideBin(process.argv))
    .scriptName('bench')
    .usage('$0 WORKLOAD…: runs workloads on Millrace and, with --java, on Java Kafka Streams beside it')
    .epilogue(
      `Workloads: ${workloadNames.join(', ')}. Alone: broker, the embedded broker itself, with --java beside Apache Kafka; `
        + 'latency, from a sender through an application to a reader; start, of a process until it runs. '
        + 'By themselves: restore[-WORKLOAD], reading the changelog of a workload (count) back; memory[-WORKLOAD], what its process takes',
    )
    .option('brokers', { type: 'string', describe: 'host:port,… of a Kafka cluster; without it the embedded broker, in a process of its own' })
    .option('records', { type: 'number', default: 2_000_000, describe: 'of input' })
    .option('partitions', { type: 'number', default: 1, describe: 'of input and output' })
    .option('keys', { type: 'number', default: 10_000, describe: 'of input, used alike' })
    .option('value-bytes', { type: 'number', default: 100, describe: 'of each value' })
    .option('rounds', { type: 'number', default: 3, describe: 'of each side, alternating; medians are reported' })
    .option('guarantee', { choices: ['at_least_once', 'exactly_once_v2'] as const, default: 'at_least_once' as const })
    .option('workers', { type: 'number', default: 0, describe: 'stream threads in worker threads; 0: one in the event loop' })
    .option('java', { type: 'boolean', default: false, describe: 'run Java Kafka Streams, too' })
    .option('json', { type: 'boolean', default: false, describe: 'one JSON line per workload instead of the table' })
    .demandCommand(1, 'name at least one workload')
    .check((args) => {
      for (const name of ['records', 'partitions', 'keys', 'value-bytes', 'rounds']) {
        const value = args[name]
        if (typeof value !== 'number' || !Number.isInteger(value) || value < 1) throw new Error(`--${name} takes a whole number from 1 on`)
      }
      if (!Number.isInteger(args.workers) || args.workers < 0) throw new Error('--workers takes a whole number from 0 on')
      return true
    })
    .strict()
    .parseAsync()

type Options = Awaited<ReturnType<typeof options>>

/** All rounds of all workloads; results are printed as they come, the table at the end. */
const measure = async ({ _: names, records, partitions, keys, valueBytes, rounds, guarantee, workers, json }: Options, brokers: readonly string[], javaProgram: string | undefined): Promise<void> => {
  const say = (line: string): void => void (json || console.error(line))
  const topic = `bench-input-${records}-${Date.now()}`
  const results = []
  try {
    say(`writing ${records} records with values of ${valueBytes} bytes to ${topic}`)
    const input = { topic, partitions, records, keys, valueBytes }
    if (javaProgram === undefined) await writeInput(brokers, input)
    else await javaInput(javaProgram, brokers, input)
    for (const name of names.map(String)) {
      const measured: Round[] = []
      for (let round = 1; round <= rounds; round++) {
        const java = javaProgram === undefined ? undefined : await javaRun(javaProgram, brokers, name, topic, records, guarantee)
        const output = await runProgram(process.execPath, [path.join(here, 'worker.js'), name, topic, `${records}`, brokers.join(','), guarantee, `${partitions}`, `${workers}`])
        const { recordsPerSecond, ackedPerSecond, cpuMicros } = lastJson(output) as { recordsPerSecond: number; ackedPerSecond: number; cpuMicros: number }
        measured.push({ millrace: recordsPerSecond, acked: ackedPerSecond, java })
        say(`${name}, round ${round}: Millrace ${Math.round(recordsPerSecond)}/s, ${cpuMicros.toFixed(2)} µs CPU a record${java === undefined ? '' : `, Java ${Math.round(java)}/s`}`)
      }
      const result = resultOf({ workload: name, guarantee, records }, measured)
      results.push(result)
      if (json) console.log(jsonLine(result))
    }
    if (!json) console.log(table(results))
  } finally {
    await removeLeftovers(brokers, topic)
  }
}

const main = async (): Promise<void> => {
  const args = await options()
  const alone = ALONE.find((name) => args._.includes(name))
  if (alone !== undefined && args._.length > 1) throw new Error(`${alone} is measured alone: name no other workload with it`)
  if (alone === 'broker') return measureBroker({ records: args.records, rounds: args.rounds, json: args.json, java: args.java, kafka: args.brokers })
  const names = args._.map(String)
  const areOfState = names.some(isStateName)
  if (areOfState && !names.every(isStateName)) throw new Error('restore and memory are measured by themselves: name no other workloads with them')
  for (const name of names) if (name !== alone) workload(areOfState ? baseWorkload(name) : name)
  const javaProgram = args.java && !areOfState ? await findJava() : undefined
  const embedded = args.brokers === undefined ? await startBroker(path.join(here, '..', 'apps', 'broker.js')) : undefined
  const brokers = (args.brokers ?? embedded?.address ?? '').split(',')
  try {
    await withAdmin(brokers, (admin) => admin.listTopics())
    if (alone === 'latency') await measureLatency({ ...args, brokers, javaProgram })
    else if (alone === 'start') await measureStart({ ...args, brokers, javaProgram })
    else if (areOfState) await measureState({ ...args, names, brokers })
    else await measure(args, brokers, javaProgram)
  } finally {
    embedded?.child.kill('SIGTERM')
  }
}

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
